"""Which types can own memory that no snapshot counts. Data; whether a type is made in C says the heap graph.

Types of installed extension modules may, unless something here says otherwise. Of CPython's own, those listed may.
"""

from typing import Final

_CORE: Final = """
EncodingMap InterpreterID NoneType NotImplementedType PyCapsule UnraisableHookArgs anext_awaitable async_generator
async_generator_asend async_generator_athrow async_generator_wrapped_value asyncgen_hooks bool
builtin_function_or_method builtin_method bytearray bytearray_iterator bytes bytes_iterator callable_iterator cell
classmethod classmethod_descriptor code complex coroutine coroutine_wrapper dict dict_itemiterator dict_items
dict_keyiterator dict_keys dict_reverseitemiterator dict_reversekeyiterator dict_reversevalueiterator
dict_valueiterator dict_values ellipsis enumerate fieldnameiterator filter float formatteriterator frame frozendict
frozenset function generator generic_alias_iterator getset_descriptor hamt hamt_array_node hamt_bitmap_node
hamt_collision_node instancemethod int items iterator keys line_iterator list list_iterator list_reverseiterator
longrange_iterator managedbuffer map mappingproxy member_descriptor memory_iterator memoryview method method-wrapper
method_descriptor module moduledef object odict_items odict_iterator odict_keys odict_values positions_iterator
property range range_iterator reversed set set_iterator slice staticmethod stderrprinter str str_ascii_iterator
str_iterator super traceback tuple tuple_iterator type values wrapper_descriptor zip
"""
CORE: Final = frozenset(
    (*_CORE.split(), "symtable entry", "BaseException", "Token.MISSING", "_RunningLoopHolder")
)
"""CPython's own types without a module. Another one without is of an extension that gave it none: `ImagingCore`."""

MAPPINGS: Final = frozenset(("mmap.mmap",))
"""What they own is mapped, not allocated: files, or memory that processes share."""

STACKS: Final = frozenset(("greenlet.greenlet", "threading.Thread"))
"""What they own is a stack: who leaks them leaks threads, not memory of a library."""

_OF_PYTHON: Final = """
PyCapsule _bz2.BZ2Compressor _bz2.BZ2Decompressor _ctypes.PyCArrayType _ctypes.PyCPointerType _ctypes.PyCStructType
_ctypes.UnionType _curses.window _dbm.dbm _gdbm.gdbm _hashlib.HASH _hashlib.HASHXOF _hashlib.HMAC _lzma.LZMACompressor
_lzma.LZMADecompressor _sqlite3.Connection _sqlite3.Cursor _ssl.Certificate _ssl.MemoryBIO _ssl.SSLSession
_ssl._SSLContext _ssl._SSLSocket _tkinter.tkapp _zstd.ZstdCompressor _zstd.ZstdDecompressor _zstd.ZstdDict
compression.zstd.ZstdCompressor compression.zstd.ZstdDecompressor compression.zstd.ZstdDict ctypes.CDLL
pyexpat.xmlparser sqlite3.Blob sqlite3.Connection sqlite3.Cursor sqlite3.Statement xml.etree.ElementTree.XMLParser
zlib.Compress zlib.Decompress zlib._ZlibDecompressor
"""
OF_PYTHON: Final = frozenset(_OF_PYTHON.split()) | MAPPINGS | STACKS
"""Types of CPython and its standard library that own memory of a C library, or of their own. A metatype stands for its types."""

OF_LIBRARIES: Final = frozenset(("ImagingCore", "lxml.etree._Document"))
"""Types of extension modules of which it is known that most of what they are is native memory: Pillow's images, lxml's trees."""

_ROWS: Final = (
    "sqlalchemy.cyextension.resultproxy.BaseRow",
    "sqlalchemy.engine._row_cy.BaseRow",
)  # until 2.0, from 2.1
OWN_NOTHING: Final = frozenset(("BaseException", "numpy.generic", *_ROWS))
"""Types that are plain values, with all that is made from them, also by extension modules."""

PLAIN_MODULES: Final = ("_cython_",)
"""How modules begin whose types are functions and generators."""
