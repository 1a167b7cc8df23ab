"""The documentation as a site: `sphinx-build -W -n --keep-going -b html docs build/site`.

The pages are written to read well on a code host, too; `tests/documents` turns their indexes into menus, and renders what comes
from the code.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from heapdiff import __version__  # noqa: E402
from tests.documents.site import prepare_page, write_schemas  # noqa: E402

project = "heapdiff"
author = "the heapdiff authors"
copyright = author
release = version = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "pallets_sphinx_themes",
]
root_doc = "index"
exclude_patterns = ["README.md", "_build"]
source_suffix = {".md": "markdown"}

myst_enable_extensions = ["html_image"]  # <img> with a width
myst_heading_anchors = 4  # as code hosts make them
suppress_warnings = ["myst.header"]  # a page that begins below another's first heading

highlight_language = "text"
default_role = "code"  # in docstrings
toc_object_entries_show_parents = "hide"

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_type_aliases = {  # what an annotation alone imports
    "Growth": "heapdiff.testing.measuring.rounds.Growth",
    **{name: f"heapdiff.answers.{name}" for name in ("Advice", "Comparison", "Comparisons")},
}
nitpick_ignore_regex = [  # other projects' names: to look them up takes a network, and a build must not depend on one
    (
        "py:.*",
        r"(?:os|pathlib|collections|typing|types|flask|_pytest|prometheus_client|opentelemetry|pytest)\b.*",
    ),
    ("py:.*", r"heapdiff\.flask\.lines\.decorator\.F"),  # any function
    (
        "py:.*",
        r"(?:Path|Sequence|Callable|Mapping|Any|PathLike|Flask|Exception|TracebackType|Self|CollectorRegistry)",
    ),
]

html_theme = "flask"
html_title = f"heapdiff {release}"
html_show_sourcelink = False
html_show_copyright = False
html_static_path = ["_static"]
html_css_files = ["heapdiff.css"]
html_sidebars = {
    "index": ["localtoc.html", "searchbox.html"],
    "**": ["localtoc.html", "relations.html", "searchbox.html"],
}


def setup(app):
    app.connect("source-read", prepare_page)
    app.connect("build-finished", write_schemas)
