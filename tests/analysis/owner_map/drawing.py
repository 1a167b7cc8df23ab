"""Owner maps of heaps that a test draws, and the same map by another way: one object after the other, in plain Python."""

from __future__ import annotations

import numpy as np

from heapdiff.analysis import map_owners
from heapdiff.analysis.naming.reading import read_start
from heapdiff.analysis.naming.steps import write_reference
from heapdiff.analysis.owner_map.grouping import MOST_REPEATS
from heapdiff.analysis.owner_map.looks import DEFINING
from heapdiff.analysis.owner_map.mapping import MOST_GROUPS
from heapdiff.analysis.reach.routes import Routes, compute_routes
from heapdiff.analysis.reach.trails import Trail
from heapdiff.answers import OwnerGroup, OwnerMap, SnapshotRef, write_paths
from heapdiff.format import EdgeKind
from heapdiff.graph.heap import HeapGraph
from heapdiff.knowledge.shapes import BY_TYPE
from tests.analysis.summaries import summarize

Step = tuple[str, str]  # text, type


def mapped(*graphs: HeapGraph, most: int = MOST_GROUPS) -> OwnerMap:
    snapshots = [
        SnapshotRef.of(summarize(graph, minute), f"{minute}.json") for minute, graph in enumerate(graphs)
    ]
    return map_owners([compute_routes(graph) for graph in graphs], snapshots, most)


def group_at(found: OwnerMap, path: str, type_name: str | None = None) -> OwnerGroup:
    """The group that this path leads to."""
    paths = zip(write_paths(found.groups), found.groups, strict=True)
    (group,) = [
        group for way, group in paths if way == path and (type_name is None or group.type == type_name)
    ]
    return group


def below(found: OwnerMap, number: int) -> list[OwnerGroup]:
    return [group for group in found.groups if group.parent == number]


Way = tuple[Step, ...]


def find_slowly(routes: Routes) -> dict[Way, tuple[int, int]]:
    """Objects and bytes of each group by itself, by the steps that lead to it: one object after the other."""
    slow = _Slow(routes)
    found: dict[Way, tuple[int, int]] = {}
    for node in np.flatnonzero(routes.reached).tolist():
        way, _ = slow.way(node)
        objects, size = found.get(way, (0, 0))
        found[way] = objects + 1, size + int(routes.graph.sizes[node])
    return found


def written(found: OwnerMap) -> dict[Way, tuple[int, int]]:
    """The same of a map."""
    ways: list[Way] = []
    sums: dict[Way, tuple[int, int]] = {}
    for group in found.groups:
        way = (*(ways[group.parent] if group.parent >= 0 else ()), (group.label, group.type))
        ways.append(way)
        if group.own_objects:
            objects, size = sums.get(way[1:], (0, 0))  # a module and a static type may have one name
            sums[way[1:]] = objects + group.own_objects, size + group.own_bytes
    return sums


class _Slow:
    def __init__(self, routes: Routes) -> None:
        self.routes, self.graph = routes, routes.graph
        self.known: dict[int, tuple[Way, bool]] = {}

    def way(self, node: int) -> tuple[Way, bool]:
        """The group's steps, and whether all that the object has belongs to it."""
        if node not in self.known:
            self.known[node] = self._find(node)
        return self.known[node]

    def _find(self, node: int) -> tuple[Way, bool]:
        type_name, parent = self.graph.type_name(node), int(self.routes.parent[node])
        if parent < 0:
            return self._start(node), type_name == "code"
        above, closed = self.way(parent)
        step = self._text(node, parent, above[-1][1]), type_name
        is_part = type_name == "code" and self.graph.type_name(parent) == "function"
        is_part |= step[0].removeprefix(".") in DEFINING
        begins = len(self._start(self._first(node)))
        repeats = above[begins:][-MOST_REPEATS - 1 :] == (step,) * (MOST_REPEATS + 1)
        way = above if closed or is_part or repeats else (*above, step)
        return way, closed or type_name == "code"

    def _first(self, node: int) -> int:
        while (above := int(self.routes.parent[node])) >= 0:
            node = above
        return node

    def _start(self, node: int) -> Way:
        trail = Trail(self.routes.starts[node][1], (node,), ())
        return tuple((link.masked_text, link.step.type) for link in read_start(self.routes.homes, trail))

    def _text(self, node: int, parent: int, owner_type: str) -> str:
        graph, at = self.graph, int(self.routes.via[node])
        edge = graph.edge(at)
        if edge.kind in (EdgeKind.ELEMENT, EdgeKind.INT_VALUE):
            return "[…]"
        if edge.kind is EdgeKind.VALUE:
            key = int(graph.targets[at - 1])
            if self.routes.homes.is_namespace[parent] and graph.name_of(key):
                return f".{graph.name_of(key)}"
            return "['…']" if graph.type_name(key) == "str" else "[…]"
        if edge.kind is EdgeKind.TYPE:
            return ".__class__"
        lineage = graph.lineage_of.get(owner_type, ())
        shape = next((BY_TYPE[name] for name in lineage if name in BY_TYPE), None)
        if edge.kind in (EdgeKind.UNNAMED, EdgeKind.INTERNAL) and shape is not None and shape.reads:
            return f".{shape.reads}"
        return write_reference(edge.kind, edge.name)
