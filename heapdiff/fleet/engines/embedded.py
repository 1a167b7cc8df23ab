"""DuckDB in this process. It reads the files that it's given, loads no extension and asks no network.

A lake that isn't on this machine's disk is read through pyarrow's own client of the storage.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from heapdiff.errors import LakeError, MissingToolError
from heapdiff.escaping import escape_terminal
from heapdiff.fleet.engines.asked import Asked, is_plain
from heapdiff.fleet.lake.lake import Lake
from heapdiff.fleet.lake.opening import shown
from heapdiff.fleet.lake.schemas import arrow_schema
from heapdiff.fleet.tables import TABLES

if TYPE_CHECKING:
    from ibis import Table

INSTALL: Final = "pip install 'heapdiff[fleet]'"
NOWHERE: Final = "/nonexistent"
MOST_MESSAGE: Final = 200


@contextmanager
def open_embedded(lake: Lake, memory_bytes: int) -> Iterator[Asked]:
    """The lake's tables as views. What doesn't fit into the memory goes to a private directory for the while."""
    try:
        import duckdb
        import ibis
    except ImportError as error:
        raise MissingToolError(
            f"fleet needs the packages duckdb and ibis-framework ({error})", INSTALL
        ) from error
    with tempfile.TemporaryDirectory(prefix="heapdiff-fleet-") as spilled:
        connection = duckdb.connect(":memory:", config=_settings(memory_bytes, spilled))
        try:
            backend = ibis.duckdb.from_connection(connection)
            tables = {name: _view(backend, connection, lake, name) for name in TABLES}
            with explaining(lake.root, duckdb.Error):
                yield Asked(**tables, to_arrow=backend.to_pyarrow)
        finally:
            connection.close()


def _settings(memory_bytes: int, spilled: str) -> dict[str, Any]:
    return {
        "memory_limit": f"{memory_bytes}B",
        "temp_directory": spilled,
        "home_directory": "",
        "secret_directory": NOWHERE,
        "extension_directory": NOWHERE,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "allow_persistent_secrets": False,
        "preserve_insertion_order": False,
    }


def _view(backend: Any, connection: Any, lake: Lake, name: str) -> Table:
    files = lake.files.get(name, ())
    if not files:
        connection.register(name, arrow_schema(name).empty_table())
    elif lake.filesystem.type_name == "local" and is_plain(files):
        paths = [os.path.abspath(file) for file in files]
        return backend.read_parquet(paths, table_name=name, hive_partitioning=False, union_by_name=False)
    else:
        from pyarrow.dataset import dataset

        found = dataset(list(files), filesystem=lake.filesystem, format="parquet", schema=arrow_schema(name))
        connection.register(name, found)
    return backend.table(name)


@contextmanager
def explaining(root: str, kind: type[Exception]) -> Iterator[None]:
    """An engine's error as one line about the lake."""
    try:
        yield
    except (kind, OSError) as error:
        said = escape_terminal(str(error).strip().partition("\n")[0])
        if "out of memory" in said.lower():
            raise LakeError(
                f"{escape_terminal(shown(root))}: too large for the memory that is left",
                "Ask about one service, or a shorter time (--service, --since), or name another --engine.",
            ) from error
        raise LakeError(
            f"{escape_terminal(shown(root))}: can't be read as a lake ({said[:MOST_MESSAGE]})",
            "Check that it's a lake that heapdiff fleet ingest wrote.",
        ) from error
