"""What one snapshot holds, by type, holder, module, package, distribution, or what allocated it. Every object is counted once.

An object belongs to the root and to the variable on its cheapest route, so that shared things are not counted
for each of those who share them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.holders.holder import place_of
from heapdiff.analysis.holders.lookup import find_type
from heapdiff.analysis.naming.amounts import count
from heapdiff.analysis.reach.ownership import Ownership, is_ours
from heapdiff.analysis.reach.retained import compute_dominance, compute_retained_by_set
from heapdiff.analysis.reach.routes import Routes, compute_routes, find_tops, find_variables
from heapdiff.analysis.witnesses.stacks import Stacks
from heapdiff.analysis.witnesses.totals import KINDS as SAMPLED
from heapdiff.analysis.witnesses.totals import add_up
from heapdiff.answers import Inventory, Share, SnapshotRef
from heapdiff.errors import UsageError
from heapdiff.format import RootKind
from heapdiff.graph.heap import HeapGraph
from heapdiff.knowledge.packages import OURS
from heapdiff.model import Summary

MOST_ROWS: Final = 1000
KINDS: Final = ("type", "holder", "module", "package", "distribution", *SAMPLED)


def take_inventory(
    graph: HeapGraph, by: str, summary: Summary | None = None, path: str = "", retained: int = 0
) -> Inventory:
    """The rows of `show --by`, largest first. `by` is one of KINDS.

    Of the first `retained` rows also what would go with them, O(n + m) for each.
    """
    known = summary or graph.summary
    if by not in KINDS:
        raise UsageError(f"{by}: can't list by that", f"Choose one of {', '.join(KINDS)}.")
    if known is None:
        raise UsageError("the snapshot has no summary", "Give the .json file next to the .heap file.")
    if by in SAMPLED:
        return _by_samples(graph, by, known, path, retained)
    notes: list[str] = []
    routes = compute_routes(graph) if by != "type" or retained else None
    if routes is None or by == "type":
        rows = [_Row(entry.type, entry.count, entry.bytes) for entry in known.types]
    else:
        rows = _by_holder(routes) if by == "holder" else _by_root(routes, by)
        lost = int((~routes.reached).sum())
        if lost:
            notes.append(
                f"{count(lost, 'unreachable object')} {'is' if lost == 1 else 'are'} not included in any row."
            )
        notes.append(
            "An object that several holders keep is counted once, under the one with the shortest path to it."
        )
    rows.sort(key=lambda row: (-row.bytes, row.name))
    if routes is not None and retained:
        _add_retained(routes, by, rows[:retained])
        notes.append("Retained is what would be freed along with a row's objects; rows may overlap.")
    shares = tuple(Share(row.name, row.count, row.bytes, row.retained) for row in rows[:MOST_ROWS])
    return Inventory(SnapshotRef.of(known, path or known.id), by, shares, tuple(notes))


def _by_samples(graph: HeapGraph, by: str, summary: Summary, path: str, retained: int) -> Inventory:
    """What the live samples stand for, by the code or the entry that they name."""
    if retained:
        raise UsageError(f"--retained needs objects, and --by {by} has samples", "Leave out --retained.")
    if graph.samples is None or not len(graph.samples):
        raise UsageError(
            "the snapshot has no samples, so it doesn't say what allocated its objects",
            f"Run heapdiff sample {summary.process.pid} on, let requests come, and take another snapshot.",
        )
    rows, told = add_up(Stacks(graph, graph.samples), by)
    return Inventory(SnapshotRef.of(summary, path or summary.id), by, tuple(rows[:MOST_ROWS]), (told,))


@dataclass
class _Row:
    """A share in the making; `tops` are the objects that stand for it."""

    name: str
    count: int
    bytes: int
    tops: list[NDArray[np.int64]] = field(default_factory=list)
    retained: int | None = None


def _add_retained(routes: Routes, by: str, rows: Sequence[_Row]) -> None:
    dominance = compute_dominance(routes)
    for row in rows:
        nodes = np.concatenate([np.zeros(0, np.int64), *row.tops])
        if by == "type":
            nodes = find_type(routes.graph, row.name)
        row.retained = compute_retained_by_set(dominance, nodes)


def _by_root(routes: Routes, by: str) -> list[_Row]:
    tops = find_tops(routes, np.zeros(len(routes.graph), np.bool_))
    sums = _sum_nodes(routes, tops)
    native = np.isin(sums.nodes, routes.starts.held)
    rows = _merge((_root_name(routes, int(each.nodes[0]), by), each) for each in sums.of(~native).each())
    return [*rows, *_merge([("(native code)", sums.of(native))] if native.any() else ())]


def _root_name(routes: Routes, node: int, by: str) -> str:
    start = routes.starts.get(node)
    if start is None or start[1] is None:
        return "(unknown)"
    root = start[1]
    if root.kind is RootKind.MODULE:
        return _module_name(routes.ownership, root.name, by)
    return {
        RootKind.THREAD: "(thread stacks)",
        RootKind.THREAD_STATE: "(thread states)",
        RootKind.TYPE: "(static types)",
    }.get(root.kind, "(interpreter)")


def _module_name(ownership: Ownership, module: str, by: str) -> str:
    if by == "module":
        return module
    if by == "package":
        return module.partition(".")[0]
    if ownership.is_user(module):
        return "(application)"
    return ownership.distribution(module) or (OURS if is_ours(module) else "(standard library)")


def _by_holder(routes: Routes) -> list[_Row]:
    """By what stands directly in a module's or class's namespace, or at a root."""
    sums = _sum_nodes(routes, find_variables(routes))
    largest = sums.of(np.argsort(-sums.bytes, kind="stable")[:MOST_ROWS])
    return _merge((place_of(routes, int(each.nodes[0])).path, each) for each in largest.each())


@dataclass(frozen=True, slots=True)
class _Sums:
    """Nodes, ascending, with how many objects are below each and their bytes."""

    nodes: NDArray[np.int64]
    objects: NDArray[np.int64]
    bytes: NDArray[np.int64]

    def of(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> _Sums:
        return _Sums(self.nodes[chosen], self.objects[chosen], self.bytes[chosen])

    def each(self) -> Iterator[_Sums]:
        """One node after the other."""
        for at in range(len(self.nodes)):
            yield self.of(np.array([at]))


def _sum_nodes(routes: Routes, tops: NDArray[np.int64]) -> _Sums:
    reached = routes.reached
    counts = np.bincount(tops[reached], minlength=len(tops))
    sizes = np.zeros(len(tops), np.int64)
    np.add.at(sizes, tops[reached], routes.graph.sizes[reached])
    nodes = np.flatnonzero(counts)
    return _Sums(nodes, counts[nodes], sizes[nodes])


def _merge(found: Iterable[tuple[str, _Sums]]) -> list[_Row]:
    """One row per name."""
    rows: dict[str, _Row] = {}
    for name, sums in found:
        row = rows.setdefault(name, _Row(name, 0, 0))
        row.count += int(sums.objects.sum())
        row.bytes += int(sums.bytes.sum())
        row.tops.append(sums.nodes)
    return list(rows.values())
