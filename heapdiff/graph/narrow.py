"""Columns that take no more room than nearly all of their numbers need, and what passes over long ones without a copy."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

T = TypeVar("T", bound=np.generic)

BLOCK: Final = 1 << 18  # items: what is made of so many at a time stays small beside the columns


@dataclass(frozen=True, slots=True)
class Narrow:
    """Whole numbers, few of them too wide for `short`: there it has the most that it can hold, and they stand apart.

    Reading gives 64 bits: `column[nodes]` is an array of its own, `column[:]` of all. No number is ever clipped.
    """

    short: NDArray[Any]  # (n,) how much more than `least`
    places: NDArray[np.uint32]  # of the wide ones, ascending
    wide: NDArray[np.int64]  # what stands there
    least: int = 0

    @classmethod
    def of(cls, numbers: ArrayLike, dtype: type[np.unsignedinteger]) -> Narrow:
        """From all numbers, into a column of this type. Copies them once."""
        given = np.asarray(numbers, np.int64)
        places = np.flatnonzero((given < 0) | (given >= np.iinfo(dtype).max)).astype(np.uint32)
        short = given.astype(dtype)
        short[places] = np.iinfo(dtype).max
        return cls(short, places, given[places])

    @classmethod
    def sparse(cls, length: int, numbers: Mapping[int, int], least: int) -> Narrow:
        """By place; of all others `least`. A byte for each."""
        places = np.fromiter(numbers, np.int64, len(numbers))
        order = np.argsort(places)
        given = np.fromiter(numbers.values(), np.int64, len(numbers))[order]
        few = cls.of(given - least, np.uint8)
        short = np.zeros(length, np.uint8)
        short[places[order]] = few.short
        return cls(short, places[order][few.places].astype(np.uint32), few.wide + least, least)

    @classmethod
    def read(cls, short: NDArray[Any], places: NDArray[np.uint32], wide: NDArray[np.int64]) -> Narrow:
        """From a column that has its marks, and the wide numbers in any order. Raises ValueError when these do not fit."""
        order = np.argsort(places, kind="stable")
        column = cls(short, places[order], wide[order])
        if not column.is_whole():
            raise ValueError("the file changed while it was read")
        return column

    def is_whole(self) -> bool:
        """Whether each mark has its wide number, and only those: what arrays from a file have to show."""
        most, places = np.iinfo(self.short.dtype).max, self.places
        marked = sum(int(np.count_nonzero(self.short[block] == most)) for block in blocks(len(self)))
        if marked != len(places) or marked != len(self.wide):
            return False
        return not marked or bool(
            (places[1:] > places[:-1]).all() and places[-1] < len(self) and (self.short[places] == most).all()
        )

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
            return self._one(int(at))
        numbers: NDArray[np.int64] = self.short[at].astype(np.int64)
        marks = np.zeros(0, np.int64)
        if len(self.places):
            marks = np.flatnonzero(numbers == np.iinfo(self.short.dtype).max)
        numbers += self.least
        if len(marks):
            numbers[marks] = self.wide[np.searchsorted(self.places, self._places_of(at, marks))]
        return numbers

    def _one(self, at: int) -> int:
        """A single number, several times as fast as by an array of one."""
        short = int(self.short[at])
        if len(self.places) and short == (1 << 8 * self.short.itemsize) - 1:
            return int(self.wide[self.places.searchsorted(np.uint32(at % len(self)))])
        return short + self.least

    def at(self, nodes: NDArray[np.integer]) -> Narrow:
        """A column of these alone."""
        return Narrow.of(self[nodes], self.short.dtype.type)

    def _places_of(
        self, at: slice | NDArray[Any] | Sequence[int], marks: NDArray[np.int64]
    ) -> NDArray[np.uint32]:
        """Where some of those asked for stand; in the type of `places`, which would else be copied to be searched."""
        if isinstance(at, slice):
            start, _, step = at.indices(len(self))
            return (start + marks * step).astype(np.uint32)
        nodes = np.asarray(at)
        nodes = (np.flatnonzero(nodes) if nodes.dtype == np.bool_ else nodes)[marks]
        return (nodes % len(self)).astype(np.uint32)  # also those counted from the end

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """All numbers, for NumPy's functions: 8 bytes each."""
        return np.asarray(self[:], dtype)

    def sum(self) -> int:
        """Of all numbers, as far as 64 bits go."""
        return sum(int(self[block].sum()) for block in blocks(len(self)))

    def tolist(self) -> list[int]:
        found: list[int] = self[:].tolist()
        return found


@dataclass(frozen=True, slots=True)
class Members:
    """Which of many places are among a few. `members[nodes]` is an array of truth values; 4 bytes for each of the few."""

    places: NDArray[np.uint32]  # ascending

    @classmethod
    def of(cls, places: Iterable[int]) -> Members:
        return cls(np.array(sorted(set(places)), np.uint32))

    @overload
    def __getitem__(self, at: NDArray[np.integer]) -> NDArray[np.bool_]: ...
    @overload
    def __getitem__(self, at: int | np.integer) -> bool: ...
    def __getitem__(self, at: NDArray[np.integer] | int | np.integer) -> NDArray[np.bool_] | bool:
        if isinstance(at, (int, np.integer)):
            return bool(self[np.array([at], np.int64)][0])
        if not len(self.places):
            return np.zeros(len(at), np.bool_)
        sought = at.astype(np.uint32)
        place = np.minimum(np.searchsorted(self.places, sought), len(self.places) - 1)
        found: NDArray[np.bool_] = (self.places[place] == sought) & (at >= 0)
        return found


def distinct(numbers: NDArray[T]) -> NDArray[T]:
    """The different ones, ascending. `np.unique` hashes since NumPy 2.3: 70 times as long for 1.5 million that all differ."""
    ordered = np.sort(numbers, axis=None)
    found: NDArray[T] = ordered[np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]]
    return found


class Presence:
    """Which of few values occur in each block of a column, so that it's searched only where they do."""

    def __init__(self, column: NDArray[np.unsignedinteger], values: int) -> None:
        """O(n), and a byte for each block and value."""
        self._column = column
        self._there = np.zeros((-(-len(column) // BLOCK), values), np.bool_)
        for row, block in zip(self._there, blocks(len(column)), strict=True):
            row[column[block]] = True

    def find(self, wanted: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Where one of these stands, ascending."""
        found = [np.zeros(0, np.int64)]
        for row, block in zip(self._there, blocks(len(self._column)), strict=True):
            if (row & wanted).any():
                found.append(np.flatnonzero(wanted[self._column[block]]) + block.start)
        return np.concatenate(found)


NOBODY: Final = np.zeros((0, 2), np.uint32)


class NodeNames(Mapping[int, int]):
    """Node -> the number of its name, where it has one. 8 bytes for each: a forged file may name every object."""

    def __init__(self, named: NDArray[np.uint32] = NOBODY) -> None:
        """From rows of node and name, in the order of the file: of two for one node the later counts."""
        rows = named[np.argsort(named[:, 0], kind="stable")]
        last = np.append(rows[1:, 0] != rows[:-1, 0], True)[: len(rows)]
        rows = rows[last & (rows[:, 1] != 0)]
        self._nodes, self._names = (np.ascontiguousarray(rows[:, at]).data for at in (0, 1))

    def __getitem__(self, node: int) -> int:
        at = bisect_left(self._nodes, node)
        if at == len(self._nodes) or self._nodes[at] != node:
            raise KeyError(node)
        return self._names[at]

    def get(self, node: int, default: Any = None) -> Any:
        """Without an exception for each of the many that have none."""
        at = bisect_left(self._nodes, node)
        return self._names[at] if at < len(self._nodes) and self._nodes[at] == node else default

    def __iter__(self) -> Iterator[int]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)

    def columns(self) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """The nodes, ascending, and the numbers of their names."""
        return np.frombuffer(self._nodes, np.uint32), np.frombuffer(self._names, np.uint32)


def blocks(length: int, size: int = BLOCK) -> Iterator[slice]:
    """One slice after another, of all items."""
    return (slice(start, min(start + size, length)) for start in range(0, length, size))
