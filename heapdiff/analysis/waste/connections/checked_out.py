"""Connections that were taken from a pool and not given back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.holders.holder import is_own, place_of
from heapdiff.analysis.holders.shapes import attributes_of
from heapdiff.analysis.waste.connections.holdings import weigh
from heapdiff.analysis.waste.connections.resources import Resources
from heapdiff.analysis.waste.ground.keepers import find_keepers
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.format import EdgeKind, RootKind
from heapdiff.knowledge.advice.pools import POOLS, Pool

RULE: Final = Rule("checked-out", Topic.CONNECTIONS)
LOANS: Final = 10_000  # that are looked at
ENTRIES: Final = (EdgeKind.ELEMENT, EdgeKind.MEMBER, EdgeKind.UNNAMED)  # of lists, sets and deques


@dataclass(frozen=True)
class Lending:
    """One pool: what stands for its connections that are out, how many it may have, where that's known."""

    pool: Pool
    node: int
    loans: NDArray[np.int64]
    stayed: int | None  # of the loans, those that were out in the earlier snapshot, too
    most: int | None

    @property
    def is_exhausted(self) -> bool:
        return self.most is not None and len(self.loans) >= self.most


def find_checked_out(heap: Heap) -> Iterator[Finding]:
    """Pools of which more connections are out than threads are at work: in both snapshots, where there are two."""
    resources = heap.once(Resources)
    busy = -1
    for lending in _find_lendings(resources):
        busy = _count_busy(heap) if busy < 0 else busy
        lost = len(lending.loans) - busy
        if lending.stayed is not None:
            lost = min(lost, lending.stayed)
        if lost > 0:
            yield _tell(resources, lending, lost, busy)


def _tell(resources: Resources, lending: Lending, lost: int, busy: int) -> Finding:
    heap, pool, out = resources.heap, lending.pool, len(lending.loans)
    kept = next(find_keepers(heap, lending.loans), None)
    of = place_of(heap.routes, lending.node).path
    limit = f" of {lending.most:,}" if lending.most is not None else ""
    since = f", {lending.stayed:,} since the first snapshot" if lending.stayed is not None else ""
    sure = (lost > 1 or lending.is_exhausted) and (kept is None or kept.own)
    return RULE.found(
        resources,
        f"{out:,}{limit} connections of {of} are checked out{since}",
        bytes=weigh(resources, lending.loans),
        saves=None,  # what it takes is connections
        change=pool.change,
        code=pool.code,
        check=pool.check,
        confidence=_judge(lending, sure),
        reason=_tell_why(lending, busy),
        holder=of if kept is None else kept.place.path,
        type=heap.graph.type_name(int(lending.loans[0])),
        count=out,
        example=place_of(heap.routes, int(lending.loans[0])).path,
        headline=sure and lending.stayed is not None,
    )


def _judge(lending: Lending, sure: bool) -> Confidence:
    if not sure:
        return Confidence.LOW
    return Confidence.MEDIUM if lending.stayed is None else Confidence.HIGH


def _tell_why(lending: Lending, busy: int) -> str:
    threads = f"{busy:,} {'thread is' if busy == 1 else 'threads are'}" if busy else "no thread is"
    reason = f"{len(lending.loans):,} are out while {threads} running the application's code."
    if lending.is_exhausted:
        reason += " The pool is at its limit: the next request waits, then fails."
    if lending.stayed is None:
        reason += " A second snapshot would show whether they come back."
    return reason


def _find_lendings(resources: Resources) -> Iterator[Lending]:
    """The pools of which anything is out."""
    routes = resources.heap.routes
    for pool in POOLS:
        nodes = resources.of(pool.types)
        nodes = nodes[routes.reached[nodes]]
        if not len(nodes):
            continue
        out = _find_loans(resources, pool)
        for node in nodes.tolist():
            held = _follow(resources, node, pool.out)
            loans = _entries(resources, held) if pool.out else out.get(node, [])
            if loans:
                yield _measure(resources, pool, node, np.array(sorted(loans), np.int64))


def _measure(resources: Resources, pool: Pool, node: int, loans: NDArray[np.int64]) -> Lending:
    most = _add_up(resources, node, pool.most)
    if pool.boundless is not None and _number(resources, node, pool.most[-1]) == pool.boundless:
        most = None
    known = resources.heap.earlier is not None
    stayed = int(np.count_nonzero(resources.survived(loans))) if known else None
    return Lending(pool, node, loans, stayed, most)


def _find_loans(resources: Resources, pool: Pool) -> dict[int, list[int]]:
    """By pool: what stands for the connections that are out, and does not lie in the pool."""
    loans: dict[int, list[int]] = {}
    nodes = resources.of(pool.loans)
    idle: dict[int, set[int]] = {}
    for node in nodes[:LOANS].tolist():
        there = attributes_of(resources.graph, node)
        lender = there.get(pool.loan_pool, -1)
        connection = there.get(pool.loan_connection, -1) if pool.loan_connection else node
        if lender < 0 or connection < 0 or resources.graph.type_name(connection) == "NoneType":
            continue
        if lender not in idle:
            idle[lender] = set(_entries(resources, _follow(resources, lender, pool.idle)))
        if node not in idle[lender]:
            loans.setdefault(lender, []).append(node)
    return loans


def _follow(resources: Resources, node: int, way: Sequence[str]) -> int:
    """Where these attributes lead, or -1."""
    for name in way:
        node = attributes_of(resources.graph, node).get(name, -1)
        if node < 0:
            break
    return node


def _entries(resources: Resources, node: int) -> list[int]:
    return [int(edge.target) for edge in resources.graph.edges(node, *ENTRIES)] if node >= 0 else []


def _number(resources: Resources, node: int, way: Sequence[str]) -> int | None:
    at = _follow(resources, node, way[:-1])
    return resources.graph.facts.get(at, {}).get(way[-1])


def _add_up(resources: Resources, node: int, ways: Sequence[Sequence[str]]) -> int | None:
    numbers = [_number(resources, node, way) for way in ways]
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None


def _count_busy(heap: Heap) -> int:
    """How many threads are running the application's code: each may have a connection for now."""
    routes = heap.routes
    frames = [root for root in heap.graph.roots if root.kind is RootKind.THREAD]
    return len({root.name for root in frames if is_own(routes, place_of(routes, root.node))})
