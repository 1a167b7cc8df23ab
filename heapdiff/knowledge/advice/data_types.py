"""Types of objects that are data in one piece, or wrap a few. As of NumPy 2.3, pandas 2.3, polars 1.31, pyarrow 20."""

from collections.abc import Mapping
from typing import Final

DATA_TYPES: Final[Mapping[str, str]] = {  # and what to call one
    "bytes": "bytes object",
    "bytearray": "bytearray",
    "str": "string",
    "array.array": "array",
    "mmap.mmap": "memory map",
    "_io.BytesIO": "BytesIO",
    "_io.StringIO": "StringIO",
    "numpy.ndarray": "NumPy array",
    "numpy.ma.MaskedArray": "NumPy array",
    "numpy.memmap": "NumPy memory map",
    "pandas.core.frame.DataFrame": "pandas DataFrame",
    "pandas.core.series.Series": "pandas Series",
    "pandas.DataFrame": "pandas DataFrame",
    "pandas.Series": "pandas Series",
    "polars.dataframe.frame.DataFrame": "polars DataFrame",
    "pyarrow.lib.Table": "Arrow table",
    "pyarrow.lib.Buffer": "Arrow buffer",
    "PIL.Image.Image": "image",
    "torch.Tensor": "tensor",
}
TABLES: Final = frozenset(("pandas DataFrame", "polars DataFrame", "Arrow table", "pandas Series"))
ARRAYS: Final = ("numpy.ndarray", "numpy.memmap")  # may show another object's buffer
MEMORYVIEW: Final = "memoryview"  # always does
MANAGED: Final = "managedbuffer"  # between a memoryview and what it shows
VIEW_BASE: Final = "base"  # where an ndarray keeps what it shows
