"""Documents, pictures, models and numbers: parts that keep the whole, and native memory behind small objects."""

from typing import Final

from heapdiff.knowledge.pattern import Pattern

DOCUMENTS: Final = (
    Pattern(
        "A Beautiful Soup string or tag keeps the whole page it came from.",
        "Keep plain text, `str(tag.string)` or `tag.get_text()`, or detach the part with `tag.extract()`.",
        drags=r"bs4\.element\.(NavigableString|Tag)|bs4\.BeautifulSoup",
    ),
    Pattern(
        "An lxml element keeps its whole document, most of it in native memory.",
        "Keep the text or attributes you need, or a `copy.deepcopy(element)` of a small part.",
        drags=r"lxml\.etree\._(Element|ElementTree|Document|ElementUnicodeResult|XPathElementEvaluator)"
        r"|lxml\.(html\.(HtmlElement|HtmlMixin)|objectify\.\w+)",
    ),
    Pattern(
        "A node of an XML tree keeps the whole document through its parent.",
        "Keep the text you need, or call `unlink()` on the document.",
        drags=r"xml\.dom\.minidom\.\w+",
    ),
    Pattern(
        "pdfplumber keeps the objects and the text of each page that was read.",
        "Call `page.close()` once you have its text, or open the PDF per request in a `with` block.",
        path=r"\._(objects|layout|edges|rect_edges|curve_edges)\b|get_textmap",
        through=r"^pdfplumber\.",
    ),
    Pattern(
        "pdfminer keeps each object it has read from the document.",
        "Open the document per request and close it, or pass `caching=False` to PDFDocument.",
        path=r"_cached_objs|_parsed_objs|_cached_fonts",
        through=r"^pdfminer\.",
    ),
    Pattern(
        "Each Pillow image keeps its pixels in native memory.",
        "Keep only the encoded bytes or a thumbnail, and call `image.close()` on the rest.",
        drags=r"PIL\.(Image\.Image|\w+ImagePlugin\.\w+)",
    ),
    Pattern(
        "pyplot keeps every figure until it is closed.",
        "Call `plt.close(fig)` after saving, or create `matplotlib.figure.Figure()` directly, without pyplot.",
        path=r"\bfigs\b",
        through=r"^matplotlib\.",
    ),
    Pattern(
        "matplotlib figures are kept; each keeps its axes, its data and a canvas.",
        "Save the figure to bytes, then `plt.close(fig)` and drop it.",
        drags=r"matplotlib\.figure\.Figure",
    ),
    Pattern(
        "A small view keeps the whole array it was cut from.",
        "Store a copy of the part: `array[…].copy()`.",
        entry=r"numpy\.ndarray|numpy\.recarray",
        along=r"\.base\b",
    ),
    Pattern(
        "A memoryview keeps the whole buffer it was cut from.",
        "Store a copy of the part: `bytes(view)`.",
        entry=r"memoryview",
    ),
    Pattern(
        "A slice of a DataFrame may keep the whole frame.",
        "Store a copy of the part (`frame[…].copy()`), or only the values.",
        entry=r"pandas\.(core\.)?(frame\.DataFrame|series\.Series|DataFrame|Series)",
    ),
    Pattern(
        "sympy caches the results of its functions.",
        "Call `sympy.core.cache.clear_cache()` from time to time, or set SYMPY_CACHE_SIZE.",
        path=r"^sympy\.|<lru_cache>",
        through=r"^sympy\.",
    ),
    Pattern(
        "Pygments imports and keeps a lexer for each language that is requested.",
        "Ask for a fixed set of languages, and keep one lexer instance per language.",
        harmless="Nothing to do: there are about 1,000 lexers in all.",
        path=r"_lexer_cache|_formatter_cache|_style_map|_tokens\b|_all_tokens\b",
        through=r"^pygments\.",
    ),
    Pattern(
        "Babel keeps the data of each locale that was loaded.",
        "Accept only the locales you support: match the request's languages with `Locale.negotiate()`.",
        harmless="Nothing to do: there are about 1,000 locales in all.",
        path=r"localedata\.(_cache|_dict_cache)|_locale_cache|__cache\b",
        through=r"^(flask_)?babel\.",
    ),
    Pattern(
        "pydantic models are created at run time; each keeps a compiled schema in native memory.",
        "Define models and TypeAdapters once, at import, instead of calling `create_model()` per request.",
        drags=r"pydantic\._internal\._model_construction\.ModelMetaclass|pydantic\.type_adapter\.TypeAdapter"
        r"|pydantic_core\._pydantic_core\.SchemaValidator",
    ),
    Pattern(
        "Workbooks are kept; each keeps a Python object per cell.",
        "Read with `read_only=True`, take the values you need and call `workbook.close()`.",
        drags=r"openpyxl\.workbook\.workbook\.Workbook",
    ),
)
