"""Engines, clients and sessions that a worker needs one of, and that it makes again and again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from heapdiff.analysis.waste.connections.holdings import Group, find_groups
from heapdiff.analysis.waste.connections.resources import Resources
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.knowledge.advice.connections import CLIENTS, COMPARED

RULE: Final = Rule("client-per-request", Topic.CONNECTIONS)

LOADED: Final = "Memory beside Python's objects grew as much as the CA certificates take that they loaded."


def find_clients_per_request(heap: Heap) -> Iterator[Finding]:
    """More clients of one kind than a worker has threads, in one holder or waiting for the collector."""
    for group in find_groups(heap.once(Resources), CLIENTS):
        yield _tell(group)


def _tell(group: Group) -> Finding:
    kind, count = group.kind, len(group.nodes)
    beside = LOADED if group.has_certificates else kind.hidden
    confidence, headline, reason = _judge(group)
    title = f"{count:,} {kind.many}{group.where}"
    if group.place is None:
        title += ", made and dropped"
    elif group.is_growing:
        title += f", {group.added:,} of them new"
    return RULE.found(
        group.resources,
        title,
        bytes=group.weigh(),
        saves=group.weigh(left=1) if kind.whole else None,
        change=kind.change,
        code=kind.code,
        check=kind.check or COMPARED,
        confidence=confidence,
        reason=" ".join(filter(None, (reason, beside))),
        holder=None if group.place is None else group.place.path,
        type=group.resources.graph.type_name(int(group.nodes[0])),
        count=count,
        example=group.example,
        headline=headline,
    )


def _judge(group: Group) -> tuple[Confidence, bool | None, str]:
    """How sure, whether it's a headline whatever it weighs, and why."""
    if group.place is None:
        return Confidence.HIGH, True, "Nothing refers to them, so each was made, used and dropped."
    if group.is_pool:
        return Confidence.LOW, None, "Their holder is a queue or has a bound, so this may be meant."
    if group.is_growing:
        return Confidence.HIGH, True, group.tell_growth()
    if group.added:
        return Confidence.MEDIUM, None, f"{group.tell_growth()} More traffic would make it clearer."
    if group.added is None:
        return (
            Confidence.MEDIUM,
            None,
            "A second snapshot would show whether there are more and more of them.",
        )
    return Confidence.LOW, None, "Their number isn't growing, so one per tenant or server may be meant."
