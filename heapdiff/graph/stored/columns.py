"""What an array has to be before anything is computed with it: its type, its length, and the range of its values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.graph.narrow import Narrow
from heapdiff.graph.narrow import blocks as slices

Arrays = Mapping[str, NDArray[Any]]
Check = Callable[[], bool]

DTYPES: Final = {
    np.dtype(name).name: np.dtype(name) for name in ("bool", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8")
}
BLOCK: Final = 1 << 17  # items that are looked at while they are in the processor's cache


@dataclass(frozen=True, slots=True)
class Column:
    """One array; None is any length, or any value. Indexes need both bounds: negative ones would count from the end."""

    dtype: str
    length: int | None = None
    least: int | None = None
    most: int | None = None

    def misfit(self, array: NDArray[Any]) -> str:
        """What is wrong with an array's type or length, or an empty text."""
        if array.dtype != DTYPES[self.dtype] or array.ndim != 1:
            return f"{array.dtype.name} instead of {self.dtype}"
        if self.length is not None and len(array) != self.length:
            return f"{len(array):,} items instead of {self.length:,}"
        return ""

    @property
    def is_bounded(self) -> bool:
        return (self.least, self.most) != (None, None)

    def holds(self, array: NDArray[Any]) -> bool:
        """Whether all values are within the bounds. O(length), without the GIL."""
        return all(
            (self.least is None or int(block.min()) >= self.least)
            and (self.most is None or int(block.max()) <= self.most)
            for block in blocks(array)
        )


def columns_apart(name: str, short: str, most: int, length: int | None = None) -> Mapping[str, Column]:
    """What the three arrays of a narrow column have to be: no number is below 0, or above `most`."""
    return {
        name: Column(short, length),
        f"{name}_places": Column("uint32"),
        f"{name}_wide": Column("int64", None, 0, most),
    }


def take_apart(name: str, column: Narrow) -> Arrays:
    """A narrow column as three arrays."""
    return {name: column.short, f"{name}_places": column.places, f"{name}_wide": column.wide}


def put_together(name: str, found: Arrays) -> Narrow:
    """The column again; once it was stored, only if it `is_whole` can it be used."""
    return Narrow(found[name], found[f"{name}_places"], found[f"{name}_wide"])


def blocks(array: NDArray[Any], length: int = BLOCK) -> Iterator[NDArray[Any]]:
    return (array[some] for some in slices(len(array), length))


def row_checks(first: NDArray[Any], *columns: NDArray[Any]) -> Iterator[Check]:
    """Whether rows that begin at `first` cover these columns, one after another."""
    yield lambda: first[0] == 0 and all(len(each) == first[-1] for each in columns)
    yield lambda: is_ascending(first)


def is_ascending(array: NDArray[Any], strictly: bool = False) -> bool:
    """Whether no item is smaller than the one before it; block by block, so that nothing of its size is made."""
    compare = np.less if strictly else np.less_equal
    before, after = array[:-1], array[1:]
    return all(
        bool(compare(low, high).all()) for low, high in zip(blocks(before), blocks(after), strict=True)
    )
