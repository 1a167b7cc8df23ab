"""A simulated fleet's rows into a lake, as files that are committed day by day; those of some hosts only with the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from heapdiff.fleet.lake.committing import commit_files
from heapdiff.fleet.lake.opening import open_store
from heapdiff.fleet.lake.schemas import folder_of
from heapdiff.fleet.lake.stores import new_name
from tests.fleet.simulation.rows import make_tables, split
from tests.fleet.simulation.world import World

__all__ = ["Tables", "commit_tables", "fill_lake"]

Tables = dict[str, pa.Table]
HOSTS, ONE_IN = 20_000, 50


def commit_tables(lake: str, tables: Tables) -> None:
    """A file for each day and service, and one entry for all of them."""
    store, written = open_store(lake), defaultdict(list)
    for table, rows in tables.items():
        for day, service, part in split(rows):
            name = f"{folder_of(table, day, service)}/{new_name()}.parquet"
            path = Path(store.path(name))
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(part, path, compression="zstd")
            written[table].append(name)
    if written:
        commit_files(store, written)


def fill_lake(world: World, lake: str, apart: Callable[[int, Tables], Tables] = lambda _, rows: rows) -> int:
    """Run it, day by day; `apart` may take rows out of a day. Returns how many suspects there were.

    One host in 50 is a day late.
    """
    held: Tables = {}
    suspects = 0
    for day, seen in enumerate(world.run()):
        tables = apart(day, make_tables(world, seen))
        suspects += tables["suspects"].num_rows
        late = pa.array([f"node-{host:03}" for host in range(day % ONE_IN, HOSTS, ONE_IN)])
        chosen = {name: pc.is_in(table["host"], value_set=late) for name, table in tables.items()}
        commit_tables(lake, {name: table.filter(pc.invert(chosen[name])) for name, table in tables.items()})
        commit_tables(lake, held)
        held = {name: table.filter(chosen[name]) for name, table in tables.items()}
    commit_tables(lake, held)
    return suspects
