"""SQLAlchemy sessions that are never closed: more and more of them, or one that knows more and more objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from heapdiff.analysis.holders.holder import is_frame, place_of
from heapdiff.analysis.holders.shapes import attributes_of, length_of
from heapdiff.analysis.waste.connections.holdings import Group, weigh
from heapdiff.analysis.waste.connections.resources import Resources
from heapdiff.analysis.waste.ground.keepers import find_keepers
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.graph.heap import HeapGraph
from heapdiff.knowledge.advice.connections import IDENTITY_MAP, PENDING, SESSIONS

RULE: Final = Rule("unclosed-sessions", Topic.CONNECTIONS)
LOOKED_AT: Final = 1_000  # sessions
FEW_OBJECTS: Final = 100  # by which a session's may grow
MANY_OBJECTS: Final = 1_000  # that one session may know at a moment
KIND: Final = SESSIONS[0]


def find_unclosed_sessions(heap: Heap) -> Iterator[Finding]:
    """Sessions that become more and more in one holder, and single ones that know more and more objects."""
    resources = heap.once(Resources)
    sessions = resources.of(KIND.types)
    sessions = sessions[heap.routes.reached[sessions]]
    for kept in find_keepers(heap, sessions):
        group = Group(resources, KIND, kept.nodes, kept.place, resources.added(kept.nodes, KIND))
        if group.is_growing:
            yield _tell(group)
    by_holder: dict[str, list[Known]] = {}
    for node in sessions[:LOOKED_AT].tolist():
        if (known := _look_at(resources, node)) is not None:
            by_holder.setdefault(known.path, []).append(known)
    for path, sessions_there in by_holder.items():
        yield _tell_known(resources, path, sessions_there)


@dataclass(frozen=True, slots=True)
class Known:
    """A session that knows many objects: how many, and how many more than in the first snapshot."""

    node: int
    path: str
    objects: int
    added: int


def _tell(group: Group) -> Finding:
    bytes = group.weigh()
    return RULE.found(
        group.resources,
        f"{len(group.nodes):,} {KIND.many}{group.where}, {group.added:,} of them new",
        bytes=bytes,
        saves=bytes,
        change=KIND.change,
        code=KIND.code,
        check=KIND.check,
        confidence=Confidence.HIGH,
        reason=f"{group.tell_growth()} Each keeps objects, and a connection while it has a transaction.",
        holder=None if group.place is None else group.place.path,
        type=group.resources.graph.type_name(int(group.nodes[0])),
        count=len(group.nodes),
        example=group.example,
        headline=True,
    )


def _look_at(resources: Resources, node: int) -> Known | None:
    """Unless a function is working with it, or it has been emptied now and then."""
    heap, earlier = resources.heap, resources.heap.earlier
    objects, added = count_known(heap.graph, node), 0
    if objects <= FEW_OBJECTS:
        return None
    (before,) = heap.find_earlier(np.array([node])).tolist()
    if earlier is not None and before >= 0:
        added = objects - count_known(earlier, before)
    added = added if added > FEW_OBJECTS else 0
    place = place_of(heap.routes, node)
    in_use = any(is_frame(heap.graph, each) for each in place.trail.nodes)
    return (
        None if in_use or not (added or objects > MANY_OBJECTS) else Known(node, place.path, objects, added)
    )


def _tell_known(resources: Resources, path: str, sessions: list[Known]) -> Finding:
    objects, added = sum(each.objects for each in sessions), sum(each.added for each in sessions)
    nodes = np.array([each.node for each in sessions], np.int64)
    bytes = weigh(resources, nodes)
    who = (
        f"A {KIND.one} in {path} knows"
        if len(sessions) == 1
        else f"{len(sessions):,} {KIND.many} in {path} know"
    )
    return RULE.found(
        resources,
        f"{who} {objects:,} objects" + (f", {added:,} of them new" if added else ""),
        bytes=bytes,
        saves=bytes,
        change=KIND.change,
        code=KIND.code,
        check=KIND.check,
        confidence=Confidence.HIGH if added else Confidence.LOW,
        reason="A session that is in the first snapshot, too, outlives its requests."
        if added
        else "No function is working with it, but a second snapshot would show whether it stays.",
        holder=path,
        type=resources.graph.type_name(sessions[0].node),
        count=objects,
        headline=True if added else None,
    )


def count_known(graph: HeapGraph, session: int) -> int:
    """The objects in a session's identity map, and those that wait to be written."""
    there = attributes_of(graph, session)
    ways = [there.get(IDENTITY_MAP[0], -1)]
    ways = [attributes_of(graph, each).get(IDENTITY_MAP[1], -1) for each in ways if each >= 0]
    ways += [there[name] for name in PENDING if name in there]
    return sum(length_of(graph, each) or 0 for each in ways if each >= 0)
