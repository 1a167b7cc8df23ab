"""From groups of growth to suspects:

located, merged where they are one thing, judged, explained, in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from heapdiff.analysis.accumulators import Group, Growth
from heapdiff.analysis.coholders import find_other_holders
from heapdiff.analysis.fingerprint import compute_fingerprint
from heapdiff.analysis.holders import Place, as_structure, length_of, locate
from heapdiff.analysis.knowledge import Pattern, recall
from heapdiff.analysis.lookup import resolve_holder
from heapdiff.analysis.packages import OURS
from heapdiff.analysis.ranking import Judgement, Trend, judge, worth_listing
from heapdiff.analysis.routes import Routes
from heapdiff.analysis.typegrowth import is_ours
from heapdiff.errors import UsageError
from heapdiff.graph.heap import HeapGraph
from heapdiff.model import Confidence, Held, Holder, HolderKind, Suspect

__all__ = ["Finding", "Later", "find_suspects"]

MOST_GROUPS: Final = 2000
MOST_SUSPECTS: Final = 50
BRANCHES: Final = 3  # places that grow inside one structure
CODE_TYPES: Final = frozenset(("function", "code", "type", "module", "cell", "property"))
BOUNDED_CACHE_LINK: Final = "functools._lru_list_elem"
BOUNDED_CACHE_SIZE: Final = 1024
ORDER: Final = {Confidence.HIGH: 0, Confidence.MEDIUM: 1, Confidence.LOW: 2}


@dataclass(frozen=True)
class Later:
    """One later snapshot against the first: its graph, and what grew since the first."""

    routes: Routes
    growth: Growth


@dataclass
class Finding:
    """A holder with all groups that belong to it."""

    place: Place
    groups: list[int] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    others: tuple[Place, ...] = ()

    def bytes(self, growth: Growth) -> int:
        return sum(growth.groups[number].bytes for number in self.groups)


def find_suspects(first: Routes, steps: Sequence[Later], requests: Sequence[int]) -> tuple[Suspect, ...]:
    """Suspects of the last snapshot against the first, most certain and largest first.

    `requests` are those served in each step, or empty. Costs what `divide_growth` did, and a little per
    suspect.
    """
    last = steps[-1]
    findings = _merge_holders(last, _collect(last))
    suspects = [_build(finding, first, steps, tuple(requests)) for finding in findings]
    chosen = [suspect for suspect in suspects if suspect is not None]
    chosen.sort(key=lambda suspect: (ORDER[suspect.confidence], -suspect.bytes_delta, suspect.holder.path))
    return tuple(replace(suspect, rank=rank) for rank, suspect in enumerate(chosen[:MOST_SUSPECTS], 1))


def _collect(step: Later) -> list[Finding]:
    """Groups that grew, located, one finding per address-free path."""
    growth = step.growth
    grown = [number for number, group in enumerate(growth.groups) if group.bytes > 0]
    grown.sort(key=lambda number: (-growth.groups[number].bytes, growth.groups[number].keeper))
    findings: dict[tuple[str, ...], Finding] = {}
    for number in grown[:MOST_GROUPS]:
        place = locate(step.routes, growth, number)
        if place is None or place.path.partition(".")[0] == OURS:
            continue
        finding = findings.setdefault(place.masked, Finding(place))
        finding.groups.append(number)
        finding.places.append(place)
    return _gather_structures(step, list(findings.values()))


def _gather_structures(step: Later, findings: list[Finding]) -> list[Finding]:
    """Growth anywhere inside a linked structure belongs to the variable that keeps it."""
    for finding in findings:
        if len({place.node for place in finding.places}) >= BRANCHES:
            finding.place = as_structure(step.routes, finding.place)
    heads = {finding.place.node: finding for finding in findings if finding.place.structure}
    rest = []
    for finding in findings:
        inside = [heads[node] for node in finding.place.trail.nodes if node in heads]
        if inside and inside[0] is not finding:
            inside[0].groups.extend(finding.groups)
            inside[0].places.extend(finding.places)
        else:
            rest.append(finding)
    return rest


def _merge_holders(step: Later, findings: list[Finding]) -> list[Finding]:
    """Join findings that keep the same objects: a dict and an index of it are one thing with two holders."""
    growth = step.growth
    findings.sort(key=lambda finding: (-finding.bytes(growth), finding.place.path))
    of_group = {number: finding for finding in findings for number in finding.groups}
    gone: set[int] = set()
    for finding in findings:
        if id(finding) in gone or not _could_matter(finding, growth):
            continue
        others = find_other_holders(step.routes, growth, finding.groups)
        finding.others = tuple(other.place for other in others if other.place.node != finding.place.node)
        for other in others:
            twin = next((of_group[number] for number in other.groups if number in of_group), None)
            if twin is None or twin is finding or id(twin) in gone:
                continue
            if _entries(twin, growth) <= 2 * _entries(finding, growth):
                finding.groups.extend(twin.groups)
                gone.add(id(twin))
    return [finding for finding in findings if id(finding) not in gone]


def _entries(finding: Finding, growth: Growth) -> int:
    return sum(len(growth.entries(number)) for number in finding.groups)


def _could_matter(finding: Finding, growth: Growth) -> bool:
    objects = sum(growth.groups[number].objects for number in finding.groups)
    return worth_listing(Trend((objects,), (finding.bytes(growth),)))


def _build(
    finding: Finding, first: Routes, steps: Sequence[Later], requests: tuple[int, ...]
) -> Suspect | None:
    last = steps[-1]
    groups = [last.growth.groups[number] for number in finding.groups]
    held = _sum_held(groups)
    lengths = _lengths(finding, first, steps)
    objects, weight = sum(group.objects for group in groups), sum(group.bytes for group in groups)
    place = finding.place
    holder_type = _holder_type(last.routes, place)
    patterns = recall(place.path, holder_type, place.named.kind, [entry.type for entry in held])
    trend = _trend(groups, steps, lengths, requests, held, patterns)
    if not worth_listing(trend):
        return None
    judgement = judge(trend)
    served = sum(requests)
    return Suspect(
        rank=0,
        holder=Holder(
            _shown_path(finding),
            holder_type,
            place.named.kind,
            f"{int(last.routes.graph.addresses[place.node]):#x}",
            lengths[0],
            lengths[-1],
        ),
        holds=held,
        objects_delta=objects,
        bytes_delta=weight,
        bytes_per_request=round(weight / served, 1) if served else None,
        chain=place.named.chain,
        fingerprint=compute_fingerprint(place.masked, held[0].type if held else ""),
        confidence=judgement.confidence,
        reason=_reason(judgement, finding, patterns),
        advice=tuple(dict.fromkeys(pattern.advice for pattern in patterns[:2])),
    )


def _holder_type(routes: Routes, place: Place) -> str:
    return routes.graph.type_name(place.node)


def _shown_path(finding: Finding) -> str:
    """The path; indexes on which merged holders differ are masked."""
    same = all(other.path == finding.place.path for other in finding.places)
    return finding.place.path if same else finding.place.path_with_masks()


def _sum_held(groups: Sequence[Group]) -> tuple[Held, ...]:
    sums: dict[str, tuple[int, int]] = {}
    for group in groups:
        for name, (count, size) in group.held.items():
            before = sums.get(name, (0, 0))
            sums[name] = (before[0] + count, before[1] + size)
    held = [
        Held(name, count, size) for name, (count, size) in sums.items() if count > 0 and not is_ours(name)
    ]
    return tuple(sorted(held, key=lambda entry: (-_importance(entry), -entry.count_delta, entry.type)))


def _importance(entry: Held) -> int:
    """Bytes, but what a class of the application or a library holds tells more than the strings in it."""
    return entry.bytes_delta * (8 if "." in entry.type else 1)


def _lengths(finding: Finding, first: Routes, steps: Sequence[Later]) -> list[int | None]:
    """The holder's length in each snapshot; merged holders' lengths are added."""
    if finding.place.structure:
        return [None] * (len(steps) + 1)
    graph = steps[-1].routes.graph
    places = {place.node: place for place in (*finding.places, finding.place)}
    lengths: list[int | None] = []
    for routes in (first, *(step.routes for step in steps)):
        found = [_length_in(routes, graph, places[node]) for node in sorted(places)]
        known = [length for length in found if length is not None]
        lengths.append(sum(known) if known else None)
    return lengths


def _length_in(routes: Routes, graph: HeapGraph, place: Place) -> int | None:
    """The holder's length in another snapshot: the same object, or what stood at its path then."""
    node = int(routes.graph.index_of(int(graph.addresses[place.node])))
    type_name = graph.type_name(place.node)
    if node >= 0 and routes.graph.type_name(node) == type_name and routes.reached[node]:
        return length_of(routes.graph, node)
    if "…" in place.path or place.named.kind is HolderKind.NATIVE:
        return None
    try:
        (then,) = resolve_holder(routes, place.path)
    except (UsageError, ValueError):
        return None
    return length_of(routes.graph, then) if routes.graph.type_name(then) == type_name else None


def _trend(
    groups: Sequence[Group],
    steps: Sequence[Later],
    lengths: Sequence[int | None],
    requests: tuple[int, ...],
    held: tuple[Held, ...],
    patterns: tuple[Pattern, ...],
) -> Trend:
    """Growth from snapshot to snapshot, in entries if the holder's length is known all along, else in
    objects.
    """
    totals, objects = [0], [0]
    graph = steps[-1].routes.graph
    for step in steps:
        found = [_same_group(step, graph, group) for group in groups]
        totals.append(sum(group.bytes for group in found if group is not None))
        objects.append(sum(group.objects for group in found if group is not None))
    known = [length for length in lengths if length is not None]
    by_length = len(known) == len(lengths) and known[-1] > known[0]
    units = known if by_length else objects
    code = sum(entry.count_delta for entry in held if entry.type in CODE_TYPES)
    modules = sum(entry.count_delta for entry in held if entry.type == "module")
    return Trend(
        units=_differences(units),
        bytes=_differences(totals),
        requests=requests,
        unit="entry" if by_length else "object",
        bounded=any(pattern.bounded for pattern in patterns) or _is_bounded(held, known),
        imports=modules > 0 and code * 5 >= sum(entry.count_delta for entry in held),
    )


def _is_bounded(held: tuple[Held, ...], lengths: Sequence[int]) -> bool:
    links = any(entry.type == BOUNDED_CACHE_LINK for entry in held)
    return links and (not lengths or lengths[-1] <= BOUNDED_CACHE_SIZE)


def _differences(values: Sequence[int]) -> tuple[int, ...]:
    return tuple(int(change) for change in np.diff(np.array(values, np.int64)))


def _same_group(step: Later, graph: HeapGraph, group: Group) -> Group | None:
    """The group in another step: the same keeper and slot."""
    if step.routes.graph is graph:
        return group
    keeper = step.routes.graph.index_of(int(graph.addresses[group.keeper])) if group.keeper >= 0 else -1
    number = step.growth.index.get((keeper, group.slot))
    return None if number is None else step.growth.groups[number]


def _reason(judgement: Judgement, finding: Finding, patterns: Sequence[Pattern]) -> str:
    parts = [judgement.reason]
    if len({place.node for place in finding.places}) > 1 and not finding.place.structure:
        parts.append(
            f"{len({place.node for place in finding.places}):,} holders like this one are taken together."
        )
    if finding.others:
        names = ", ".join(other.path for other in finding.others[:3])
        parts.append(f"The same objects are also kept by {names}: cutting one of them alone frees nothing.")
    if patterns:
        parts.append(patterns[0].meaning)
    return " ".join(parts)
