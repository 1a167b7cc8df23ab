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
from heapdiff.analysis.growth.survivors import Survivors, find_survivors
from heapdiff.analysis.reach.retained import Dominance, compute_dominance_alone
from heapdiff.analysis.reach.routes import Starts, find_starts
from heapdiff.errors import UsageError
from heapdiff.export.sql.columns import (
    NO_LENGTH,
    count_by_type,
    count_entries,
    count_referrers,
    find_duplicates,
    find_reached,
    find_source_types,
    find_sources,
    find_target_types,
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
        return self.names(column) or bool(ANY_COLUMN.search(lowered)) or "select" not in lowered

    def names(self, column: str) -> bool:
        return bool(re.search(rf"\b{column}\b", self.text.lower()))


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
    def dominators(self) -> Dominance:
        return compute_dominance_alone(self.graph, self.starts.held)


@dataclass
class Pair:
    """Two snapshots, and which of their objects are the same."""

    before: Side
    after: Side

    @property
    def is_of_one_process(self) -> bool:
        return not is_other_process(self.before.graph.summary, self.after.graph.summary)

    @cached_property
    def survivors(self) -> Survivors:
        """Raises UsageError where they are of different processes."""
        if not self.is_of_one_process:
            raise UsageError(
                "survivors: the snapshots are of different processes",
                "Give two snapshots of the same worker, the earlier one first.",
            )
        return find_survivors(self.before, self.after)

    def others_of(self, side: Side) -> NDArray[np.int32]:
        """For each object of one of them, its node in the other one, or -1."""
        return self.survivors.after_of if side is self.before else self.survivors.before_of


@dataclass
class Tables:
    """Makes the views in a connection. It keeps the arrays: DuckDB reads them where they are."""

    connection: DuckDBPyConnection
    statement: Statement
    kept: list[Arrays] = field(default_factory=list)
    graphs: list[HeapGraph] = field(default_factory=list)
    pair: Pair | None = None  # where there are two

    def fill(self, graphs: Sequence[HeapGraph]) -> None:
        """One snapshot's tables also have plain names; of two, each has its schema."""
        self.graphs.extend(graphs)
        sides = [Side(graph, schema) for graph, schema in zip(graphs, SCHEMAS, strict=False)]
        alone = len(sides) == 1
        self.pair = None if alone else Pair(*sides)
        for side in sides:
            self.connection.execute(f"CREATE SCHEMA {side.schema}")
            for name, make in TABLES.items():
                if self.statement.mentions(name, "" if alone else side.schema):
                    self.connection.execute(f"CREATE VIEW {side.schema}.{name} AS {make(self, side)}")
                    if alone:
                        self.connection.execute(f"CREATE VIEW main.{name} AS FROM {side.schema}.{name}")
        if self.pair is not None and self.statement.mentions("survivors", ""):
            self.connection.execute(f"CREATE VIEW main.survivors AS {self._survivors(self.pair)}")

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

    def _survivors(self, pair: Pair) -> str:
        before_of = pair.survivors.before_of
        nodes = np.flatnonzero(before_of >= 0)
        found = {"node_a": before_of[nodes].astype(np.uint32), "node_b": nodes.astype(np.uint32)}
        return f"FROM {self.show(pair.after, 'survivors_nodes', found)}"


def _objects(tables: Tables, side: Side) -> str:
    graph, reads = side.graph, tables.statement.reads
    arrays: dict[str, NDArray[Any]] = {"address": graph.addresses, "type_id": graph.type_ids}
    makers: dict[str, Callable[[], NDArray[Any]]] = {
        "node": lambda: side.nodes,
        "bytes": lambda: widen(graph.sizes),
        "refcount": lambda: widen(graph.refcounts),
        "length": lambda: count_entries(graph),
        "idom": lambda: side.dominators.idom,
        "retained_bytes": lambda: widen(side.dominators.retained),
        "referrers": lambda: count_referrers(graph),
        "duplicate": lambda: find_duplicates(graph),
        "reached": lambda: find_reached(graph, side.starts.held),
    }
    arrays |= {name: make() for name, make in makers.items() if reads(name)}
    if reads("retained_bytes"):
        arrays["idom"] = side.dominators.idom  # says which have none
    if graph.hashes is not None:
        arrays["hash"] = graph.hashes
    join = ""
    if reads("type"):
        names = tables.store(side, "name_of_type", [kind.name for kind in graph.types])
        join = f" JOIN {names} AS t ON t.id = o.type_id"
    hashed = "false" if graph.hashes is None else "o.hash > 0"
    columns = [
        tables.column("node", "UINTEGER", lambda: "o.node"),
        "'0x' || lower(hex(o.address)) AS address",
        tables.column("type", "VARCHAR", lambda: "t.name"),
        tables.column("bytes", "BIGINT", lambda: "CAST(o.bytes AS BIGINT)"),
        tables.column("length", "UINTEGER", lambda: f"nullif(o.length, {NO_LENGTH})"),
        tables.column("refcount", "UINTEGER", lambda: "o.refcount"),
        f"{'CAST(NULL AS UINTEGER)' if graph.hashes is None else 'nullif(o.hash, 0)'} AS hash",
        tables.column("idom", "UINTEGER", lambda: f"CASE WHEN o.idom < {len(graph)} THEN o.idom END"),
        tables.column(
            "retained_bytes",
            "BIGINT",
            lambda: f"CAST(CASE WHEN o.idom <= {len(graph)} THEN o.retained_bytes END AS BIGINT)",
        ),
        tables.column("referrers", "UINTEGER", lambda: "o.referrers"),
        tables.column("reached", "BOOLEAN", lambda: "o.reached"),
        tables.column("duplicate", "BOOLEAN", lambda: f"CASE WHEN {hashed} THEN o.duplicate END"),
    ]
    if tables.pair is not None:
        columns.append(tables.column("other_node", "UINTEGER", lambda: _other(tables, side, arrays)))
    shown = tables.show(side, "objects_rows", arrays)
    return f"SELECT {', '.join(columns)} FROM {shown} AS o{join}"


def _other(tables: Tables, side: Side, arrays: dict[str, NDArray[Any]]) -> str:
    """Of two processes there is nothing to find: that's an error where somebody asks for it by its name."""
    assert tables.pair is not None
    if not tables.pair.is_of_one_process and not tables.statement.names("other_node"):
        return "CAST(NULL AS UINTEGER)"
    arrays["other"] = tables.pair.others_of(side)
    return "CAST(nullif(o.other, -1) AS UINTEGER)"


def _refs(tables: Tables, side: Side) -> str:
    graph, reads = side.graph, tables.statement.reads
    arrays: dict[str, NDArray[Any]] = {"target": graph.targets, "label": graph.labels}
    if reads("source"):
        arrays["source"] = find_sources(graph, side.nodes)
    joins = ""
    if reads("kind"):
        kinds = [kind.name.lower() for kind in EdgeKind]
        joins += f" JOIN {tables.store(side, 'kind_of_reference', kinds)} AS k ON k.id = {KIND}"
    if reads("name"):
        names = tables.store(side, "name_of_reference", graph.names)
        joins += f" LEFT JOIN {names} AS n ON n.id = CASE WHEN {NAMED} THEN {PAYLOAD} END"
    for end, find in (("source", find_source_types), ("target", find_target_types)):
        if reads(f"{end}_type"):
            arrays[f"{end}_type"] = find(graph)
            names = tables.store(side, f"type_of_{end}", [kind.name for kind in graph.types])
            joins += f" JOIN {names} AS {end}_kind ON {end}_kind.id = r.{end}_type"
    columns = [
        tables.column("source", "UINTEGER", lambda: "r.source"),
        "r.target",
        tables.column("kind", "VARCHAR", lambda: "k.name"),
        tables.column("name", "VARCHAR", lambda: "n.name"),
        f"CASE WHEN {KIND} = {int(EdgeKind.ELEMENT)} THEN {PAYLOAD} END AS position",
        tables.column("source_type", "VARCHAR", lambda: "source_kind.name"),
        tables.column("target_type", "VARCHAR", lambda: "target_kind.name"),
    ]
    return f"SELECT {', '.join(columns)} FROM {tables.show(side, 'refs_rows', arrays)} AS r{joins}"


def _types(tables: Tables, side: Side) -> str:
    """As `show` counts them: without what stands for a frame and the like."""
    graph = side.graph
    numbers = len(graph.types)
    arrays: dict[str, NDArray[Any]] = {
        "id": np.arange(numbers, dtype=np.uint32),
        "count": count_by_type(graph),
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
    nodes = np.array([root.node for root in roots], np.uint32)
    arrays: dict[str, NDArray[Any]] = {
        "node": nodes,
        "kind": texts([RootKind(root.kind).name.lower() for root in roots]),
        "name": texts([root.name for root in roots]),
    }
    if tables.statement.reads("retained_bytes"):
        arrays["retained_bytes"] = side.dominators.retained[nodes]
    shown = tables.show(side, "roots_rows", arrays)
    kept = tables.column("retained_bytes", "BIGINT", lambda: "retained_bytes")
    return f"SELECT node, CAST(kind AS VARCHAR) AS kind, CAST(name AS VARCHAR) AS name, {kept} FROM {shown}"


def _names(tables: Tables, side: Side) -> str:
    graph = side.graph
    nodes, numbers = graph.node_names.columns()
    arrays = {"node": nodes, "name": texts([graph.names[number] for number in numbers.tolist()])}
    return f"SELECT node, CAST(name AS VARCHAR) AS name FROM {tables.show(side, 'names_rows', arrays)}"


def _dominators(tables: Tables, side: Side) -> str:
    arrays: dict[str, NDArray[Any]] = {
        "idom": side.dominators.idom,
        "retained_bytes": widen(side.dominators.retained),
    }
    if tables.statement.reads("node"):
        arrays["node"] = side.nodes
    nodes = len(side.graph)
    columns = [
        tables.column("node", "UINTEGER", lambda: "d.node"),
        f"nullif(d.idom, {nodes}) AS idom",
        "d.retained_bytes",
    ]
    shown = tables.show(side, "dominators_rows", arrays)
    return f"SELECT {', '.join(columns)} FROM {shown} AS d WHERE d.idom <= {nodes}"


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
