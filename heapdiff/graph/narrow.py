"""Columns that take no more room than nearly all of their numbers need, and what passes over long ones without a copy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

BLOCK: Final = 1 << 20  # items: what is made of so many at a time stays small beside the columns


@dataclass(frozen=True, slots=True)
class Narrow:
    """Whole numbers, few of them too wide for `short`: there it has the most that it can hold, and they stand apart.

    Reading gives 64 bits: `column[nodes]` is an array of its own, `column[:]` of all. No number is ever clipped.
    """

    short: NDArray[Any]  # (n,)
    places: NDArray[np.uint32]  # of the wide ones, ascending
    wide: NDArray[np.int64]  # what stands there

    @classmethod
    def of(cls, numbers: ArrayLike, dtype: type[np.unsignedinteger]) -> Narrow:
        """From all numbers, into a column of this type. Copies them once."""
        given = np.asarray(numbers, np.int64)
        places = np.flatnonzero((given < 0) | (given >= np.iinfo(dtype).max)).astype(np.uint32)
        short = given.astype(dtype)
        short[places] = np.iinfo(dtype).max
        return cls(short, places, given[places])

    @classmethod
    def read(cls, short: NDArray[Any], places: NDArray[np.uint32], wide: NDArray[np.int64]) -> Narrow:
        """From a column that has its marks, and the wide numbers in any order. Raises ValueError when these do not fit."""
        order = np.argsort(places, kind="stable")
        places, wide = places[order], wide[order]
        marked = sum(
            int(np.count_nonzero(short[block] == np.iinfo(short.dtype).max)) for block in blocks(len(short))
        )
        if marked != len(places) or (np.diff(places) == 0).any():
            raise ValueError("the file changed while it was read")
        return cls(short, places, wide)

    def __len__(self) -> int:
        return len(self.short)

    @overload
    def __getitem__(self, at: slice | NDArray[Any] | Sequence[int]) -> NDArray[np.int64]: ...
    @overload
    def __getitem__(self, at: int | np.integer) -> int: ...
    def __getitem__(
        self, at: slice | NDArray[Any] | Sequence[int] | int | np.integer
    ) -> NDArray[np.int64] | int:
        if isinstance(at, (int, np.integer)):
            return int(self[np.array([at], np.int64)][0])
        numbers: NDArray[np.int64] = self.short[at].astype(np.int64)
        return self._widen(numbers, at) if len(self.places) else numbers

    def at(self, nodes: NDArray[np.integer]) -> Narrow:
        """A column of these alone."""
        return Narrow.of(self[nodes], self.short.dtype.type)

    def _widen(
        self, numbers: NDArray[np.int64], at: slice | NDArray[Any] | Sequence[int]
    ) -> NDArray[np.int64]:
        """Put the wide ones of these places where the marks are."""
        marks = np.flatnonzero(numbers == np.iinfo(self.short.dtype).max)
        if not len(marks):
            return numbers
        if isinstance(at, slice):
            start, _, step = at.indices(len(self))
            places = start + marks * step
        else:
            nodes = np.asarray(at)
            nodes = np.flatnonzero(nodes) if nodes.dtype == np.bool_ else nodes
            places = nodes[marks] % len(self)  # also of those counted from the end
        numbers[marks] = self.wide[np.searchsorted(self.places, places.astype(np.uint32))]
        return numbers

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """All numbers, for NumPy's functions: 8 bytes each."""
        return np.asarray(self[:], dtype)

    def sum(self) -> int:
        """Of all numbers, as far as 64 bits go."""
        return sum(int(self[block].sum()) for block in blocks(len(self)))

    def tolist(self) -> list[int]:
        found: list[int] = self[:].tolist()
        return found


def blocks(length: int) -> Iterator[slice]:
    """One slice after another, of all items."""
    return (slice(start, min(start + BLOCK, length)) for start in range(0, length, BLOCK))
