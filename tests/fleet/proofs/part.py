"""A part of a fleet's rows that goes into the lake as the files that it comes from, and must be the same rows there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from heapdiff.fleet.lake.opening import open_lake
from tests.fleet.proofs.asking import ask
from tests.fleet.simulation.filing import Delivery, write_files
from tests.fleet.simulation.writing import Tables

__all__ = ["Part"]

KEYS: Final = ("key", "comparison")
ORDER: Final = {
    "snapshots": ("worker", "captured_at"),
    "comparisons": ("worker", "after_at"),
    "suspects": ("worker", "after_at", "fingerprint"),
}


@dataclass
class Part:
    """`files` is how many summaries it has, or a few more: whole workers of one day."""

    files: int
    folder: Path
    rows: Tables = field(default_factory=dict)

    def take(self, tables: Tables) -> Tables:
        """Keeps some workers' rows; returns the rest."""
        counts = tables["snapshots"]["worker"].value_counts()
        chosen, total = [], 0
        for worker, count in zip(counts.field(0).to_pylist(), counts.field(1).to_pylist(), strict=True):
            if total < self.files:
                chosen.append(worker)
                total += count
        workers = pa.array(chosen, pa.string())
        snapshots = _of(tables["snapshots"], "worker", workers)
        comparisons = _of(tables["comparisons"], "worker", workers)
        starts = snapshots.group_by("worker").aggregate([("captured_at", "min")]).to_pydict()
        first = dict(zip(starts["worker"], starts["captured_at_min"], strict=True))
        befores = (comparisons[name].to_pylist() for name in ("worker", "before_at"))
        begun = [first[worker] <= before for worker, before in zip(*befores, strict=True)]
        comparisons = comparisons.filter(pa.array(begun))
        suspects = _of(tables["suspects"], "comparison", comparisons["key"].combine_chunks())
        self.rows = {"snapshots": snapshots, "comparisons": comparisons, "suspects": suspects}
        return {
            "snapshots": _without(tables["snapshots"], "key", snapshots["key"]),
            "comparisons": _without(tables["comparisons"], "key", comparisons["key"]),
            "suspects": _without(tables["suspects"], "comparison", comparisons["key"]),
        }

    def deliver(self, lake: str, seed: int) -> Iterator[str]:
        """Ingests what there is, then what came later, then once more; what was wrong about it."""
        delivery = write_files(self.rows, self.folder, seed)
        yield from self._ingest(lake, "first", delivery.cut)
        delivery.complete()
        yield from self._ingest(lake, "second", 0)
        before = _count(lake)
        yield from self._ingest(lake, "third", 0)
        if _count(lake) != before:
            yield f"a third ingestion of the same files added rows: {before} became {_count(lake)}"
        yield from self._compare(lake)
        if not (delivery.cut and delivery.duplicates and len(delivery.later) > delivery.cut):
            yield f"too few files to have some late, twice and cut off: {_say(delivery)}"

    def _ingest(self, lake: str, time: str, unreadable: int) -> Iterator[str]:
        answer = ask("fleet", "ingest", str(self.folder), "--to", lake)
        if answer.content.get("unreadable") != unreadable:
            yield f"{time} ingestion: {unreadable} files were cut off, and it said {answer.content or answer.said}"

    def _compare(self, lake: str) -> Iterator[str]:
        for name, wanted in self.rows.items():
            found = _read(lake, name)
            found = _of(found, "worker", wanted["worker"].unique())
            there = found.filter(
                pc.is_in(_identify(found, name), value_set=_identify(wanted, name).combine_chunks())
            )
            if not _plain(there, name).equals(_plain(wanted, name)):
                yield f"{name}: {there.num_rows} rows from files are not the {wanted.num_rows} that were made directly"
            if name != "suspects" and len(there["key"].unique()) != there.num_rows:
                yield f"{name}: a key stands twice"
        if _read(lake, "snapshots").num_rows != len(_read(lake, "snapshots")["id"].unique()):
            yield "a snapshot is in the lake twice"


def _plain(table: pa.Table, name: str) -> pa.Table:
    """Sorted by what tells rows apart, without keys: these are of the files."""
    kept = table.drop_columns([column for column in table.column_names if column in KEYS])
    ordered = kept.sort_by([(column, "ascending") for column in ORDER[name]])
    return pa.table(ordered.to_pydict())


def _identify(table: pa.Table, name: str) -> pa.ChunkedArray:
    texts = [table[column].cast(pa.string()) for column in ORDER[name]]
    return pc.binary_join_element_wise(*texts, " ")


def _read(lake: str, name: str) -> pa.Table:
    look = open_lake(lake)
    return pa.concat_tables([pq.ParquetFile(path).read() for path in look.files[name]])


def _count(lake: str) -> dict[str, int]:
    look = open_lake(lake)
    return {
        name: sum(pq.ParquetFile(path).metadata.num_rows for path in paths)
        for name, paths in look.files.items()
    }


def _of(table: pa.Table, column: str, values: pa.Array) -> pa.Table:
    return table.filter(pc.is_in(table[column], value_set=values))


def _without(table: pa.Table, column: str, values: pa.ChunkedArray) -> pa.Table:
    return table.filter(pc.invert(pc.is_in(table[column], value_set=values.combine_chunks())))


def _say(delivery: Delivery) -> str:
    return f"{len(delivery.later)} late, {delivery.duplicates} twice, {delivery.cut} cut off"
