"""The references from a root to one object, the same ones in every process. Names are for `naming`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from heapdiff.analysis.routes import UNREACHED, Routes
from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, EdgeKind
from heapdiff.graph.heap import NAMED_KINDS, HeapGraph, Root

__all__ = ["Trail", "find_trail", "key_node", "own_text"]

MAX_TIES: Final = 256
MAX_CAREFUL_STEPS: Final = 200
LOOK_UP: Final = 2


@dataclass(frozen=True, slots=True)
class Trail:
    """`nodes[0]` is the start; `edges[i]` is the position of the reference from `nodes[i]` to `nodes[i + 1]`.

    `root` is None when native code holds the start; `found` is False when nothing leads to the object.
    """

    root: Root | None
    nodes: tuple[int, ...]
    edges: tuple[int, ...]
    found: bool = True

    def upto(self, length: int) -> Trail:
        """The trail's first `length` nodes."""
        return Trail(self.root, self.nodes[:length], self.edges[: length - 1], self.found)


def find_trail(routes: Routes, node: int) -> Trail:
    """The cheapest trail. Of equally cheap ones names decide, never addresses: the same in every process."""
    if routes.distance[node] == UNREACHED:
        return Trail(None, (int(node),), (), found=False)
    nodes: list[int] = [int(node)]
    edges: list[int] = []
    while True:
        at = nodes[-1]
        start = routes.starts.get(at)
        if start is not None and start[0] == routes.distance[at]:
            break
        edge = _best_edge(routes, at) if len(edges) < MAX_CAREFUL_STEPS else int(routes.via[at])
        edges.append(edge)
        nodes.append(
            _owner(routes.graph, edge) if len(edges) <= MAX_CAREFUL_STEPS else int(routes.parent[at])
        )
    return Trail(routes.starts[nodes[-1]][1], tuple(reversed(nodes)), tuple(reversed(edges)))


def _best_edge(routes: Routes, node: int) -> int:
    """Of the references that lie on a cheapest route to the node, the one whose names come first."""
    turned = routes.graph.referrers
    first, last = int(turned.first[node]), int(turned.first[node + 1])
    if last - first > MAX_TIES:
        return int(routes.via[node])
    sources, edges = turned.sources[first:last], turned.edges[first:last]
    reached = routes.distance[sources] != UNREACHED
    sources, edges = sources[reached], edges[reached]
    ties = routes.distance[sources] + routes.costs[edges] == routes.distance[node]
    chosen = [int(edge) for edge in edges[ties]]
    if len(chosen) == 1:
        return chosen[0]
    return min(chosen, key=lambda edge: (*_appearance(routes, edge), edge))


def _owner(graph: HeapGraph, position: int) -> int:
    return int(np.searchsorted(graph.first_edge, position, side="right") - 1)


def _appearance(routes: Routes, position: int) -> tuple[str, str, str]:
    """A reference without addresses: the owner's type and name, and the reference's own name."""
    graph = routes.graph
    owner = _owner(graph, position)
    start = routes.starts.get(owner)
    name = start[1].name if start and start[1] else graph.name_of(owner)
    return graph.type_name(owner), name or _owner_name(routes, owner), own_text(graph, position)


def _owner_name(routes: Routes, node: int) -> str:
    """How the owner itself is reached, two references up, so that two namespaces or two lists differ."""
    words = []
    for _ in range(LOOK_UP):
        via = int(routes.via[node])
        if via < 0:
            break
        words.append(own_text(routes.graph, via))
        node = int(routes.parent[node])
        start = routes.starts.get(node)
        words.append(start[1].name if start and start[1] else routes.graph.name_of(node))
    return " ".join(words)


def own_text(graph: HeapGraph, position: int) -> str:
    """A reference's name where it has one: attribute, variable, or the text of a namespace key."""
    label = int(graph.labels[position])
    kind = label >> LABEL_SHIFT
    if kind in NAMED_KINDS:
        return graph.names[label & LABEL_PAYLOAD]
    if kind == EdgeKind.VALUE:
        return graph.name_of(key_node(graph, position))
    return ""


def key_node(graph: HeapGraph, position: int) -> int:
    """The key of a dict entry, given the position of its value's reference."""
    return int(graph.targets[position - 1])
