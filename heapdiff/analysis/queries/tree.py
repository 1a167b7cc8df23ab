"""Who retains what: the heaviest part of the dominator tree, named. Alike siblings stand in one row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.comparison.captured import refer
from heapdiff.analysis.holders.holder import place_of
from heapdiff.analysis.holders.lookup import find_objects
from heapdiff.analysis.naming.amounts import count
from heapdiff.analysis.reach.retained import (
    Dominance,
    compute_dominance,
    compute_retained_by_set,
    find_topmost,
)
from heapdiff.analysis.reach.routes import Routes, compute_routes
from heapdiff.answers import Tree, TreeRow
from heapdiff.errors import UsageError
from heapdiff.format import LABEL_SHIFT, EdgeKind
from heapdiff.graph.heap import HAS_NAME, HeapGraph
from heapdiff.model import Summary

MOST_ROWS: Final = 1000
FROM_ELSEWHERE: Final = 15 << LABEL_SHIFT  # no kind of reference: the cheapest way is another one
TYPE_SHIFT: Final = 34
OWN_ROW: Final = 1 << 33


@dataclass(slots=True)
class _Branch:
    """A row that is still growing. `members` are its objects, none of which dominates another."""

    members: NDArray[np.int64]
    name: str
    path: str
    retained: int
    children: list[_Branch] = field(default_factory=list)


def build_tree(
    graph: HeapGraph,
    start: str = "",
    limit: int | None = None,
    summary: Summary | None = None,
    path: str = "",
) -> Tree:
    """The `limit` rows that retain most, below what the user named or below all roots.

    Raises UsageError with near matches when nothing has that name. O(m log n), and 8 bytes per object.
    """
    known = summary or graph.summary
    if known is None:
        raise UsageError("the snapshot has no summary", "Give the .json file next to the .heap file.")
    routes = compute_routes(graph)
    dominance = compute_dominance(routes)
    growing = _Growing(routes, dominance)
    notes = []
    if start:
        nodes = find_objects(routes, start)
        lost = int((~routes.reached[nodes]).sum())
        if lost:
            notes.append(
                f"{lost:,} of them {'is' if lost == 1 else 'are'} unreachable and waiting for the cycle collector."
            )
        objects, own = len(nodes), int(graph.sizes[nodes].sum())
        whole = compute_retained_by_set(dominance, nodes)
        tops = growing.group(find_topmost(dominance, nodes[routes.reached[nodes]]), None)
    else:
        objects, own = known.capture.objects, known.capture.bytes
        whole = int(graph.sizes[routes.reached].sum())
        notes += _other_totals(routes, objects, own)
        tops = growing.heaviest(growing.children_of(np.array([len(graph)])))
    shown = growing.open(tops, min(limit or MOST_ROWS, MOST_ROWS))
    rows = tuple(growing.row(branch) for branch in shown)
    together = whole - sum(row.retained_bytes for row in rows)
    if start and objects > 1 and together > 0 and len(rows) == len(tops):
        notes.append(f"{together:,} bytes are kept by several of them together, not by any one alone.")
    return Tree(refer(known, path or known.id), start, objects, own, whole, rows, tuple(notes))


def _other_totals(routes: Routes, objects: int, size: int) -> list[str]:
    """A note on what the rows hold less and more than the snapshot counts."""
    sizes, lost = routes.graph.sizes, ~routes.reached
    less, more = int(lost.sum()), len(sizes) - objects
    parts = []
    if less:
        parts.append(
            f"leave out {count(less, 'unreachable object')} ({int(sizes[lost].sum()):,} bytes) waiting for the collector"
        )
    if more > 0:
        parts.append(
            f"include running frames and heapdiff's own objects ({more:,}, {int(sizes.sum()) - size:,} bytes), "
            "which the total above doesn't count"
        )
    return (
        [f"The rows show what is reachable from a root: they {', and they '.join(parts)}."] if parts else []
    )


class _Growing:
    """Opens the tree from the top, the heaviest row first. Children stand in rows of `order`."""

    def __init__(self, routes: Routes, dominance: Dominance) -> None:
        self.routes, self.graph, self.dominance = routes, routes.graph, dominance
        self.order = np.argsort(dominance.idom, kind="stable")
        self.parents = dominance.idom[self.order]
        self.is_namespace = routes.homes.is_namespace

    def children_of(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """What each of these dominates directly, all in one array."""
        wanted = nodes.astype(np.uint32)
        start = np.searchsorted(self.parents, wanted)
        counts = np.searchsorted(self.parents, wanted, side="right") - start
        before = np.cumsum(counts) - counts
        return self.order[np.repeat(start - before, counts) + np.arange(int(counts.sum()))]

    def heaviest(self, nodes: NDArray[np.int64]) -> list[_Branch]:
        """One row each for those that retain most."""
        weights = self.dominance.retained[nodes]
        best = np.lexsort((nodes, -weights))[:MOST_ROWS]
        return [self.branch(nodes[at : at + 1], None) for at in best]

    def group(self, nodes: NDArray[np.int64], parent: _Branch | None) -> list[_Branch]:
        """Alike ones in one row: of one type, and referred to in the same way."""
        if not len(nodes):
            return []
        keys = self.graph.type_ids[nodes].astype(np.int64) << TYPE_SHIFT | self.look(nodes, parent)
        order = np.argsort(keys, kind="stable")
        cuts = np.flatnonzero(np.diff(keys[order])) + 1
        groups = np.split(nodes[order], cuts)
        weights = np.add.reduceat(self.dominance.retained[nodes[order]], np.concatenate(([0], cuts)))
        best = np.argsort(-weights, kind="stable")[:MOST_ROWS]
        return [self.branch(groups[at], parent) for at in best]

    def look(self, nodes: NDArray[np.int64], parent: _Branch | None) -> NDArray[np.int64]:
        """How each is referred to, as a number: its name, the kind of reference, or itself in a namespace."""
        via, owner = self.routes.via[nodes], self.routes.parent[nodes]
        labels = self.graph.labels_at(via)
        kinds = labels >> LABEL_SHIFT
        look = np.where(HAS_NAME[kinds], labels, kinds << LABEL_SHIFT)
        in_space = self.is_namespace[np.maximum(owner, 0)]
        look = np.where(in_space & (kinds == EdgeKind.VALUE), OWN_ROW + nodes, look)
        if parent is None:
            return look
        inside = np.isin(owner, parent.members) | in_space
        return np.where((owner >= 0) & inside, look, FROM_ELSEWHERE)

    def branch(self, members: NDArray[np.int64], parent: _Branch | None) -> _Branch:
        weights = self.dominance.retained[members]
        place = place_of(self.routes, int(members[int(np.argmax(weights))]))
        path = place.path if len(members) == 1 else place.path_with_masks()
        inside = parent is not None and path.startswith(parent.path) and path != parent.path
        name = path[len(parent.path) :] if parent is not None and inside else path
        if parent is None and len(np.unique(self.routes.parent[members])) > 1:
            name += " and others"
        return _Branch(members, name, path, int(weights.sum()))

    def below(self, branch: _Branch) -> list[_Branch]:
        """The rows below; what an object's namespace keeps, the object keeps."""
        nodes = self.children_of(branch.members)
        for _ in range(2):  # an instance's `__dict__`, a class's mapping and what is behind it
            spaces = self.is_namespace[nodes]
            nodes = np.concatenate([nodes[~spaces], self.children_of(nodes[spaces])])
        return self.group(nodes, branch)

    def open(self, tops: list[_Branch], limit: int) -> list[_Branch]:
        """Keep the heaviest rows; a row is heavier than those below it, so that they hang together."""
        shown: list[_Branch] = []
        waiting: list[tuple[int, int, _Branch, list[_Branch]]] = []
        number = 0
        for branch in tops:
            heappush(waiting, (-branch.retained, number, branch, shown))
            number += 1
        for _ in range(limit):
            if not waiting:
                break
            *_, branch, siblings = heappop(waiting)
            siblings.append(branch)
            for child in self.below(branch):
                heappush(waiting, (-child.retained, number, child, branch.children))
                number += 1
        return shown

    def row(self, branch: _Branch) -> TreeRow:
        node, count = int(branch.members[0]), len(branch.members)
        return TreeRow(
            name=branch.name,
            path=branch.path,
            type=self.graph.type_name(node),
            address=f"{int(self.graph.addresses[node]):#x}" if count == 1 else "",
            count=count,
            bytes=int(self.graph.sizes[branch.members].sum()),
            retained_bytes=branch.retained,
            children=tuple(self.rows(branch)),
        )

    def rows(self, branch: _Branch) -> Iterator[TreeRow]:
        for child in branch.children:
            yield self.row(child)
