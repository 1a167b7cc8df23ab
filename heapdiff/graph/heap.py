"""The heap graph: flat arrays in address order, read-only. Built from a file by `graph.load`, or by hand in tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, NAMED_KINDS, EdgeKind, ModuleOwner, RootKind, TypeFlag
from heapdiff.graph.kernels import kernels
from heapdiff.graph.narrow import Narrow, NodeNames, Presence, blocks
from heapdiff.graph.samples import Calls, Samples
from heapdiff.graph.stored.columns import Arrays, Check, Column, row_checks
from heapdiff.graph.stored.shelf import NO_SHELF, Shelf
from heapdiff.model import Address, NodeIndex, Summary

Addresses = NDArray[np.uint64]
Nodes = NDArray[np.uint32]
Offsets = NDArray[np.int32]
T = TypeVar("T", bound=np.generic)

HAS_NAME: Final = np.array([kind in NAMED_KINDS for kind in range(16)], np.bool_)  # by kind of reference
TOGETHER: Final = frozenset(
    ("__dict__", "__globals__", "__kwdefaults__", "__base__")
)  # who asks for one needs the others
MOST_REFERENCES: Final = (
    2**31 - 1
)  # places of references, and nodes, are 32 bits with a sign: no difference wraps
ONE_OF: Final = 16
NO_NODE: Final = 2**32 - 1  # what an address without a record has in place of a node


@dataclass(frozen=True, slots=True)
class HeapType:
    """A type as the file describes it. `name` is `module.qualname`, bare for builtins."""

    name: str
    address: Address
    flags: TypeFlag


@dataclass(frozen=True, slots=True)
class Root:
    """A reference into the heap from outside it."""

    kind: RootKind
    name: str
    node: NodeIndex


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns a module. `distribution` is the import name of an installed package."""

    kind: ModuleOwner
    distribution: str = ""


@dataclass(frozen=True, slots=True)
class Declaration:
    """A code object's variables, in the order of its frame's slots, and how many of them are arguments."""

    variables: tuple[tuple[EdgeKind, str], ...]
    positional: int
    keyword_only: int


@dataclass(frozen=True, slots=True)
class Edge:
    """One reference, decoded. `name` is empty unless the kind carries one; `index` is an element's index or integer key."""

    target: NodeIndex
    kind: EdgeKind
    name: str
    index: int | None


@dataclass(frozen=True, slots=True)
class Referrers:
    """References turned round: those to node `n` come from `sources[first[n]:first[n + 1]]`, as edges `edges[...]`."""

    first: Offsets
    sources: Nodes
    edges: Nodes

    def row(self, node: int) -> slice:
        """Where those to one object stand."""
        return slice(int(self.first[node]), int(self.first[node + 1]))


@dataclass(frozen=True, slots=True)
class FewReferrers:
    """The same for some objects alone. 8 bytes for each reference to one of them."""

    targets: Nodes  # ascending
    edges: Nodes  # and so are those to one object

    def edges_to(self, node: int) -> Nodes:
        """The references to one of the objects."""
        row = np.searchsorted(self.targets, np.array([node, node + 1], np.uint32))
        return self.edges[row[0] : row[1]]


@dataclass(frozen=True)
class HeapGraph:
    """`n` objects in ascending address order, `m` references grouped by owner (compressed rows)."""

    addresses: Addresses  # (n,)
    type_ids: NDArray[np.uint16 | np.uint32]  # (n,) of 16 bits, or 32
    sizes: Narrow  # (n,) shallow bytes
    refcounts: Narrow  # (n,) clipped to 2**32 - 1; 0 = immortal
    first_edge: Offsets  # (n + 1,)
    targets: Nodes  # (m,)
    labels: Nodes  # (m,) kind << 28 | payload
    types: Sequence[HeapType]
    names: Sequence[str]  # names[0] == ""
    node_names: NodeNames = field(default_factory=NodeNames)  # node -> name id
    roots: Sequence[Root] = ()
    modules: Mapping[str, Owner] = field(default_factory=dict)  # by name, where the file says so
    int_keys: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    declarations: Mapping[int, Declaration] = field(default_factory=dict)  # code object's node -> variables
    bounds: Mapping[int, int] = field(default_factory=dict)  # node -> most entries it may have
    facts: Mapping[int, Mapping[str, int]] = field(
        default_factory=dict
    )  # node -> attribute -> a library's number
    views: Mapping[int, int] = field(
        default_factory=dict
    )  # node -> bytes of another one's buffer that it shows
    values: Mapping[int, str] = field(default_factory=dict)  # node -> what it holds, where that was asked for
    idle: NDArray[np.int64] | None = None  # code that hasn't run since it was made; None where nothing tells
    hashes: Nodes | None = (
        None  # (n,) equal where two strings, or two bytes, are equal; 0: none. None: the file has none
    )
    samples: Samples | None = None  # where allocations were recorded
    calls: Calls | None = None  # where calls were counted
    summary: Summary | None = None
    info: Mapping[str, Any] = field(default_factory=dict)  # of the INFO section what is used: `singletons`
    dropped: int = 0  # references to addresses without a record
    shelf: Shelf = field(
        default=NO_SHELF, init=False, repr=False, compare=False
    )  # what is computed is kept there

    def __len__(self) -> int:
        return len(self.addresses)

    def index_of(self, address: int) -> NodeIndex:
        """The node at an address, or -1."""
        if not 0 <= address < 2**64:
            return NodeIndex(-1)
        at = int(np.searchsorted(self.addresses, np.uint64(address)))
        return NodeIndex(at if at < len(self) and int(self.addresses[at]) == address else -1)

    def indexes_of(self, addresses: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The node at each address, or -1."""
        if not len(self):
            return np.full(len(addresses), -1, np.int64)
        at = np.minimum(np.searchsorted(self.addresses, addresses), len(self) - 1)
        return np.where(self.addresses[at] == addresses, at, -1)

    def type_name(self, node: int) -> str:
        return self.types[int(self.type_ids[node])].name

    def lineage(self, node: int) -> tuple[str, ...]:
        """The object's type, and those that it is made from as far as their names are known, nearest first."""
        return self.lineages[int(self.type_ids[node])]

    @cached_property
    def lineages(self) -> tuple[tuple[str, ...], ...]:
        """The same for each type."""
        edges = self.attributes("__base__")
        bases = dict(zip(self.owners_of(edges).tolist(), self.targets[edges].tolist(), strict=True))
        nodes = self.indexes_of(np.array([kind.address for kind in self.types], np.uint64)).tolist()
        names = {node: kind.name for node, kind in zip(nodes, self.types, strict=True)}
        found = []
        for node, kind in zip(nodes, self.types, strict=True):
            chain = [node]
            while (above := bases.get(chain[-1], -1)) not in (-1, *chain):
                chain.append(above)
            found.append((kind.name, *(names[each] for each in chain[1:] if each in names)))
        return tuple(found)

    @cached_property
    def lineage_of(self) -> dict[str, tuple[str, ...]]:
        """The same by the name of the type."""
        return {lineage[0]: lineage for lineage in self.lineages}

    @cached_property
    def type_nodes(self) -> dict[str, int]:
        """The class objects of the types by name, -1 where there is none; of types of the same name the last."""
        nodes = self.indexes_of(np.array([kind.address for kind in self.types], np.uint64)).tolist()
        return {kind.name: node for kind, node in zip(self.types, nodes, strict=True)}

    def name_of(self, node: int) -> str:
        """The object's own name (module, function, class, code object), or an empty string."""
        name: str = self.names[self.node_names.get(int(node), 0)]
        return name

    def numbers_of(self, names: Iterable[str]) -> list[int]:
        """The numbers that these names have, as labels and `node_names` do. A file may have a name twice."""
        return [number for name in names for number in self._numbers.get(name, ())]

    @cached_property
    def _numbers(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number, name in enumerate(self.names):
            found.setdefault(name, []).append(number)
        return found

    def nodes_named(self, names: Iterable[str]) -> NDArray[np.int64]:
        """The objects with one of these names as their own."""
        nodes, numbers = self.node_names.columns()
        found: NDArray[np.int64] = nodes[np.isin(numbers, self.numbers_of(names))].astype(np.int64)
        return found

    def row(self, node: int) -> slice:
        """Where the references of one object stand in `targets` and `labels`."""
        return slice(int(self.first_edge[node]), int(self.first_edge[node + 1]))

    def edge(self, position: int) -> Edge:
        """The reference at a position of `targets`, decoded."""
        label = int(self.labels[position])
        kind, payload = EdgeKind(label >> LABEL_SHIFT), label & LABEL_PAYLOAD
        name, index = "", None
        if kind in NAMED_KINDS:
            name = self.names[payload]
        elif kind is EdgeKind.ELEMENT:
            index = payload
        elif kind is EdgeKind.INT_VALUE:
            index = int(self.int_keys[payload])
        return Edge(NodeIndex(int(self.targets[position])), kind, name, index)

    def labels_at(self, positions: NDArray[np.integer]) -> NDArray[np.int64]:
        """The labels of these references; 0, as of one without a name, where a position is -1."""
        return _at(self.labels, positions, 0)

    def targets_at(self, positions: NDArray[np.integer]) -> NDArray[np.int64]:
        """The nodes that these references lead to; -1 where a position is below 0."""
        return _at(self.targets, positions, -1)

    def edges(self, node: int, *kinds: EdgeKind) -> Iterator[Edge]:
        """The object's references, or those of some kinds: of a long container these are few, and soon found."""
        row = self.row(node)
        positions: Iterable[int] = range(row.start, row.stop)
        if kinds:
            wanted = np.zeros(16, np.bool_)
            wanted[list(kinds)] = True
            positions = (row.start + np.flatnonzero(wanted[self.labels[row] >> LABEL_SHIFT])).tolist()
        for position in positions:
            yield self.edge(position)

    def distinct(self, nodes: ArrayLike) -> NDArray[np.int64]:
        """The different nodes among these, ascending. O(n): with millions of them less than sorting or hashing takes."""
        there = np.zeros(len(self), np.bool_)
        there[np.asarray(nodes, np.int64)] = True
        return np.flatnonzero(there)

    def owners_of(self, positions: NDArray[np.integer]) -> NDArray[np.int64]:
        """The nodes whose references stand at these positions."""
        sought = np.asarray(positions, np.int32)  # of another width, the rows would be copied for each search
        owners: NDArray[np.int64] = np.searchsorted(self.first_edge, sought, side="right") - 1
        return owners

    def attributes(self, *wanted: str) -> NDArray[np.int64]:
        """The positions of the references that are attributes with these names, name by name. O(m) when first asked for."""
        if missing := set(wanted) - self._attributes.keys():
            missing |= TOGETHER - self._attributes.keys() if missing & TOGETHER else set()
            labels = np.array(self.numbers_of(missing), np.uint32) | np.uint32(
                EdgeKind.ATTRIBUTE << LABEL_SHIFT
            )
            found = self._find_labels(labels)
            payloads = self.labels[found] & LABEL_PAYLOAD
            for name in missing:
                self._attributes[name] = found[np.isin(payloads, self.numbers_of([name]))]
        return np.concatenate([np.zeros(0, np.int64), *(self._attributes[name] for name in wanted)])

    def entries(self, keys: ArrayLike) -> NDArray[np.int64]:
        """The positions of the values that dicts have under these keys, ascending. O(m)."""
        positions = self.edges_to(keys)
        found: NDArray[np.int64] = positions[self.labels[positions] == EdgeKind.KEY << LABEL_SHIFT] + 1
        return found

    def _find_labels(self, labels: NDArray[np.uint32]) -> NDArray[np.int64]:
        """The positions of the references with these labels of attributes, ascending."""
        some = self._few_attributes
        if some is not None:
            return some[np.isin(self.labels[some], labels)]
        parts = (
            np.flatnonzero(np.isin(self.labels[block], labels)) + block.start
            for block in blocks(len(self.labels))
        )
        return np.concatenate([np.zeros(0, np.int64), *parts])

    @cached_property
    def _few_attributes(self) -> NDArray[np.int64] | None:
        """Where all attributes stand, if they're a small part of the references, as in a heap full of data."""
        of_kind = (
            self.labels[block] >> LABEL_SHIFT == EdgeKind.ATTRIBUTE for block in blocks(len(self.labels))
        )
        if sum(map(np.count_nonzero, of_kind)) > len(self.labels) // ONE_OF:
            return None
        return self.edges_of_kind(EdgeKind.ATTRIBUTE)

    @cached_property
    def _attributes(self) -> dict[str, NDArray[np.int64]]:
        return {}

    def edges_of_kind(self, kind: EdgeKind) -> NDArray[np.int64]:
        """The positions of all references of a kind, ascending. O(m)."""
        found = [np.zeros(0, np.int64)]
        for block in blocks(len(self.labels)):
            found.append(np.flatnonzero(self.labels[block] >> LABEL_SHIFT == kind) + block.start)
        return np.concatenate(found)

    def by_type(self, values: NDArray[T]) -> NDArray[T]:
        """For each object what `values` has for its type, (n,)."""
        found = np.empty(len(self), values.dtype)
        for block in blocks(len(self)):
            found[block] = values[self.type_ids[block]]
        return found

    def of_types(self, numbers: ArrayLike) -> NDArray[np.int64]:
        """The objects of the types with these numbers, ascending. O(n) once; later it's looked only where there are some."""
        wanted = np.zeros(len(self.types), np.bool_)
        wanted[np.asarray(numbers, np.int64)] = True
        return self._types_present.find(wanted)

    @cached_property
    def _types_present(self) -> Presence:
        return Presence(self.type_ids, len(self.types))

    def edges_to(self, nodes: ArrayLike) -> NDArray[np.int64]:
        """The positions of all strong references to these, ascending. O(m), without `referrers`; with them less."""
        if "referrers" in self.__dict__:
            turned, chosen = self.referrers, self.distinct(nodes)
            first, counts = turned.first[chosen], turned.first[chosen + 1] - turned.first[chosen]
            rows = np.arange(counts.sum()) + np.repeat(first - np.cumsum(counts) + counts, counts)
            return np.sort(turned.edges[rows]).astype(np.int64)
        marks = np.zeros(len(self), np.uint8)
        marks[np.asarray(nodes, np.int64)] = 1
        found = kernels.seek(self.first_edge, self.targets, self.labels, marks)
        return np.frombuffer(found, np.uint32).astype(np.int64)

    def referrers_of(self, nodes: ArrayLike) -> FewReferrers:
        """The strong references to these, object by object. O(m), and it keeps nothing of the others."""
        edges = self.edges_to(nodes)
        targets = self.targets[edges]
        order = np.argsort(targets, kind="stable")
        return FewReferrers(targets[order], edges[order].astype(np.uint32))

    @cached_property
    def referrers(self) -> Referrers:
        """References turned round, without weak ones, rows in order of edges. O(n + m), 8 bytes per reference."""
        nodes, references = len(self), len(self.targets)
        columns = {
            "first": Column("int32", nodes + 1, 0, references),
            "sources": Column("uint32", None, 0, nodes - 1),
            "edges": Column("uint32", None, 0, references - 1),
        }
        return Referrers(**self.shelf.once("referrers", columns, self._turn_round, _are_rows))

    def _turn_round(self) -> Arrays:
        nodes, references = len(self), len(self.targets)
        first = np.empty(nodes + 2, np.int32)
        sources, edges = np.empty(references, np.uint32), np.empty(references, np.uint32)
        count = kernels.referrers(self.first_edge, self.targets, self.labels, first, sources, edges)
        return {"first": first[: nodes + 1], "sources": sources[:count], "edges": edges[:count]}


def _are_rows(found: Arrays) -> Iterator[Check]:
    return row_checks(found["first"], found["sources"], found["edges"])


def _at(column: Nodes, positions: NDArray[np.integer], missing: int) -> NDArray[np.int64]:
    """Also of a graph without any reference, of which there is no first one to stand in."""
    if not len(column):
        return np.full(len(positions), missing, np.int64)
    found: NDArray[np.int64] = column[np.maximum(positions, 0)].astype(np.int64)
    found[positions < 0] = missing
    return found
