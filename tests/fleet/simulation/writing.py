"""A simulated fleet's rows into a lake, some of each day only with the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow.fs import LocalFileSystem

from heapdiff.fleet.lake.lake import Lake
from heapdiff.fleet.tables import TABLES
from tests.fleet.simulation.rows import make_tables, split
from tests.fleet.simulation.world import World

__all__ = ["LooseFiles", "fill_lake"]

Tables = dict[str, pa.Table]
Commit = Callable[[Tables], None]


@dataclass
class LooseFiles:
    """A lake without a manifest, for a question asked of its files directly."""

    root: Path
    files: dict[str, list[str]] = field(default_factory=lambda: {table: [] for table in TABLES})

    def commit(self, tables: Tables) -> None:
        for name, table in tables.items():
            for day, service, part in split(table):
                folder = self.root / name / f"day={day}" / f"service={service}"
                folder.mkdir(parents=True, exist_ok=True)
                path = folder / f"{len(self.files[name]):06}.parquet"
                pq.write_table(part, path, compression="zstd")
                self.files[name].append(str(path))

    def lake(self) -> Lake:
        files = {name: tuple(sorted(paths)) for name, paths in self.files.items()}
        return Lake(str(self.root), LocalFileSystem(), files)


def fill_lake(world: World, commit: Commit, apart: Callable[[Tables], Tables] | None = None) -> int:
    """Run it, day by day; `apart` may take rows of the first day out. The number of suspects' rows.

    One host in fifty sends its files a day late.
    """
    held: list[Tables] = []
    count = 0
    for number, seen in enumerate(world.run()):
        tables = make_tables(world, seen)
        if number == 0 and apart is not None:
            tables = apart(tables)
        count += tables["suspects"].num_rows
        late = pa.array([f"node-{host:03}" for host in range(number % 50, 20_000, 50)])
        commit({name: _only(table, late, False) for name, table in tables.items()})
        _commit_all(commit, held)
        held = [{name: _only(table, late, True) for name, table in tables.items()}]
    _commit_all(commit, held)
    return count


def _commit_all(commit: Commit, held: Iterable[Tables]) -> None:
    for tables in held:
        commit(tables)


def _only(table: pa.Table, hosts: pa.Array, among: bool) -> pa.Table:
    chosen = pc.is_in(table["host"], hosts)
    return table.filter(chosen if among else pc.invert(chosen))
