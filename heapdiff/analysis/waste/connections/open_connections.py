"""Connections, cursors and sockets that are left open: more and more of them in one holder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from heapdiff.analysis.waste.connections.holdings import Group, find_groups
from heapdiff.analysis.waste.connections.resources import Resources
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.knowledge.advice.connections import COMPARED, CONNECTIONS, Kind

RULE: Final = Rule("open-connections", Topic.CONNECTIONS)
MANY: Final = 20  # that one snapshot alone shows


def find_open_connections(heap: Heap) -> Iterator[Finding]:
    """Those that the application keeps outside any pool, and those that wait for the collector to close them."""
    return find_left_open(heap, RULE, CONNECTIONS)


def find_left_open(heap: Heap, rule: Rule, kinds: Sequence[Kind]) -> Iterator[Finding]:
    """Of each kind that has to be closed: what grows or waits for the collector; without an earlier snapshot, what is many."""
    for group in find_groups(heap.once(Resources), kinds):
        many = group.added is None and len(group.nodes) > MANY and not group.is_pool
        if group.place is None or group.is_growing or many:
            yield _tell(rule, group)


def _tell(rule: Rule, group: Group) -> Finding:
    kind, count = group.kind, len(group.nodes)
    title = f"{count:,} {kind.many}{group.where}"
    if group.place is None:
        title += " wait for the collector to close them"
    elif group.is_growing:
        title += f", {group.added:,} of them new"
    bytes = group.weigh()
    return rule.found(
        group.resources,
        title,
        bytes=bytes,
        saves=bytes,
        change=kind.change,
        code=kind.code,
        check=kind.check or COMPARED,
        confidence=_judge(group),
        reason=_tell_why(group),
        holder=None if group.place is None else group.place.path,
        type=group.resources.graph.type_name(int(group.nodes[0])),
        count=count,
        example=group.example,
        headline=True if group.is_growing and group.place is not None and not group.is_pool else None,
    )


def _judge(group: Group) -> Confidence:
    if group.is_pool:
        return Confidence.LOW
    return Confidence.MEDIUM if group.added is None and group.place is not None else Confidence.HIGH


def _tell_why(group: Group) -> str:
    if group.place is None:
        return "Nothing refers to them, but they're in cycles, so they stay open until the collector runs."
    reason = "A second snapshot would show whether they grow." if group.added is None else group.tell_growth()
    if group.is_pool:
        reason += " Their holder may be a pool: it's a queue, or has a bound."
    return (
        reason if group.kind.closed else f"{reason} Whether some are closed already, a snapshot can't tell."
    )
