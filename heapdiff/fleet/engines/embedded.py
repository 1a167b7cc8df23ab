"""DuckDB in this process. It reads the files that it's given, loads no extension and asks no network.

A lake that isn't on this machine's disk is read through pyarrow's own client of the storage.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from heapdiff.errors import LakeError, MissingToolError
from heapdiff.escaping import escape_terminal
from heapdiff.fleet.engines.asked import Asked, is_plain
from heapdiff.fleet.lake.lake import Lake
from heapdiff.fleet.lake.opening import shown
from heapdiff.fleet.lake.schemas import arrow_schema
from heapdiff.fleet.tables import TABLES, TypeName

if TYPE_CHECKING:
    import pyarrow
    from ibis import Table

INSTALL: Final = "pip install 'heapdiff[fleet]'"
NOWHERE: Final = "/nonexistent"
MOST_MESSAGE: Final = 200
TYPES: Final[dict[TypeName, str]] = {
    "text": "string",
    "integer": "int64",
    "number": "float64",
    "truth": "boolean",
    "moment": "int64",
}
SHOWN: Final[dict[TypeName, str]] = {"moment": "epoch_us({0}) // 1000000 AS {0}"}


@contextmanager
def open_embedded(lake: Lake, memory_bytes: int) -> Iterator[Asked]:
    """The lake's tables as views. What doesn't fit into the memory goes to a private directory for the while."""
    try:
        import duckdb
        import ibis  # noqa: F401
    except ImportError as error:
        raise MissingToolError(
            f"fleet needs the packages duckdb and ibis-framework ({error})", INSTALL
        ) from error
    with tempfile.TemporaryDirectory(prefix="heapdiff-fleet-") as spilled:
        connection = duckdb.connect(":memory:", config=_settings(memory_bytes, spilled))
        try:
            tables = {name: _view(connection, lake, name) for name in TABLES}
            with explaining(lake.root, duckdb.Error):
                yield Asked(**tables, to_arrow=partial(_answer, connection), keep=partial(_keep, connection))
        finally:
            connection.close()


def _answer(connection: Any, expression: Any) -> pyarrow.Table:
    """In the types that Ibis says it has: DuckDB adds integers up to some of 128 bits."""
    import ibis

    found = connection.sql(ibis.to_sql(expression, dialect="duckdb")).to_arrow_table()
    return found.cast(expression.schema().to_pyarrow())


def _keep(connection: Any, expression: Table) -> Table:
    import ibis

    name, schema = ibis.util.gen_name("kept"), expression.schema()
    sql = ibis.to_sql(expression, dialect="duckdb")
    connection.execute(f"CREATE TEMPORARY TABLE {name} AS {sql}")
    return ibis.table(schema, name=name)


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
        "python_enable_replacements": False,
        "preserve_insertion_order": False,
    }


def _view(connection: Any, lake: Lake, name: str) -> Table:
    """Ibis isn't asked for a connection of its own: it only writes the SQL."""
    import ibis

    shown = ", ".join(SHOWN.get(column.type, "{0}").format(f'"{column.name}"') for column in TABLES[name])
    connection.execute(
        f"CREATE TEMPORARY VIEW {name} AS SELECT {shown} FROM {_source(connection, lake, name)}"
    )
    return ibis.table({column.name: TYPES[column.type] for column in TABLES[name]}, name=name)


def _source(connection: Any, lake: Lake, name: str) -> str:
    """What to select from."""
    files, raw = lake.files.get(name, ()), f"{name}_files"
    if files and lake.filesystem.type_name == "local" and is_plain(files):
        paths = ", ".join(_quote(os.path.abspath(file)) for file in files)
        return f"read_parquet([{paths}], hive_partitioning = false)"
    if not files:
        connection.register(raw, arrow_schema(name).empty_table())
    else:
        from pyarrow.dataset import dataset

        found = dataset(list(files), filesystem=lake.filesystem, format="parquet", schema=arrow_schema(name))
        connection.register(raw, found)
    return raw


def _quote(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


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
