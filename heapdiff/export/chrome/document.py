"""The whole document, piece by piece, from a graph. Never as one text: it is ten times the size of the file it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.reach.routes import find_starts
from heapdiff.errors import UsageError
from heapdiff.export.chrome import layout
from heapdiff.export.chrome.identities import number_objects
from heapdiff.export.chrome.layout import EdgeType, NodeType
from heapdiff.export.chrome.numerals import write_rows
from heapdiff.export.chrome.wording import ReferenceNames, Wording, fits_an_element, name_type
from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, NAMED_KINDS, EdgeKind
from heapdiff.graph.heap import HeapGraph

Numbers = NDArray[np.int64]
Progress = Callable[[int, int], None]

BLOCK: Final = 1 << 16  # rows at a time
TYPES: Final = np.zeros(16, np.uint32)
TYPES[[*layout.TYPE_OF_REFERENCE]] = [*layout.TYPE_OF_REFERENCE.values()]
TOO_MANY: Final = "Use --to parquet."
IS_NAMED: Final = np.array([kind in NAMED_KINDS for kind in range(16)], np.bool_)


@dataclass(frozen=True, slots=True)
class RootGroup:
    """Roots of one kind: a node of its own above them."""

    title: str
    nodes: Numbers
    names: Sequence[str] | None  # None: nothing names them


class Document:
    """One graph as rows of nodes and references. The groups of roots stand before the objects."""

    def __init__(self, graph: HeapGraph) -> None:
        self.graph = graph
        self.groups = _group_roots(graph)
        self.before = 2 + len(self.groups)  # nodes that are no objects
        self.wording = Wording()
        self.titles = self.wording.add_all(
            layout.ROOT, layout.ALL_ROOTS, *(group.title for group in self.groups)
        )
        self.types = self.wording.add(
            len(graph.types), lambda: (name_type(kind.name) for kind in graph.types)
        )
        self.root_names = [
            self.wording.add_all(*group.names) if group.names is not None else 0 for group in self.groups
        ]
        self.names = ReferenceNames(graph, self.wording)

    @cached_property
    def nodes(self) -> int:
        return self.before + len(self.graph)

    @cached_property
    def edges(self) -> int:
        return 1 + len(self.groups) + sum(len(group.nodes) for group in self.groups) + len(self.graph.targets)

    def node_rows(self) -> Iterator[bytes]:
        counts = [1, len(self.groups), *(len(group.nodes) for group in self.groups)]
        titles = self.titles + np.arange(self.before)
        yield write_rows(
            NodeType.SYNTHETIC, titles, 2 * np.arange(self.before) + 1, 0, np.array(counts), 0, 0
        )
        graph, numbers = self.graph, number_objects(self.graph)
        for start in range(0, len(graph), BLOCK):
            chosen = np.s_[start : start + BLOCK]
            yield write_rows(
                NodeType.OBJECT,
                self.types + graph.type_ids[chosen].astype(np.int64),
                numbers[chosen],
                np.minimum(graph.sizes[chosen], layout.MOST),
                np.diff(graph.first_edge[start : start + BLOCK + 1]),
                0,
                0,
            )

    def edge_rows(self) -> Iterator[bytes]:
        """Those of the root, of what is below it, and of each object, in the order of the nodes."""
        yield write_rows(EdgeType.ELEMENT, 1, self._place(np.array([-self.before + 1])))
        below = np.arange(len(self.groups))
        if len(below):
            yield write_rows(EdgeType.ELEMENT, below + 1, self._place(below + 2 - self.before))
        for group, first in zip(self.groups, self.root_names, strict=True):
            for start in range(0, len(group.nodes), BLOCK):
                nodes = group.nodes[start : start + BLOCK]
                named = group.names is not None
                kind = EdgeType.PROPERTY if named else EdgeType.ELEMENT
                yield write_rows(kind, first + start + np.arange(len(nodes)), self._place(nodes))
        for start, end in self._rows_of_blocks():
            yield self._write_references(start, end)

    def _rows_of_blocks(self) -> Iterator[tuple[int, int]]:
        """Positions of references from one to another, a value never without the key before it."""
        total, start = len(self.graph.targets), 0
        while start < total:
            end = min(start + BLOCK, total)
            if end < total and self.graph.labels[end - 1] >> LABEL_SHIFT == EdgeKind.KEY:
                end += 1
            yield start, end
            start = end

    def _write_references(self, start: int, end: int) -> bytes:
        graph = self.graph
        labels = graph.labels[start:end]
        kinds = labels >> LABEL_SHIFT
        payloads = (labels & LABEL_PAYLOAD).astype(np.int64)
        types = TYPES[kinds]
        called = self.names.by_kind[kinds]
        called = np.where(IS_NAMED[kinds], self.names.names + payloads, called)
        called = np.where(kinds == EdgeKind.ELEMENT, payloads, called)
        values = np.flatnonzero(kinds == EdgeKind.VALUE)
        if len(values):
            keys = graph.targets[start + values - 1].astype(np.int64)
            called[values] = self.names.of_keys(graph.owners_of(start + values), keys)
        numbered = np.flatnonzero(kinds == EdgeKind.INT_VALUE)
        if len(numbered):
            types[numbered], called[numbered] = self._number(payloads[numbered])
        return write_rows(types, called, self._place(graph.targets[start:end].astype(np.int64)))

    def _number(self, positions: Numbers) -> tuple[NDArray[np.uint32], Numbers]:
        """Entries of dicts under integers: as elements, but for those that no element can have."""
        keys, outside = self.graph.int_keys[positions], self.names.outside
        fits = fits_an_element(keys)
        called = np.where(fits, keys, self.names.int_keys + np.searchsorted(outside, positions))
        return np.where(fits, EdgeType.ELEMENT, EdgeType.PROPERTY).astype(np.uint32), called

    def _place(self, nodes: Numbers) -> Numbers:
        """Where in the array of nodes the row of each begins."""
        return (nodes + self.before) * len(layout.NODE_FIELDS)


def write_document(graph: HeapGraph, file: BinaryIO, progress: Progress = lambda _done, _whole: None) -> None:
    """Write a graph. O(n log n + m), 30 bytes per object at most, and some megabytes. Raises UsageError."""
    document = Document(graph)
    if document.nodes * len(layout.NODE_FIELDS) > layout.MOST:
        raise UsageError(f"{len(graph):,} objects: more than a .heapsnapshot can number", TOO_MANY)
    whole = document.nodes + document.edges
    file.write(layout.head(document.nodes, document.edges).encode("ascii"))
    _write_array(file, document.node_rows(), lambda done: progress(min(done * BLOCK, document.nodes), whole))
    file.write(layout.EDGES.encode("ascii"))
    _write_array(
        file, document.edge_rows(), lambda done: progress(min(document.nodes + done * BLOCK, whole), whole)
    )
    file.write(layout.STRINGS.encode("ascii"))
    for line in document.wording.lines():
        file.write(line.encode("ascii"))
    file.write(layout.END.encode("ascii"))


def _write_array(file: BinaryIO, pieces: Iterator[bytes], tell: Callable[[int], None]) -> None:
    """Rows with a comma behind each, but for the last one."""
    held = b""
    for number, piece in enumerate(pieces):
        file.write(held)
        held = piece
        tell(number)
    file.write(held[:-1])


def _group_roots(graph: HeapGraph) -> list[RootGroup]:
    """Roots by their kind, and what native code holds."""
    groups = []
    ordered = sorted(graph.roots, key=lambda root: root.kind)
    for kind, found in groupby(ordered, key=lambda root: root.kind):
        roots = list(found)
        nodes = np.array([root.node for root in roots], np.int64)
        groups.append(RootGroup(layout.GROUPS[kind], nodes, [root.name for root in roots]))
    held = find_starts(graph).held
    if len(held):
        groups.append(RootGroup(layout.NATIVE, held, None))
    return groups
