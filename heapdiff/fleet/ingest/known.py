"""What a lake has already, as far as some days are concerned: keys of 8 bytes, and intervals of some workers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from heapdiff.fleet.ingest.rows import ComparisonTaken
from heapdiff.fleet.lake.manifest import State
from heapdiff.fleet.lake.schemas import SKEWED, TAILS

if TYPE_CHECKING:
    from heapdiff.fleet.lake.stores import Store

Keys = np.ndarray[Any, np.dtype[np.int64]]
EMPTY: Keys = np.empty(0, np.int64)


@dataclass
class KnownKeys:
    """The keys of a table by day, read when a day is asked for, and later only what came since. `forget` frees days."""

    store: Store
    read: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    keys: dict[tuple[str, str], Keys] = field(default_factory=dict)

    def among(self, state: State, table: str, day: str, asked: Sequence[int]) -> set[int]:
        """Those of `asked` that are there."""
        sorted_keys = self._load(state, table, day)
        if not len(sorted_keys) or not asked:
            return set()
        wanted = np.array(asked, np.int64)
        at = np.minimum(np.searchsorted(sorted_keys, wanted), len(sorted_keys) - 1)
        return set(wanted[sorted_keys[at] == wanted].tolist())

    def of_rows(self, state: State, table: str, told: dict[str, list[int]]) -> set[int]:
        """The same for rows of several days that their sources say, some of which stand under another day."""
        return {
            key
            for day, keys in told.items()
            for name in (table, SKEWED)
            for key in self.among(state, name, day, keys)
        }

    def forget(self, days: Iterable[str]) -> None:
        """Keep no days but these."""
        kept = set(days)
        for table, day in list(self.keys):
            if day not in kept:
                del self.keys[table, day], self.read[table, day]

    def _load(self, state: State, table: str, day: str) -> Keys:
        read = self.read.setdefault((table, day), set())
        files = {each.name for each in state.of(table, day)}
        if not read <= files:  # some were merged: what is left of them is in others
            read.clear()
            self.keys.pop((table, day), None)
        known = self.keys.get((table, day), EMPTY)
        if files - read:
            new = [self._column(name) for name in sorted(files - read)]
            known = np.concatenate([known, *new])
            known.sort()
            read |= files
        self.keys[table, day] = known
        return known

    def _column(self, name: str) -> Keys:
        column: Keys = self.store.read_columns(name, ["key"])["key"].to_numpy()
        return column


def find_intervals(
    store: Store, state: State, compared: Sequence[ComparisonTaken]
) -> dict[str, list[tuple[int, int]]]:
    """The intervals that are there of the workers of some comparisons, in files that can hold one that overlaps."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not compared:
        return {}
    first, last = min(each.before_us for each in compared), max(each.after_us for each in compared)
    workers = pa.array(sorted({each.process.worker for each in compared}), pa.string())
    found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for file in state.of("comparisons"):
        if file.first_us < last and file.last_us > first:
            rows = store.read_columns(file.name, ["worker", "before_at", "after_at"])
            rows = rows.filter(pc.is_in(rows["worker"], value_set=workers))
            ends = (rows[name].cast(pa.int64()).to_pylist() for name in ("before_at", "after_at"))
            for worker, before, after in zip(rows["worker"].to_pylist(), *ends, strict=True):
                found[worker].append((before, after))
    return found


def overlaps(intervals: Iterable[tuple[int, int]], before: int, after: int) -> bool:
    """Whether one of them has more than an end in common with this one."""
    return any(first < after and last > before for first, last in intervals)


def find_tails(store: Store, state: State) -> dict[str, tuple[int, str]]:
    """Of each worker whose graphs were seen: when its latest snapshot was taken, and where that lay."""
    import pyarrow as pa

    tails: dict[str, tuple[int, str]] = {}
    for file in state.of(TAILS):
        rows = store.read_columns(file.name, ["worker", "captured_at", "source"])
        moments = rows["captured_at"].cast(pa.int64()).to_pylist()
        for worker, at, source in zip(
            rows["worker"].to_pylist(), moments, rows["source"].to_pylist(), strict=True
        ):
            if at > tails.get(worker, (-1, ""))[0]:
                tails[worker] = at, source
    return tails
