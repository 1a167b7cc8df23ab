"""Follows a holder path from many objects at once: all references that read as the path goes on. The inverse of `naming`.

References that read alike are found in whole arrays, by their labels and keys; the few whose step is an idiom of
several references are read one by one, by `naming` itself. Knows neither where a path begins nor where it ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.naming.reading import METHODS, key_text, read_step
from heapdiff.analysis.naming.steps import (
    MASKED,
    MASKED_TEXT,
    TEXTS,
    Link,
    shape_by_type,
    write_reference,
)
from heapdiff.analysis.naming.tasks import SUSPENDED
from heapdiff.analysis.reach.origins import Homes
from heapdiff.analysis.reach.trails import Trail, key_node
from heapdiff.escaping import escape_terminal
from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, NAMED_KINDS, EdgeKind
from heapdiff.graph.heap import HAS_NAME, HeapGraph
from heapdiff.graph.narrow import distinct
from heapdiff.knowledge.shapes import BY_TYPE, CONTEXT_TABLE

Nodes = NDArray[np.int64]
Reached = tuple[int, Nodes]  # a place in the path, and the objects to which it leads up to there

MANY: Final = 1_000  # from so many on marking is faster than sorting
INDEX: Final = re.compile(r"\[(-?\d{1,18})\]")
NAMED_ALONE: Final = np.array([kind in TEXTS and kind != EdgeKind.WEAK for kind in range(16)], np.bool_)
CONTINUED: Final = {"__dict__": 1, "__closure__": 2, "__defaults__": 1, "__kwdefaults__": 1}
OF_FUNCTIONS: Final = {".<closure ": ("__closure__",), ".<default ": ("__defaults__", "__kwdefaults__")}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The path that a user typed: as it is in a file, or as a terminal shows it."""

    path: str

    def ends(self, *texts: str, at: int) -> Iterator[int]:
        """Where the path goes on behind this text, if it stands at this place."""
        for form in {form for text in texts for form in (text, escape_terminal(text))}:
            if self.path.startswith(form, at):
                yield at + len(form)


def positions_of(graph: HeapGraph, nodes: Nodes) -> Nodes:
    """Where all references of these objects stand."""
    first, counts = graph.first_edge[nodes], graph.first_edge[nodes + 1] - graph.first_edge[nodes]
    places: Nodes = np.arange(int(counts.sum())) + np.repeat(first - np.cumsum(counts) + counts, counts)
    return places


class Following:
    """The steps of one path in one graph. O(references of the objects) for each step."""

    def __init__(self, homes: Homes, wanted: Wanted) -> None:
        self.homes, self.graph, self.wanted = homes, homes.graph, wanted
        types = self.graph.types
        shapes = [
            next((BY_TYPE[name] for name in line if name in BY_TYPE), None) for line in self.graph.lineages
        ]
        self._reads = {shape.reads: shape for shape in shapes if shape is not None and shape.reads}
        self._hidden = {
            reads: _flags(each is shape for each in shapes) for reads, shape in self._reads.items()
        }
        self._idioms = _flags(
            shape is not None and (bool(shape.reads) or shape.references > 1 or shape is CONTEXT_TABLE)
            for shape in shapes
        )
        self._methods = _flags(kind.name in METHODS for kind in types)
        self._suspended = _flags(kind.name in SUSPENDED for kind in types)
        self._text = _flags(kind.name == "str" for kind in types)
        self._told = _flags(kind.name in ("NoneType", "bool") for kind in types)
        self._named = np.zeros(len(self.graph), np.bool_)
        nodes, numbers = self.graph.node_names.columns()
        self._named[nodes[~np.isin(numbers, self.graph.numbers_of([""]))]] = True

    def go_on(self, nodes: Nodes, at: int) -> Iterator[Reached]:
        """One step from these objects, in every way that reads as the path at this place."""
        positions = positions_of(self.graph, nodes)
        kinds: NDArray[np.integer] = self.graph.labels[positions] >> LABEL_SHIFT
        if self.wanted.path.startswith("[", at):
            yield from self._indexed(positions, kinds, at)
        if self.wanted.path.startswith(".", at):
            yield from self._references(positions[NAMED_ALONE[kinds]], at)
        idioms = nodes[self._idioms[self.graph.type_ids[nodes]]]
        yield from self._one_by_one(idioms.tolist(), at)
        yield from self._itself(nodes, at)

    def _itself(self, nodes: Nodes, at: int) -> Iterator[Reached]:
        """A container whose content reads as a step of its own: both have one path, which is the container's."""
        for reads, hides in self._hidden.items():
            for end in self.wanted.ends(f".{reads}", at=at):
                yield end, nodes[hides[self.graph.type_ids[nodes]]]

    def _indexed(self, positions: Nodes, kinds: NDArray[np.integer], at: int) -> Iterator[Reached]:
        graph = self.graph
        index = INDEX.match(self.wanted.path, at)
        for kind in (EdgeKind.ELEMENT, EdgeKind.INT_VALUE):
            chosen = positions[kinds == kind]
            for end in self.wanted.ends(MASKED, at=at):
                yield end, self._targets(chosen)
            if index is not None:
                numbers = graph.labels[chosen] & LABEL_PAYLOAD
                numbers = graph.int_keys[numbers] if kind is EdgeKind.INT_VALUE else numbers
                yield index.end(), self._targets(chosen[numbers == int(index[1])])
        yield from self._keyed(positions[kinds == EdgeKind.VALUE], at)

    def _keyed(self, positions: Nodes, at: int) -> Iterator[Reached]:
        """Values of dicts; a key shows that is a name of code, or None, True or False."""
        graph = self.graph
        keys = graph.targets[positions - 1]
        types = graph.type_ids[keys]
        shown = self._told[types]
        if self._named[keys].any():
            spaces = self.homes.is_namespace[graph.owners_of(positions)]
            shown = shown | (spaces & self._named[keys] & self._text[types])
        for end in self.wanted.ends(MASKED_TEXT, at=at):
            yield end, self._targets(positions[self._text[types] & ~shown])
        for end in self.wanted.ends(MASKED, at=at):
            yield end, self._targets(positions[~self._text[types] & ~shown])
        for position in self._one_each(positions[shown], keys[shown]):
            (owner,) = graph.owners_of(np.array([position])).tolist()
            text, _ = key_text(self.homes, owner, key_node(graph, position))
            for end in self.wanted.ends(text, at=at):
                yield end, self._targets(positions[shown & (keys == graph.targets[position - 1])])

    def _references(self, positions: Nodes, at: int) -> Iterator[Reached]:
        graph = self.graph
        labels = graph.labels[positions]
        labels = np.where(HAS_NAME[labels >> LABEL_SHIFT], labels, labels & ~np.uint32(LABEL_PAYLOAD))
        for label in self._distinct_labels(labels):
            kind = EdgeKind(label >> LABEL_SHIFT)
            name = graph.names[label & LABEL_PAYLOAD] if kind in NAMED_KINDS else ""
            for end in self.wanted.ends(write_reference(kind, name), at=at):
                yield end, self._targets(positions[labels == label])
            if kind is EdgeKind.ATTRIBUTE and name == "__dict__":
                yield from self._namespace_entries(self._targets(positions[labels == label]), at)
            elif kind is EdgeKind.ATTRIBUTE and name == "__func__":
                yield from self._methods_own(positions[labels == label], at)
            elif kind is EdgeKind.ATTRIBUTE and name in self._kept_by_functions(at):
                owners = distinct(graph.owners_of(positions[labels == label]))
                yield from self._one_by_one(owners.tolist(), at, name)
            elif kind is EdgeKind.UNNAMED:
                yield from self._waiting(positions[labels == label], at)

    def _distinct_labels(self, labels: NDArray[np.uint32]) -> list[int]:
        """Each once. By marking: there are few different ones among very many."""
        width = max(1, len(self.graph.names))
        there = np.zeros((16, width), np.bool_)
        there[labels >> LABEL_SHIFT, labels & LABEL_PAYLOAD] = True
        return [kind << LABEL_SHIFT | name for kind, name in np.argwhere(there).tolist()]

    def _kept_by_functions(self, at: int) -> tuple[str, ...]:
        return tuple(
            name
            for text, names in OF_FUNCTIONS.items()
            if self.wanted.path.startswith(text, at)
            for name in names
        )

    def _namespace_entries(self, spaces: Nodes, at: int) -> Iterator[Reached]:
        """`owner.__dict__[name]` is `owner.name`."""
        graph = self.graph
        positions = positions_of(graph, spaces)
        positions = positions[graph.labels[positions] >> LABEL_SHIFT == EdgeKind.VALUE]
        keys = graph.targets[positions - 1]
        named = self._named[keys]
        for position in self._one_each(positions[named], keys[named]):
            key = int(graph.targets[position - 1])
            text = write_reference(EdgeKind.ATTRIBUTE, graph.name_of(key))
            for end in self.wanted.ends(text, at=at):
                yield end, self._targets(positions[keys == key])
        for end in self.wanted.ends(f".__dict__{MASKED_TEXT}", at=at):
            yield end, self._targets(positions[~named])

    def _methods_own(self, positions: Nodes, at: int) -> Iterator[Reached]:
        """What a static or class method's function keeps."""
        owners = self.graph.owners_of(positions)
        functions = self._targets(positions[self._methods[self.graph.type_ids[owners]]])
        plain = functions[~self._methods[self.graph.type_ids[functions]]]
        if len(plain):
            yield from self.go_on(plain, at)

    def _waiting(self, positions: Nodes, at: int) -> Iterator[Reached]:
        """Coroutines and generators to which something refers without a name."""
        targets = self.graph.targets[positions]
        for position in positions[self._suspended[self.graph.type_ids[targets]]].tolist():
            (owner,) = self.graph.owners_of(np.array([position])).tolist()
            trail = Trail(None, (owner,), ()).extended(position, int(self.graph.targets[position]))
            for end in self.wanted.ends(read_step(self.homes, trail, 0).text, at=at):
                yield end, np.array([trail.nodes[-1]], np.int64)

    def _one_by_one(self, nodes: Iterable[int], at: int, attribute: str = "") -> Iterator[Reached]:
        """Steps of several references, or only those that begin with one attribute."""
        for node in nodes:
            found: dict[int, list[Trail]] = {}
            for longer, link in steps_from(self.homes, node, attribute):
                for end in self.wanted.ends(link.text, link.masked_text, at=at):
                    if end < len(self.wanted.path) or link.text[1:] not in self._reads:
                        found.setdefault(end, []).append(longer)
            for end, trails in found.items():
                whole = max(len(trail.edges) for trail in trails)  # a closure's content, not its cell
                last = [trail.nodes[-1] for trail in trails if len(trail.edges) == whole]
                yield end, np.array(last, np.int64)

    def _one_each(self, positions: Nodes, keys: NDArray[np.uint32]) -> list[int]:
        """One position of each different key."""
        found: list[int]
        if len(keys) < MANY:
            found = positions[np.unique(keys, return_index=True)[1]].tolist()
            return found
        at = np.full(len(self.graph), -1, np.int64)
        at[keys] = positions
        found = at[at >= 0].tolist()
        return found

    def _targets(self, positions: Nodes) -> Nodes:
        return self.graph.targets[positions].astype(np.int64)


def _flags(values: Iterable[bool]) -> NDArray[np.bool_]:
    return np.array([*values, False], np.bool_)


def steps_from(homes: Homes, node: int, attribute: str = "") -> Iterator[tuple[Trail, Link]]:
    """Each way one step on from an object, and how it reads; or only those that begin with one attribute."""
    for longer in _extend(homes.graph, Trail(None, (node,), ()), attribute):
        link = read_step(homes, longer, 0)
        if link.references == len(longer.edges):
            yield longer, link


def _extend(graph: HeapGraph, trail: Trail, attribute: str = "", more: int = 0) -> Iterator[Trail]:
    """All trails that are one step longer, where a step may be several references: `more` after the first."""
    shape = shape_by_type(graph, trail.nodes[-1])
    unnamed = shape.references - 1 if shape is not None else 0
    row = graph.row(trail.nodes[-1])
    strong = graph.labels[row] >> LABEL_SHIFT != EdgeKind.WEAK
    for position in (row.start + np.flatnonzero(strong)).tolist():
        edge = graph.edge(position)
        if attribute and edge.name != attribute:
            continue
        longer = trail.extended(position, int(edge.target))
        yield longer
        if edge.kind is EdgeKind.ATTRIBUTE and edge.name == "__func__" and not more:
            yield from _extend(graph, longer)
        follow = more - 1
        if not more:
            follow = CONTINUED.get(edge.name, 0) if edge.kind is EdgeKind.ATTRIBUTE else unnamed
        if follow > 0:
            yield from _extend(graph, longer, more=follow)
