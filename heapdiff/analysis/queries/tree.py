"""Who retains what: the heaviest part of the dominator tree, named. Alike siblings stand in one row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.comparison.captured import refer
from heapdiff.analysis.holders.alike import number_rows
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
from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, EdgeKind
from heapdiff.graph.heap import HAS_NAME, HeapGraph
from heapdiff.graph.narrow import blocks
from heapdiff.graph.stored.columns import Arrays, Check, Column, row_checks
from heapdiff.model import Summary

MOST_ROWS: Final = 1000
FROM_ELSEWHERE: Final = 15  # no kind of reference: the cheapest way is another one
BELOW, ROW = (
    0,
    1,
)  # what waits: all that a row has below it, and one row. Of equally heavy ones that is opened first
SMALL: Final = 1 << 16  # numbers below are sorted in time that is proportional to how many there are


@dataclass(slots=True)
class _Branch:
    """A row that is still growing. `members` are its objects, none of which dominates another.

    It is named once it is shown: most are not.
    """

    members: NDArray[np.int64]
    retained: int
    parent: _Branch | None
    own: int = 0
    name: str = ""
    path: str = ""
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
        missed = np.flatnonzero(~routes.reached)
        recorded, waiting = graph.sizes.sum(), int(graph.sizes[missed].sum())
        whole = recorded - waiting
        notes += _other_totals(len(graph) - objects, recorded - own, len(missed), waiting)
        tops = growing.heaviest(growing.below_all)
    shown = growing.open(tops, min(limit or MOST_ROWS, MOST_ROWS))
    rows = tuple(growing.row(branch) for branch in shown)
    together = whole - sum(row.retained_bytes for row in rows)
    if start and objects > 1 and together > 0 and len(rows) == len(tops):
        notes.append(f"{together:,} bytes are kept by several of them together, not by any one alone.")
    return Tree(refer(known, path or known.id), start, objects, own, whole, rows, tuple(notes))


def _other_totals(more: int, more_bytes: int, lost: int, lost_bytes: int) -> list[str]:
    """A note on what the rows hold less and more than the snapshot counts."""
    parts = []
    if lost:
        parts.append(
            f"leave out {count(lost, 'unreachable object')} ({lost_bytes:,} bytes) waiting for the collector"
        )
    if more > 0:
        parts.append(
            f"include running frames and heapdiff's own objects ({more:,}, {more_bytes:,} bytes), "
            "which the total above doesn't count"
        )
    return (
        [f"The rows show what is reachable from a root: they {', and they '.join(parts)}."] if parts else []
    )


class _Growing:
    """Opens the tree from the top, the heaviest row first. Each step costs what it has below it."""

    def __init__(self, routes: Routes, dominance: Dominance) -> None:
        self.routes, self.graph, self.dominance = routes, routes.graph, dominance
        self.is_namespace = routes.homes.is_namespace
        self.below_all = np.flatnonzero(dominance.idom == len(self.graph))
        columns = {
            "first": Column("int32", len(self.graph) + 1, 0, len(self.graph)),
            "nodes": Column("uint32", None, 0, len(self.graph) - 1),
        }
        found = self.graph.shelf.once("dominated", columns, lambda: _turn_round(dominance), _are_rows)
        self.first, self.nodes = found["first"], found["nodes"]

    def children_of(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """What each of these dominates directly, all in one array."""
        start = self.first[nodes]
        counts = self.first[nodes + 1] - start
        before = np.cumsum(counts) - counts
        return self.nodes[np.repeat(start - before, counts) + np.arange(int(counts.sum()))].astype(np.int64)

    def heaviest(self, nodes: NDArray[np.int64]) -> list[_Branch]:
        """One row each for those that retain most."""
        weights = self.dominance.retained[nodes]
        best = np.lexsort((nodes, -weights))[:MOST_ROWS]
        return [_Branch(nodes[at : at + 1], int(weights[at]), None) for at in best]

    def group(self, nodes: NDArray[np.int64], parent: _Branch | None) -> list[_Branch]:
        """Alike ones in one row: of one type, and referred to in the same way."""
        if not len(nodes):
            return []
        looks = np.empty(len(nodes), np.int64)
        for block in blocks(len(nodes)):
            looks[block] = self.look(nodes[block], parent is not None)
        count, numbers = number_rows(self.graph.type_ids[nodes], looks)
        weights = np.bincount(numbers, self.dominance.retained[nodes], count)
        best = np.argsort(-weights, kind="stable")[:MOST_ROWS]
        order = np.argsort(numbers.astype(np.uint16) if count <= SMALL else numbers, kind="stable")
        ends = np.cumsum(np.bincount(numbers, minlength=count))
        groups = np.split(nodes[order], ends[:-1])
        return [_Branch(groups[at], int(weights[at]), parent) for at in best.tolist()]

    def look(self, nodes: NDArray[np.int64], nested: bool) -> NDArray[np.int64]:
        """How each is referred to, as a number: its name, the kind of reference, or itself in a namespace.

        A nested one may be referred to from elsewhere than the row above: whatever refers to it is dominated by
        what dominates it, so that no other object of that row does.
        """
        width, owner = max(1, len(self.graph.names)), self.routes.parent[nodes]
        labels = self.graph.labels_at(self.routes.via[nodes])
        kinds = labels >> LABEL_SHIFT
        look = width * kinds + np.where(HAS_NAME[kinds], labels & LABEL_PAYLOAD, 0)
        in_space = self.is_namespace[np.maximum(owner, 0)]
        alone = np.flatnonzero(in_space & (kinds == EdgeKind.VALUE))
        look[alone] = 16 * width + nodes[alone]
        if nested:
            inside = in_space | (owner == self.dominance.idom[nodes])
            look[(owner < 0) | ~inside] = FROM_ELSEWHERE * width
        return look

    def name(self, branch: _Branch) -> None:
        """Say what it is and where it stands, below a parent that has been named."""
        members, parent = branch.members, branch.parent
        weights = self.dominance.retained[members]
        place = place_of(self.routes, int(members[int(np.argmax(weights))]))
        branch.path = place.path if len(members) == 1 else place.path_with_masks()
        inside = parent is not None and branch.path.startswith(parent.path) and branch.path != parent.path
        branch.name = branch.path[len(parent.path) :] if parent is not None and inside else branch.path
        if parent is None:
            owners = self.routes.parent[members]
            branch.name += " and others" if (owners != owners[0]).any() else ""

    def below(self, branch: _Branch) -> list[_Branch]:
        """The rows below; what an object's namespace keeps, the object keeps."""
        nodes = self.children_of(branch.members)
        for _ in range(2):  # an instance's `__dict__`, a class's mapping and what is behind it
            spaces = self.is_namespace[nodes]
            if not spaces.any():
                break
            nodes = np.concatenate([nodes[~spaces], self.children_of(nodes[spaces])])
        return self.group(nodes, branch)

    def open(self, tops: list[_Branch], limit: int) -> list[_Branch]:
        """Keep the heaviest rows; a row is heavier than those below it, so that they hang together.

        What is below a row is looked at once nothing else can be as heavy as all of it together.
        """
        shown: list[_Branch] = []
        waiting = [(-branch.retained, ROW, 0, number, branch) for number, branch in enumerate(tops)]
        heapify(waiting)
        rows = 0
        while waiting and rows < limit:
            _, what, above, _, branch = heappop(waiting)
            if what == ROW:
                rows += 1
                self.name(branch)
                (shown if branch.parent is None else branch.parent.children).append(branch)
                branch.own = int(self.graph.sizes[branch.members].sum())
                heappush(waiting, (branch.own - branch.retained, BELOW, rows, 0, branch))
            else:
                for number, child in enumerate(self.below(branch)):
                    heappush(waiting, (-child.retained, ROW, above, number, child))
        return shown

    def row(self, branch: _Branch) -> TreeRow:
        node, count = int(branch.members[0]), len(branch.members)
        return TreeRow(
            name=branch.name,
            path=branch.path,
            type=self.graph.type_name(node),
            address=f"{int(self.graph.addresses[node]):#x}" if count == 1 else "",
            count=count,
            bytes=branch.own,
            retained_bytes=branch.retained,
            children=tuple(self.rows(branch)),
        )

    def rows(self, branch: _Branch) -> Iterator[TreeRow]:
        for child in branch.children:
            yield self.row(child)


def _turn_round(dominance: Dominance) -> Arrays:
    """Where the objects that each one dominates directly begin and end, and these, ascending. O(n)."""
    graph, inside = dominance.graph, dominance.idom < len(dominance.graph)
    first = np.zeros(len(graph) + 1, graph.first_edge.dtype)
    np.cumsum(inside, out=first[1:])
    above = dominance.idom[inside]
    turned = replace(graph, first_edge=first, targets=above, labels=np.zeros_like(above)).referrers
    return {"first": turned.first, "nodes": turned.sources}


def _are_rows(found: Arrays) -> Iterator[Check]:
    return row_checks(found["first"], found["nodes"])
