"""Rows that are to become part of a lake together: what of them is new there, and the files that hold it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from heapdiff.fleet.ingest.known import KnownKeys, find_intervals, find_tails, overlaps
from heapdiff.fleet.ingest.rows import ComparisonTaken, Row, SnapshotTaken
from heapdiff.fleet.ingest.sources import day_of
from heapdiff.fleet.lake.manifest import Change, DataFile, State
from heapdiff.fleet.lake.schemas import SEEN, SKEWED, TAILS, arrow_schema, folder_of
from heapdiff.fleet.lake.stores import new_name
from heapdiff.fleet.tables import TABLES

if TYPE_CHECKING:
    from heapdiff.fleet.lake.stores import Store

MOST_TAILS: Final = 8  # files, before they are merged into one
TAIL_US: Final = 14 * 86_400 * 1_000_000  # a worker that was not seen for so long has ended
BOUNDS: Final = {"snapshots": ("captured_at", "captured_at"), TAILS: ("captured_at", "captured_at")}
INTERVAL: Final = ("before_at", "after_at")
ORDER: Final = {  # equal values beside each other: that's what makes the files small
    "snapshots": ("worker", "captured_at"),
    "comparisons": ("worker", "before_at"),
    "suspects": ("fingerprint", "worker", "before_at"),
}


@dataclass
class Batch:
    """What was taken from sources. `seen`: keys of the sources, by day; `tails`: what changed."""

    snapshots: dict[int, SnapshotTaken] = field(default_factory=dict)
    comparisons: dict[int, ComparisonTaken] = field(default_factory=dict)
    seen: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    tails: dict[str, tuple[int, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Fresh:
    """What of a batch a lake doesn't have. `known` rows are there, `overlapping` comparisons lie across ones that are."""

    snapshots: tuple[SnapshotTaken, ...]
    comparisons: tuple[ComparisonTaken, ...]
    known: int
    overlapping: int

    @property
    def rows(self) -> tuple[SnapshotTaken | ComparisonTaken, ...]:
        return *self.snapshots, *self.comparisons


def select_fresh(batch: Batch, store: Store, state: State, keys: KnownKeys) -> Fresh:
    there = keys.of_rows(state, "snapshots", _told(batch.snapshots.values()))
    compared = keys.of_rows(state, "comparisons", _told(batch.comparisons.values()))
    left = [each for key, each in batch.comparisons.items() if key not in compared]
    intervals = find_intervals(store, state, left)
    kept = []
    for each in left:
        own = intervals.setdefault(each.process.worker, [])
        if not overlaps(own, each.before_us, each.after_us):
            own.append((each.before_us, each.after_us))
            kept.append(each)
    return Fresh(
        tuple(each for key, each in batch.snapshots.items() if key not in there),
        tuple(kept),
        len(there) + len(compared),
        len(left) - len(kept),
    )


def write_fresh(
    batch: Batch, fresh: Fresh, store: Store, state: State, keys: KnownKeys, adds: list[DataFile]
) -> Change | None:
    """Write what is new, and what is seen, as files that nothing names yet; None if there is nothing. `adds` grows with them."""
    for table, day, service, rows in _by_file(fresh):
        adds.append(write_rows(store, table, day, service, rows))
    for table, by_day in ((SEEN, batch.seen), (SKEWED, _skewed(fresh))):
        for day in sorted(by_day):
            new = set(by_day[day]) - keys.among(state, table, day, by_day[day])
            if new:
                adds.append(write_rows(store, table, day, "", [(key,) for key in sorted(new)]))
    removes: tuple[str, ...] = ()
    if batch.tails:
        tails, removes = _merge_tails(batch.tails, store, state)
        rows = sorted((worker, at, source) for worker, (at, source) in tails.items())
        latest = max(at for at, _ in tails.values())
        adds.append(write_rows(store, TAILS, day_of(latest), "", rows))
    return Change(tuple(adds), removes) if adds else None


def write_rows(store: Store, table: str, day: str, service: str, rows: Sequence[Row]) -> DataFile:
    """One Parquet file of rows, under a name of its own."""
    import pyarrow as pa

    schema = arrow_schema(table)
    columns = list(zip(*rows, strict=True))
    arrays = [_array(values, column.type) for values, column in zip(columns, schema, strict=True)]
    first, last = BOUNDS.get(table, INTERVAL)
    bounds = (0, 0)
    if first in schema.names:
        bounds = min(columns[schema.names.index(first)]), max(columns[schema.names.index(last)])
    folder = folder_of(table, day, service)
    return write_table(store, table, folder, day, pa.table(arrays, schema=schema), bounds)


def write_table(
    store: Store, table: str, folder: str, day: str, rows: Any, bounds: tuple[int, int]
) -> DataFile:
    """The same of a `pyarrow.Table`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink, compression="zstd")
    payload = sink.getvalue()
    name = f"{folder}/{new_name()}.parquet"
    store.write(name, payload)
    return DataFile(table, name, day, rows.num_rows, payload.size, *bounds)


def _array(values: Sequence[Any], kind: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_timestamp(kind):
        return pa.array(values, pa.int64()).cast(kind)
    return pa.array(values, kind)


def _by_file(fresh: Fresh) -> Iterable[tuple[str, str, str, list[Row]]]:
    grouped: defaultdict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for snapshot in fresh.snapshots:
        grouped["snapshots", snapshot.day, snapshot.process.service].append(snapshot.row)
    for compared in fresh.comparisons:
        grouped["comparisons", compared.day, compared.process.service].append(compared.row)
        if compared.suspects:
            grouped["suspects", compared.day, compared.process.service].extend(compared.suspects)
    for (table, day, service), rows in sorted(grouped.items(), key=lambda group: group[0]):
        rows.sort(key=_order(table))
        yield table, day, service, rows


def _order(table: str) -> Callable[[Row], Row]:
    names = [column.name for column in TABLES[table]]
    at = [names.index(name) for name in ORDER[table]]
    return lambda row: tuple(row[each] for each in at)


def _told(rows: Iterable[SnapshotTaken | ComparisonTaken]) -> dict[str, list[int]]:
    told: defaultdict[str, list[int]] = defaultdict(list)
    for row in rows:
        told[row.told_day].append(row.key)
    return told


def _skewed(fresh: Fresh) -> dict[str, list[int]]:
    return _told(row for row in fresh.rows if row.told_day != row.day)


def _merge_tails(
    new: Mapping[str, tuple[int, str]], store: Store, state: State
) -> tuple[Mapping[str, tuple[int, str]], tuple[str, ...]]:
    """All tails in one, and the files that it replaces, if there are many; else only the new ones."""
    files = tuple(each.name for each in state.of(TAILS))
    if len(files) < MOST_TAILS:
        return new, ()
    known = find_tails(store, state)
    merged = {
        **known,
        **{worker: tail for worker, tail in new.items() if tail[0] > known.get(worker, (-1, ""))[0]},
    }
    latest = max(at for at, _ in merged.values())
    return {worker: tail for worker, tail in merged.items() if latest - tail[0] < TAIL_US}, files
