"""Many small files of a table, day and service made into one: runs every ten minutes would leave thousands to be opened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from heapdiff.fleet.ingest.batches import ORDER, write_table
from heapdiff.fleet.lake.committing import commit
from heapdiff.fleet.lake.manifest import Change, DataFile, State
from heapdiff.fleet.lake.schemas import SEEN, SKEWED

if TYPE_CHECKING:
    from heapdiff.fleet.lake.stores import Store

MOST_FILES: Final = 16  # small ones of a folder
SMALL_ROWS: Final = 100_000
MOST_ROWS: Final = 500_000  # merged at once: a few hundred MB in memory
MERGED: Final = (*ORDER, SEEN, SKEWED)


def merge_small(store: Store, state: State) -> tuple[State, int]:
    """The lake with fewer files and the same rows, and how many files were merged. Who reads the old ones may go on for a day.

    Raises LakeError and OSError; the lake is as it was then.
    """
    if not any(_groups(state)):
        return state, 0
    written: list[DataFile] = []
    merged: list[str] = []

    def prepare(now: State) -> Change | None:
        while written:
            store.remove(written.pop().name)
        merged.clear()
        for group in _groups(now):
            written.append(_merge(store, group))
            merged.extend(each.name for each in group)
        return Change(tuple(written), tuple(merged)) if merged else None

    return commit(store, prepare), len(merged)


def _groups(state: State) -> Iterator[list[DataFile]]:
    """The small files of each folder that has many, as far as their rows are few enough."""
    folders: defaultdict[str, list[DataFile]] = defaultdict(list)
    for each in state.files.values():
        if each.table in MERGED and each.rows < SMALL_ROWS:
            folders[each.name.rpartition("/")[0]].append(each)
    for _, files in sorted(folders.items()):
        if len(files) >= MOST_FILES:
            yield _few_enough(files)


def _few_enough(files: list[DataFile]) -> list[DataFile]:
    kept, rows = [], 0
    for each in sorted(files, key=lambda each: (each.rows, each.name)):
        rows += each.rows
        if rows > MOST_ROWS:
            break
        kept.append(each)
    return kept


def _merge(store: Store, files: list[DataFile]) -> DataFile:
    import pyarrow as pa

    first = files[0]
    parts: list[Any] = [store.read_columns(each.name, None) for each in files]
    order = ORDER.get(first.table, ("key",))
    rows = pa.concat_tables(parts).sort_by([(name, "ascending") for name in order])
    bounds = min(each.first_us for each in files), max(each.last_us for each in files)
    return write_table(store, first.table, first.name.rpartition("/")[0], first.day, rows, bounds)
