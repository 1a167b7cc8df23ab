"""The tables that SQL sees: views over a graph's arrays, which are not copied. What a statement doesn't mention isn't computed.

A column that would cost something and isn't mentioned raises an error if it's read after all, so that no answer is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.comparison.captured import is_other_process
from heapdiff.analysis.growth.survivors import find_survivors
from heapdiff.analysis.reach.routes import Starts, find_starts
from heapdiff.errors import UsageError
from heapdiff.export.sql.columns import (
    NO_LENGTH,
    Dominators,
    compute_dominance,
    count_entries,
    find_sources,
    number_nodes,
    texts,
    widen,
)
from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, NAMED_KINDS, EdgeKind, RootKind, TypeFlag
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.narrow import blocks

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SCHEMAS: Final = ("a", "b")
COUNTING: Final = re.compile(r"count\s*\(\s*\*\s*\)")
ANY_COLUMN: Final = re.compile(r"\*|\b(describe|summarize|show|columns|natural)\b|information_schema|duckdb_")
UNMENTIONED: Final = "this statement reads the column {0} without naming it: name it"
KIND: Final = f"CAST(r.label >> {LABEL_SHIFT} AS INTEGER)"
PAYLOAD: Final = f"r.label & {LABEL_PAYLOAD}"
NAMED: Final = f"{KIND} IN ({', '.join(str(int(kind)) for kind in sorted(NAMED_KINDS))})"

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Statement:
    """What a statement may read, judged by its text: rather too much than too little."""

    text: str

    def mentions(self, table: str, schema: str) -> bool:
        """Whether it may read a table; `schema` empty: the plain name will do."""
        lowered = self.text.lower()
        if re.search(r"\bshow\b|information_schema|duckdb_", lowered):
            return True
        return bool(
            re.search(rf"\b{schema}\b[\s\"]*\.[\s\"]*{table}\b" if schema else rf"\b{table}\b", lowered)
        )

    def reads(self, column: str) -> bool:
        lowered = COUNTING.sub("", self.text.lower())
        named = re.search(rf"\b{column}\b", lowered) or ANY_COLUMN.search(lowered)
        return bool(named) or "select" not in lowered


@dataclass(frozen=True)
class Side:
    """One snapshot, and what is computed of it once."""

    graph: HeapGraph
    schema: str

    @cached_property
    def nodes(self) -> NDArray[np.uint32]:
        return number_nodes(self.graph)

    @cached_property
    def starts(self) -> Starts:
        return find_starts(self.graph)

    @cached_property
    def dominators(self) -> Dominators:
        return compute_dominance(self.graph, self.starts.held)


@dataclass(frozen=True)
class Tables:
    """Makes the views in a connection. It keeps the arrays: DuckDB reads them where they are."""

    connection: DuckDBPyConnection
    statement: Statement
    kept: list[Arrays] = field(default_factory=list)
    graphs: list[HeapGraph] = field(default_factory=list)

    def fill(self, graphs: Sequence[HeapGraph]) -> None:
        """One snapshot's tables also have plain names; of two, each has its schema."""
        self.graphs.extend(graphs)
        sides = [Side(graph, schema) for graph, schema in zip(graphs, SCHEMAS, strict=False)]
        alone = len(sides) == 1
        for side in sides:
            self.connection.execute(f"CREATE SCHEMA {side.schema}")
            for name, make in TABLES.items():
                if self.statement.mentions(name, "" if alone else side.schema):
                    self.connection.execute(f"CREATE VIEW {side.schema}.{name} AS {make(self, side)}")
                    if alone:
                        self.connection.execute(f"CREATE VIEW main.{name} AS FROM {side.schema}.{name}")
        if not alone and self.statement.mentions("survivors", ""):
            self.connection.execute(f"CREATE VIEW main.survivors AS {self._survivors(*sides)}")

    def own_columns(self) -> list[NDArray[Any]]:
        """The columns that are none of a graph's arrays."""
        of_graphs = {id(array) for graph in self.graphs for array in vars(graph).values()}
        own = {id(array): array for arrays in self.kept for array in arrays.values()}
        return [array for number, array in own.items() if number not in of_graphs]

    def show(self, side: Side, name: str, arrays: Arrays) -> str:
        """Arrays as something to select from."""
        shown = f"_{side.schema}_{name}"
        self.kept.append(arrays)
        self.connection.register(shown, arrays)
        return shown

    def store(self, side: Side, name: str, rows: Sequence[str]) -> str:
        """Numbered names as a table, for DuckDB copies texts in any case."""
        shown = self.show(
            side, f"{name}_texts", {"id": np.arange(len(rows), dtype=np.uint32), "name": texts(rows)}
        )
        table = f"{side.schema}._{name}"
        self.connection.execute(
            f"CREATE TABLE {table} AS SELECT CAST(id AS UINTEGER) AS id, CAST(name AS VARCHAR) AS name FROM {shown}"
        )
        self.connection.unregister(shown)
        self.kept.pop()
        return table

    def column(self, name: str, kind: str, value: Callable[[], str]) -> str:
        """A column that costs something, or the error in its place."""
        if self.statement.reads(name):
            return f"{value()} AS {name}"
        return f"CAST(error('{UNMENTIONED.format(name)}') AS {kind}) AS {name}"

    def _survivors(self, before: Side, after: Side) -> str:
        if is_other_process(before.graph.summary, after.graph.summary):
            raise UsageError(
                "survivors: the snapshots are of different processes",
                "Give two snapshots of the same worker, the earlier one first.",
            )
        before_of = find_survivors(before, after).before_of
        nodes = np.flatnonzero(before_of >= 0)
        found = {"node_a": before_of[nodes].astype(np.uint32), "node_b": nodes.astype(np.uint32)}
        return f"FROM {self.show(after, 'survivors_nodes', found)}"


def _objects(tables: Tables, side: Side) -> str:
    graph = side.graph
    arrays: dict[str, NDArray[Any]] = {
        "node": side.nodes,
        "address": graph.addresses,
        "type_id": graph.type_ids,
    }
    if tables.statement.reads("bytes"):
        arrays["bytes"] = widen(graph.sizes)
    if tables.statement.reads("refcount"):
        arrays["refcount"] = widen(graph.refcounts)
    if tables.statement.reads("length"):
        arrays["length"] = count_entries(graph)
    if tables.statement.reads("idom"):
        arrays["idom"] = side.dominators.idom
    if tables.statement.reads("retained_bytes"):
        arrays["retained_bytes"] = side.dominators.retained
    if graph.hashes is not None:
        arrays["hash"] = graph.hashes
    join = ""
    if tables.statement.reads("type"):
        names = tables.store(side, "name_of_type", [kind.name for kind in graph.types])
        join = f" JOIN {names} AS t ON t.id = o.type_id"
    columns = [
        "o.node",
        "'0x' || lower(hex(o.address)) AS address",
        tables.column("type", "VARCHAR", lambda: "t.name"),
        tables.column("bytes", "BIGINT", lambda: "CAST(o.bytes AS BIGINT)"),
        tables.column("length", "UINTEGER", lambda: f"nullif(o.length, {NO_LENGTH})"),
        tables.column("refcount", "UINTEGER", lambda: "o.refcount"),
        f"{'CAST(NULL AS UINTEGER)' if graph.hashes is None else 'nullif(o.hash, 0)'} AS hash",
        tables.column("idom", "UINTEGER", lambda: f"CASE WHEN o.idom < {len(graph)} THEN o.idom END"),
        tables.column("retained_bytes", "BIGINT", lambda: _retained(side, "o")),
    ]
    shown = tables.show(side, "objects_rows", arrays)
    return f"SELECT {', '.join(columns)} FROM {shown} AS o{join}"


def _refs(tables: Tables, side: Side) -> str:
    graph = side.graph
    arrays = {"target": graph.targets, "label": graph.labels}
    if tables.statement.reads("source"):
        arrays["source"] = find_sources(graph, side.nodes)
    joins = ""
    if tables.statement.reads("kind"):
        kinds = [kind.name.lower() for kind in EdgeKind]
        joins += f" JOIN {tables.store(side, 'kind_of_reference', kinds)} AS k ON k.id = {KIND}"
    if tables.statement.reads("name"):
        names = tables.store(side, "name_of_reference", graph.names)
        joins += f" LEFT JOIN {names} AS n ON n.id = CASE WHEN {NAMED} THEN {PAYLOAD} END"
    columns = [
        tables.column("source", "UINTEGER", lambda: "r.source"),
        "r.target",
        tables.column("kind", "VARCHAR", lambda: "k.name"),
        tables.column("name", "VARCHAR", lambda: "n.name"),
        f"CASE WHEN {KIND} = {int(EdgeKind.ELEMENT)} THEN {PAYLOAD} END AS position",
    ]
    return f"SELECT {', '.join(columns)} FROM {tables.show(side, 'refs_rows', arrays)} AS r{joins}"


def _types(tables: Tables, side: Side) -> str:
    """As `show` counts them: without what stands for a frame and the like."""
    graph = side.graph
    numbers = len(graph.types)
    arrays: dict[str, NDArray[Any]] = {
        "id": np.arange(numbers, dtype=np.uint32),
        "count": np.bincount(graph.type_ids, minlength=numbers),
        "bytes": _add_up(graph, numbers),
        "real": np.array([not kind.flags & TypeFlag.PSEUDO for kind in graph.types], np.bool_),
    }
    names = tables.store(side, "type_names", [kind.name for kind in graph.types])
    return (
        f'SELECT n.name AS type, CAST(sum(t."count") AS BIGINT) AS "count", CAST(sum(t.bytes) AS BIGINT) AS bytes '
        f"FROM {tables.show(side, 'types_rows', arrays)} AS t JOIN {names} AS n ON n.id = t.id "
        f'WHERE t.real AND t."count" > 0 GROUP BY n.name'
    )


def _add_up(graph: HeapGraph, numbers: int) -> NDArray[np.int64]:
    sums = np.zeros(numbers, np.int64)
    for block in blocks(len(graph)):
        np.add.at(sums, graph.type_ids[block], graph.sizes[block])
    return sums


def _roots(tables: Tables, side: Side) -> str:
    roots = side.graph.roots
    arrays: dict[str, NDArray[Any]] = {
        "node": np.array([root.node for root in roots], np.uint32),
        "kind": texts([RootKind(root.kind).name.lower() for root in roots]),
        "name": texts([root.name for root in roots]),
    }
    shown = tables.show(side, "roots_rows", arrays)
    return f"SELECT node, CAST(kind AS VARCHAR) AS kind, CAST(name AS VARCHAR) AS name FROM {shown}"


def _names(tables: Tables, side: Side) -> str:
    graph = side.graph
    rows = [(node, graph.names[name]) for node, name in graph.node_names.items()]
    arrays = {"node": np.array([row[0] for row in rows], np.uint32), "name": texts([row[1] for row in rows])}
    return f"SELECT node, CAST(name AS VARCHAR) AS name FROM {tables.show(side, 'names_rows', arrays)}"


def _dominators(tables: Tables, side: Side) -> str:
    arrays: dict[str, NDArray[Any]] = {"node": side.nodes, "retained_bytes": side.dominators.retained}
    if tables.statement.reads("idom"):
        arrays["idom"] = side.dominators.idom
    columns = [
        "d.node",
        tables.column("idom", "UINTEGER", lambda: f"nullif(d.idom, {len(side.graph)})"),
        "CAST(d.retained_bytes AS BIGINT) AS retained_bytes",
    ]
    shown = tables.show(side, "dominators_rows", arrays)
    return f"SELECT {', '.join(columns)} FROM {shown} AS d WHERE d.retained_bytes <> {_nothing(side)}"


def _retained(side: Side, row: str) -> str:
    return f"CAST(nullif({row}.retained_bytes, {_nothing(side)}) AS BIGINT)"


def _nothing(side: Side) -> int:
    """What an object has that nothing reaches."""
    return int(np.iinfo(side.dominators.retained.dtype).max)


TABLES: Final[Mapping[str, Callable[[Tables, Side], str]]] = {
    "objects": _objects,
    "refs": _refs,
    "types": _types,
    "roots": _roots,
    "names": _names,
    "dominators": _dominators,
}


def known_tables(snapshots: int) -> Iterator[str]:
    """The names that a statement may use, for a hint."""
    if snapshots == 1:
        yield from TABLES
    else:
        yield from (f"{schema}.{table}" for schema in SCHEMAS for table in TABLES)
        yield "survivors"
