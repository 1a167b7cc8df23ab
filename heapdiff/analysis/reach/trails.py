"""The references from a root to one object, the same ones in every process. Names are for `naming`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from heapdiff.analysis.reach.origins import count_importers
from heapdiff.analysis.reach.routes import Routes
from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, NAMED_KINDS, EdgeKind
from heapdiff.graph.heap import HeapGraph, Root
from heapdiff.graph.paths import UNREACHED

MAX_NEAR: Final = 64
MAX_FAR: Final = 32
WAYMARK_STEPS: Final = 256
GAP: Final = -1
LOOK_UP: Final = 2


@dataclass(frozen=True, slots=True)
class Trail:
    """`nodes[0]` is the start; `edges[i]` is the position of the reference from `nodes[i]` to `nodes[i + 1]`.

    `root` is None when native code holds the start; `found` is False when nothing leads to the object. Of
    a very deep trail the middle is left out: one edge is GAP, and `skipped` says how many nodes.
    """

    root: Root | None
    nodes: tuple[int, ...]
    edges: tuple[int, ...]
    found: bool = True
    skipped: int = 0

    def upto(self, length: int) -> Trail:
        """The trail's first `length` nodes."""
        edges = self.edges[: length - 1]
        return replace(
            self, nodes=self.nodes[:length], edges=edges, skipped=self.skipped if GAP in edges else 0
        )

    def extended(self, edge: int, node: int) -> Trail:
        """The trail one reference further."""
        return replace(self, nodes=(*self.nodes, node), edges=(*self.edges, edge))


def find_trail(routes: Routes, node: int) -> Trail:
    """The cheapest trail. Of equally cheap ones names decide, never addresses: the same in every process."""
    if routes.distance[node] == UNREACHED:
        return Trail(None, (int(node),), (), found=False)
    nodes: list[int] = [int(node)]
    edges: list[int] = []
    while not _is_start(routes, nodes[-1]):
        if len(edges) == MAX_NEAR:
            return _join_far_end(routes, nodes, edges)
        edge = _best_edge(routes, nodes[-1])
        edges.append(edge)
        nodes.append(_owner(routes.graph, edge))
    return Trail(routes.starts[nodes[-1]][1], tuple(reversed(nodes)), tuple(reversed(edges)))


def _is_start(routes: Routes, node: int) -> bool:
    start = routes.starts.get(node)
    return start is not None and start[0] == routes.distance[node]


def _join_far_end(routes: Routes, near: list[int], edges: list[int]) -> Trail:
    """The trail of an object very deep down: its near end, a gap, and the far end at the root.

    Each deep object walked from leaves waymarks, so that others below it need not walk to the root again.
    """
    marks = routes.waymarks
    at, steps, passed = near[-1], 0, []
    while not _is_start(routes, at) and at not in marks:
        passed.append(at)
        at = int(routes.parent[at])
        steps += 1
    if at not in marks:
        marks[at] = ((at,), (), 0)
    nodes, links, depth = marks[at]
    for number, node in enumerate(reversed(passed), 1):
        if depth + number <= MAX_FAR:
            nodes, links = (*nodes, node), (*links, int(routes.via[node]))
        if number % WAYMARK_STEPS == 0:
            marks[node] = (nodes, links, depth + number)
    depth += steps
    skipped = depth - len(links) - 1
    root = routes.starts[nodes[0]][1]
    if skipped < 0:  # the far end goes all the way
        nodes, links = nodes[:-1], links[:-1]
        return Trail(root, (*nodes, *reversed(near)), (*links, int(routes.via[near[-1]]), *reversed(edges)))
    joint = GAP if skipped else int(routes.via[near[-1]])
    return Trail(root, (*nodes, *reversed(near)), (*links, joint, *reversed(edges)), skipped=skipped)


def _best_edge(routes: Routes, node: int) -> int:
    """Of the references that lie on a cheapest route to the node, the one whose names come first."""
    via = int(routes.via[node])
    others = routes.ties.of(node)
    if not others:
        return via
    chosen = [via, *others]
    owners = {edge: _owner(routes.graph, edge) for edge in chosen}
    spaces = sorted({owner for owner in owners.values() if routes.homes.is_globals[owner]})
    score = count_importers(routes.homes, spaces) if len(spaces) > 1 else {}
    return min(chosen, key=lambda edge: (-score.get(owners[edge], 0), *_appearance(routes, edge), edge))


def _owner(graph: HeapGraph, position: int) -> int:
    return int(graph.owners_of(np.array([position], np.int32))[0])


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
