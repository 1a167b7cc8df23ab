"""A Spark that there is, through Ibis: by Spark Connect (Sail speaks it, too), or PySpark with its own JVM.

Spark reads the lake itself, so it must see the same paths, and have access of its own to object storage.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from heapdiff.errors import MissingToolError, UsageError
from heapdiff.escaping import escape_terminal
from heapdiff.fleet.engines.asked import Asked
from heapdiff.fleet.engines.embedded import explaining
from heapdiff.fleet.engines.kinds import Engine, EngineKind
from heapdiff.fleet.lake.lake import Lake
from heapdiff.fleet.tables import TABLES, TypeName

if TYPE_CHECKING:
    from ibis import Table

INSTALL: Final = {
    EngineKind.CONNECT: "pip install 'heapdiff[fleet,spark]'",
    EngineKind.CLASSIC: "pip install 'heapdiff[fleet]' 'pyspark>=4.0,<4.1'",
}
SETTINGS: Final = {"spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true"}
OF_THE_JVM: Final = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
TYPES: Final[dict[TypeName, str]] = {
    "text": "STRING",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "truth": "BOOLEAN",
    "moment": "TIMESTAMP",
}
SHOWN: Final[dict[TypeName, str]] = {"moment": "unix_timestamp({0}) AS {0}"}


@contextmanager
def open_spark(lake: Lake, engine: Engine) -> Iterator[Asked]:
    """The lake's tables as temporary views of a session, which ends with it."""
    warnings.filterwarnings("ignore", category=FutureWarning, module="pyspark")  # on which pandas it likes
    try:
        import ibis
        import pyspark
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise MissingToolError(f"--engine needs PySpark ({error})", INSTALL[engine.kind]) from error
    if engine.kind is EngineKind.CLASSIC and not hasattr(pyspark, "SparkContext"):
        raise MissingToolError("--engine spark:// and local need all of PySpark", INSTALL[engine.kind])
    session = _start(SparkSession, engine)
    try:
        with explaining(lake.root, pyspark.errors.PySparkException):
            backend = ibis.pyspark.connect(session)
            tables = {name: _view(backend, session, lake, name) for name in TABLES}
            yield Asked(**tables, to_arrow=backend.to_pyarrow, keep=_as_it_is)
    finally:
        session.stop()


def _start(session: Any, engine: Engine) -> Any:
    """A session in which nothing but what is asked for differs from the cluster's settings."""
    builder = session.builder.appName("heapdiff fleet")
    try:
        if engine.kind is EngineKind.CONNECT:
            made = builder.remote(engine.address).getOrCreate()
        else:
            builder = builder.master(engine.address)
            for key, value in OF_THE_JVM.items():
                builder = builder.config(key, value)
            made = builder.getOrCreate()
            made.sparkContext.setLogLevel("ERROR")
        for key, value in SETTINGS.items():
            made.conf.set(key, value)
    except Exception as error:
        said = escape_terminal(str(error).strip().partition("\n")[0])[:200]
        raise UsageError(
            f"--engine {engine.address}: no answer ({said})", "Check that it runs there."
        ) from error
    return made


def _as_it_is(expression: Table) -> Table:
    """Whether to keep something is for those who run the cluster to say."""
    return expression


def _view(backend: Any, session: Any, lake: Lake, name: str) -> Table:
    schema = ", ".join(f"`{column.name}` {TYPES[column.type]}" for column in TABLES[name])
    paths = [_address(lake, file) for file in lake.files.get(name, ())]
    frame = session.read.schema(schema).parquet(*paths) if paths else session.createDataFrame([], schema)
    shown = (SHOWN.get(column.type, "{0}").format(f"`{column.name}`") for column in TABLES[name])
    frame.selectExpr(*shown).createOrReplaceTempView(f"heapdiff_{name}")
    return backend.table(f"heapdiff_{name}")


def _address(lake: Lake, file: str) -> str:
    """A file as Spark names it: patterns' signs are escaped."""
    scheme, separator, _ = lake.root.partition("://")
    if lake.filesystem.type_name == "local":
        return "".join(f"\\{sign}" if sign in "*?[]{}\\" else sign for sign in os.path.abspath(file))
    return f"{scheme}{separator}{file}"
