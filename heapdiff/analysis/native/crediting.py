"""Native growth gets an address: new objects that can own it, whose number goes with it step by step, and who keeps them.

    step          1        2                        rate, in both steps: 4 MB for each new ImagingCore
    native    +32 MB   +64 MB
    ImagingCore   +8      +16
    re.Match      +9       +9                       cannot own any; does not go with it either

One step tells little, so what is found there is never more than likely. Judges no holder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.growth.findings import Later
from heapdiff.analysis.naming.amounts import format_bytes
from heapdiff.analysis.native.beyond import Beyond, Kind, Part
from heapdiff.analysis.native.owners import OwnerType, OwnerTypes
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.trends.idle import find_idle_steps, join_idle_steps
from heapdiff.analysis.trends.measuring import PLAIN
from heapdiff.answers import Confidence
from heapdiff.model import Summary

FEWEST: Final = 3  # new objects
APART: Final = 0.3  # of the growth, by which it may differ from the number of objects, in all steps together
CLOSE: Final = 0.1  # the same where nothing else explains it
LEAST_EACH: Final = 64  # bytes: less is what allocators add
MOST_CREDITS: Final = 3
SAMPLE: Final = 64
MOST_STEPS: Final = 32  # from an object up to what a person calls it
NEARLY_ALL: Final = 0.9
UNTELLING: Final = PLAIN | {"cell", "function", "method", "frame", "coroutine", "generator"}


@dataclass(frozen=True, slots=True)
class Credit:
    """Native memory that goes with new objects of one type. `groups`: how many each group of growth keeps of them.

    `owner` is the type that can own it; `shown` are the objects that a person would look for, one for each.
    """

    owner: str
    shown: str
    count: int
    bytes: int
    confidence: Confidence
    groups: Mapping[int, int]
    memory: str

    @property
    def each(self) -> int:
        return round(self.bytes / self.count)

    def describe(self, count: int) -> str:
        """`64.0 MB, 4.0 MB for each of 16 new PIL.Image.Image`"""
        if count == 1:
            return f"{format_bytes(self.each)}, for 1 new {self.shown}"
        return f"{format_bytes(self.each * count)}, {format_bytes(self.each)} for each of {count:,} new {self.shown}"


@dataclass(frozen=True, slots=True)
class _Candidate:
    type: OwnerType
    counts: tuple[int, ...]  # new ones in each step
    part: Part
    apart: float

    @property
    def total(self) -> int:
        return sum(self.counts)

    @property
    def memory(self) -> str:
        if self.type.stack:
            return "stacks"
        return "mapped" if self.part.kind is Kind.FILES else "allocated"


def find_credits(
    beyond: Beyond | None, summaries: Sequence[Summary], requests: Sequence[int], last: Later
) -> tuple[Credit, ...]:
    """What the growth goes with, best first. Costs a little per type that grew, and O(new objects) for those found."""
    if beyond is None or not any(part.told for part in (beyond.whole, *beyond.parts)):
        return ()
    counts = _count_types(summaries, requests)
    graph, ownership = last.routes.graph, last.routes.ownership
    types = OwnerTypes(graph, ownership).find(counts)
    matched = [_match(beyond, types[name], counts[name]) for name in types]
    likely = sorted((each for each in matched if each is not None), key=_order)
    credits = [_credit(each, last) for each in likely]
    kept = [at for at, credit in enumerate(credits) if _is_outermost(credit, credits)][:MOST_CREDITS]
    rivals = [(likely[at], credits[at]) for at in kept]
    return tuple(replace(credits[at], confidence=_how_sure(likely[at], credits[at], rivals)) for at in kept)


def _is_outermost(credit: Credit, credits: Sequence[Credit]) -> bool:
    """Whether somebody keeps the objects, and not fewer of another type in the same places: a document has many elements."""
    places = credit.groups.keys()
    fewer = (other.groups.keys() == places and other.count < credit.count for other in credits)
    return bool(places) and not any(fewer)


def _order(candidate: _Candidate) -> tuple[bool, bool, int, str]:
    return candidate.apart > CLOSE, not candidate.type.known, -candidate.total, candidate.type.name


def _count_types(summaries: Sequence[Summary], requests: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """Types of which there are more than before: how many more in each step that served requests."""
    counts = [{entry.type: entry.count for entry in summary.types} for summary in summaries]
    grown = [name for name, count in counts[-1].items() if count - counts[0].get(name, 0) >= FEWEST]
    idle = find_idle_steps(requests)
    return {
        name: join_idle_steps(np.diff([each.get(name, 0) for each in counts]).tolist(), idle)
        for name in grown
    }


def _match(beyond: Beyond, owner: OwnerType, counts: tuple[int, ...]) -> _Candidate | None:
    """How well their number goes with a part of the growth, if it does."""
    kinds = (Kind.FILES, Kind.NATIVE) if owner.mapped else (Kind.NATIVE,)
    parts = [part for kind in kinds if (part := beyond.part(kind)) is not None]
    for part in (*parts, beyond.whole):
        if (
            not part.told
            or part.kind is Kind.FREE
            or (owner.stack and part.allocated)
            or part.total < LEAST_EACH * sum(counts)
            or len(part.steps) != len(counts)
        ):
            continue
        each = part.total / sum(counts)
        apart = sum(abs(grown - each * new) for grown, new in zip(part.steps, counts, strict=True))
        if apart <= APART * sum(map(abs, part.steps)):
            return _Candidate(owner, counts, part, apart / part.total)
    return None


def _credit(candidate: _Candidate, last: Later) -> Credit:
    nodes = _new_ones(last, candidate.type.name)
    groups = Counter(last.growth.group_of[np.searchsorted(last.growth.fresh, nodes)].tolist())
    kept = {
        number: held
        for number in sorted(groups)
        if (held := last.growth.groups[number].held.get(candidate.type.name, (0, 0))[0]) > 0
    }
    return Credit(
        owner=candidate.type.name,
        shown=_find_shown(last, nodes),
        count=candidate.total,
        bytes=candidate.part.total,
        confidence=Confidence.LOW,
        groups=kept,
        memory=candidate.memory,
    )


def _how_sure(
    candidate: _Candidate, credit: Credit, rivals: Sequence[tuple[_Candidate, Credit]]
) -> Confidence:
    """High: in every step as many as the growth says, with no other that could as well.

    A type that is known to own memory has no rival in one of which that isn't known, or that fits less well.
    """
    if not candidate.part.goes_on:
        return Confidence.LOW
    apart = [other for other, its in rivals if not its.groups.keys() & credit.groups.keys()]
    several = len(candidate.counts) > 1 and min(candidate.counts) > 0
    sure = several and candidate.apart <= CLOSE and candidate.part.sure
    if candidate.type.known:
        apart = [other for other in apart if other.type.known and other.apart <= CLOSE]
    return Confidence.HIGH if sure and not apart else Confidence.MEDIUM


def _new_ones(last: Later, name: str) -> NDArray[np.int64]:
    graph, fresh = last.routes.graph, last.growth.fresh
    numbers = [number for number, kind in enumerate(graph.types) if kind.name == name]
    found: NDArray[np.int64] = fresh[np.isin(graph.type_ids[fresh], numbers)]
    return found


def _find_shown(last: Later, nodes: NDArray[np.int64]) -> str:
    """The type of the highest new object above each that is no plain container, if each has one of its own."""
    sample = nodes[:: max(1, len(nodes) // SAMPLE)][:SAMPLE]
    tops = [_climb(last.routes, last, int(node)) for node in sample.tolist()]
    if not tops or len(set(tops)) < NEARLY_ALL * len(sample):
        tops = sample.tolist()
    names = Counter(last.routes.graph.type_name(node) for node in tops)
    return min(names, key=lambda name: (-names[name], name), default="")


def _climb(routes: Routes, last: Later, node: int) -> int:
    top, group = node, last.growth.group_at(node)
    for _ in range(MOST_STEPS):
        node = int(routes.parent[node])
        if node < 0 or last.growth.group_at(node) != group:
            break
        if routes.graph.type_name(node) not in UNTELLING:
            top = node
    return top
