"""One statement about one or two snapshots: its rows, all at once or piece by piece, or a Parquet file of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Final

from numpy.typing import NDArray

from heapdiff.answers import RowColumn, Rows, Value
from heapdiff.errors import UsageError
from heapdiff.export.sql.bounds import Bounds, attended, enforced
from heapdiff.export.sql.engine import connect, explaining, lock, require_statement
from heapdiff.export.sql.tables import Statement, Tables, known_tables
from heapdiff.graph.heap import HeapGraph

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PIECE: Final = 10_000  # rows at a time


@dataclass(frozen=True)
class Query:
    """A statement that may run. Each method runs it once."""

    statement: str
    bounds: Bounds
    hint: str
    _connection: DuckDBPyConnection
    _tables: Tables  # which keeps what the views show

    def rows(self, limit: int | None) -> Rows:
        """Its first rows; `cut` says whether there are more. None: all of them."""
        with self._running():
            columns = self._start()
            found = self._fetch(None if limit is None else limit + 1)
            kept = found[:limit]
            return Rows(columns, tuple(tuple(map(plain, row)) for row in kept), len(found) > len(kept))

    def pieces(self, limit: int | None) -> Iterator[Rows]:
        """All of its rows, some at a time; at least one piece, for its columns."""
        with self._running():
            columns, left = self._start(), limit
            while True:
                size = PIECE if left is None else min(PIECE, left)
                found = self._fetch(size)
                left = None if left is None else left - len(found)
                more = len(found) == PIECE and left != 0
                cut = left == 0 and bool(self._fetch(1))
                yield Rows(columns, tuple(tuple(map(plain, row)) for row in found), cut)
                if not more:
                    return

    def write_parquet(self, path: Path, limit: int | None) -> None:
        """All of its rows, or the first ones, as they are."""
        with self._running():
            self._connection.sql(self.statement).create_view("_answer")
            first = "" if limit is None else f" LIMIT {limit}"
            quoted = str(path).replace("'", "''")
            self._execute(
                f"COPY (FROM _answer{first}) TO '{quoted}' (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"
            )

    def _start(self) -> tuple[RowColumn, ...]:
        self._execute(self.statement)
        return tuple(RowColumn(str(each[0]), str(each[1])) for each in self._connection.description or ())

    def _execute(self, statement: str) -> None:
        attended(lambda: self._connection.execute(statement), self._connection.interrupt)

    def _fetch(self, rows: int | None) -> list[tuple[Any, ...]]:
        if rows is None:
            return list(attended(self._connection.fetchall, self._connection.interrupt))
        return list(attended(lambda: self._connection.fetchmany(rows), self._connection.interrupt))

    def own_columns(self) -> list[NDArray[Any]]:
        """What the tables have beside the arrays of the graphs."""
        return self._tables.own_columns()

    @contextmanager
    def _running(self) -> Iterator[None]:
        from duckdb import InterruptException

        late = Event()
        try:
            with enforced(self.bounds, self._connection.interrupt) as late, explaining(self.hint):
                yield
        except InterruptException as error:
            if not late.is_set():
                raise KeyboardInterrupt from error
            raise UsageError(
                f"stopped after {self.bounds.seconds:g} seconds",
                "Allow more with --timeout, or ask a cheaper question.",
            ) from error


@contextmanager
def open_query(
    graphs: Sequence[HeapGraph], statement: str, bounds: Bounds, written: Path | None = None
) -> Iterator[Query]:
    """The statement over one graph, or over an earlier and a later one; `written` is the one file that it may write.

    Raises MissingToolError without DuckDB, and UsageError for what isn't one statement that only reads.
    """
    require_statement(statement)
    connection = connect(bounds)
    try:
        tables = Tables(connection, Statement(statement))
        tables.fill(graphs)
        lock(connection, written)
        hint = f"There are {', '.join(known_tables(len(graphs)))}; DESCRIBE a table for its columns."
        yield Query(statement, bounds, hint, connection, tables)
    finally:
        connection.close()


def plain(value: Any) -> Value:
    """A value as JSON can say it: what it has no type for becomes text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return plain(float(value))
    return _OTHERS.get(type(value), str)(value)


_OTHERS: Final[dict[type, Callable[[Any], Value]]] = {
    bytes: bytes.hex,
    list: lambda value: tuple(map(plain, value)),
    tuple: lambda value: tuple(map(plain, value)),
    dict: lambda value: tuple((str(key), plain(inner)) for key, inner in value.items()),
}
