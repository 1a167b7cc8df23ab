"""Who retains what: the heaviest part of the dominator tree, named. Alike siblings stand in one row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush
from typing import Final

import numpy as np
from numpy.typing import NDArray

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
from heapdiff.answers import SnapshotRef, Tree, TreeRow
from heapdiff.errors import UsageError
from heapdiff.graph.dominators import Alike, DominatorTree
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.stored.columns import Arrays, Check, Column, row_checks
from heapdiff.model import Summary

MOST_ROWS: Final = 1000
# what waits: all that a row has below it, and one row. Of equally heavy ones that is opened first
BELOW, ROW = 0, 1


@dataclass(slots=True)
class _Branch:
    """A row that is still growing. None of its objects dominates another. It is named once it is shown: most are not."""

    alike: Alike
    parent: _Branch | None
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
        tops = growing.group(find_topmost(dominance, nodes[routes.reached[nodes]]).astype(np.uint32), None)
    else:
        objects, own = known.capture.objects, known.capture.bytes
        missed = np.flatnonzero(~routes.reached)
        recorded, waiting = graph.sizes.sum(), int(graph.sizes[missed].sum())
        whole = recorded - waiting
        notes += _other_totals(len(graph) - objects, recorded - own, len(missed), waiting)
        tops = growing.heaviest(np.flatnonzero(dominance.idom == len(graph)))
    shown = growing.open(tops, min(limit or MOST_ROWS, MOST_ROWS))
    rows = tuple(growing.row(branch) for branch in shown)
    together = whole - sum(row.retained_bytes for row in rows)
    if start and objects > 1 and together > 0 and len(rows) == len(tops):
        notes.append(f"{together:,} bytes are kept by several of them together, not by any one alone.")
    return Tree(SnapshotRef.of(known, path or known.id), start, objects, own, whole, rows, tuple(notes))


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
        self.routes, self.graph = routes, routes.graph
        columns = {
            "first": Column("int32", len(self.graph) + 1, 0, len(self.graph)),
            "nodes": Column("uint32", None, 0, len(self.graph) - 1),
        }
        self.tree = DominatorTree(
            graph=self.graph,
            idom=dominance.idom,
            retained=dominance.retained,
            parent=routes.parent,
            via=routes.via,
            is_space=routes.homes.is_namespace,
            **self.graph.shelf.once("dominated", columns, lambda: _turn_round(dominance), _are_rows),
        )

    def heaviest(self, nodes: NDArray[np.int64]) -> list[_Branch]:
        """One row each for those that retain most."""
        weights = self.tree.retained[nodes]
        best = nodes[np.lexsort((nodes, -weights))[:MOST_ROWS]]
        parts = zip(
            best.tolist(), self.tree.retained[best].tolist(), self.graph.sizes[best].tolist(), strict=True
        )
        return [
            _Branch(Alike(np.array([node], np.uint32), retained, own, node), None)
            for node, retained, own in parts
        ]

    def group(self, nodes: NDArray[np.uint32], parent: _Branch | None) -> list[_Branch]:
        """Alike ones in one row.

        A nested one may be referred to from elsewhere than the row above: whatever refers to it is dominated by
        what dominates it, so that no other object of that row does.
        """
        return [_Branch(alike, parent) for alike in self.tree.group(nodes, parent is not None, MOST_ROWS)]

    def name(self, branch: _Branch) -> None:
        """Say what it is and where it stands, below a parent that has been named."""
        members, parent = branch.alike.members, branch.parent
        place = place_of(self.routes, branch.alike.heaviest)
        branch.path = place.path if len(members) == 1 else place.path_with_masks()
        inside = parent is not None and branch.path.startswith(parent.path) and branch.path != parent.path
        branch.name = branch.path[len(parent.path) :] if parent is not None and inside else branch.path
        if parent is None:
            owners = self.routes.parent[members]
            branch.name += " and others" if (owners != owners[0]).any() else ""

    def open(self, tops: list[_Branch], limit: int) -> list[_Branch]:
        """Keep the heaviest rows; a row is heavier than those below it, so that they hang together.

        What is below a row is looked at once nothing else can be as heavy as all of it together.
        """
        shown: list[_Branch] = []
        waiting = [(-branch.alike.retained, ROW, 0, number, branch) for number, branch in enumerate(tops)]
        heapify(waiting)
        rows = 0
        while waiting and rows < limit:
            _, what, above, _, branch = heappop(waiting)
            if what == ROW:
                rows += 1
                self.name(branch)
                (shown if branch.parent is None else branch.parent.children).append(branch)
                heappush(waiting, (branch.alike.own - branch.alike.retained, BELOW, rows, 0, branch))
            else:
                below = self.tree.below(branch.alike.members)
                for number, child in enumerate(self.group(below, branch)):
                    heappush(waiting, (-child.alike.retained, ROW, above, number, child))
        return shown

    def row(self, branch: _Branch) -> TreeRow:
        node, count = int(branch.alike.members[0]), len(branch.alike.members)
        return TreeRow(
            name=branch.name,
            path=branch.path,
            type=self.graph.type_name(node),
            address=f"{int(self.graph.addresses[node]):#x}" if count == 1 else "",
            count=count,
            bytes=branch.alike.own,
            retained_bytes=branch.alike.retained,
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
