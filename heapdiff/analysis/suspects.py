"""From groups of growth to suspects: located, merged where they are one thing, judged, explained, in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from heapdiff.analysis.accumulators import Group
from heapdiff.analysis.findings import Finding, Later, gather_findings
from heapdiff.analysis.fingerprint import compute_fingerprint
from heapdiff.analysis.holders import Place
from heapdiff.analysis.idioms import WEAK_REFERENCES
from heapdiff.analysis.knowledge import Pattern, advise, recall
from heapdiff.analysis.ranking import ORDER, Judgement, judge, worth_listing
from heapdiff.analysis.routes import Routes
from heapdiff.analysis.trends import compute_lengths, compute_own_lengths, compute_trend
from heapdiff.analysis.typegrowth import is_ours
from heapdiff.format import EdgeKind
from heapdiff.model import Confidence, Held, Holder, Suspect

__all__ = ["find_suspects"]

MOST_SUSPECTS: Final = 50
SAMPLE: Final = 64
OFTEN: Final = 0.25  # of the entries: of a dict's, a key and its value are two
PLAIN: Final = frozenset(
    (
        "str",
        "bytes",
        "int",
        "float",
        "bool",
        "tuple",
        "list",
        "dict",
        "set",
        "frozenset",
        "weakref.ReferenceType",
    )
)
WEAKLY: Final = "It holds them weakly: what keeps them is another holder."


def find_suspects(first: Routes, steps: Sequence[Later], requests: Sequence[int]) -> tuple[Suspect, ...]:
    """Suspects of the last snapshot against the first, most certain and largest first.

    `requests` are those served in each step, or empty. Costs what `divide_growth` did, and a little per
    suspect.
    """
    last = steps[-1]
    suspects = [_build(finding, first, steps, tuple(requests)) for finding in gather_findings(last)]
    chosen = [suspect for suspect in suspects if suspect is not None]
    chosen.sort(key=lambda suspect: (ORDER[suspect.confidence], -suspect.bytes_delta, suspect.holder.path))
    return tuple(replace(suspect, rank=rank) for rank, suspect in enumerate(chosen[:MOST_SUSPECTS], 1))


def _build(
    finding: Finding, first: Routes, steps: Sequence[Later], requests: tuple[int, ...]
) -> Suspect | None:
    last = steps[-1]
    groups = [last.growth.groups[number] for number in finding.groups]
    held = _sum_held(groups, _entry_types(last, finding))
    lengths = compute_lengths(finding, first, steps)
    objects, weight = sum(group.objects for group in groups), sum(group.bytes for group in groups)
    place = finding.place
    holder_type = _holder_type(last.routes, place)
    patterns = recall(
        place.path,
        holder_type,
        place.named.kind,
        [entry.type for entry in held],
        [step.type for step in place.named.chain],
    )
    trend = compute_trend(finding, steps, lengths, requests, held, patterns)
    if not worth_listing(trend):
        return None
    judgement = judge(trend)
    if _holds_weakly(last, finding, held):
        judgement = Judgement(Confidence.LOW, WEAKLY)
    served = sum(requests)
    own = compute_own_lengths(finding, first, steps)
    return Suspect(
        rank=0,
        holder=Holder(
            _shown_path(finding),
            holder_type,
            place.named.kind,
            f"{int(last.routes.graph.addresses[place.node]):#x}",
            own[0],
            own[-1],
        ),
        holds=held,
        objects_delta=objects,
        bytes_delta=weight,
        bytes_per_request=round(weight / served, 1) if served else None,
        chain=place.named.chain,
        fingerprint=compute_fingerprint(place.masked, held[0].type if held else ""),
        confidence=judgement.confidence,
        reason=_reason(judgement, finding, lengths, patterns),
        advice=advise(patterns, holder_type),
    )


def _holds_weakly(step: Later, finding: Finding, held: tuple[Held, ...]) -> bool:
    """Whether it keeps weak references to objects that live: what keeps those is another holder."""
    types = {entry.type for entry in held}
    if not types & WEAK_REFERENCES or not types <= WEAK_REFERENCES | {"int", "str", "tuple"}:
        return False
    graph = step.routes.graph
    members = np.concatenate([step.growth.members(number)[:SAMPLE] for number in finding.groups])
    weak = [node for node in members.tolist() if graph.type_name(node) in WEAK_REFERENCES]
    alive = [any(edge.kind is EdgeKind.WEAK for edge in graph.edges(node)) for node in weak]
    return 2 * sum(alive) > len(alive)


def _holder_type(routes: Routes, place: Place) -> str:
    return routes.graph.type_name(place.node)


def _shown_path(finding: Finding) -> str:
    """The path; indexes on which merged holders differ are masked."""
    same = finding.holders <= len(finding.places) and all(
        other.path == finding.place.path for other in finding.places
    )
    return finding.place.path if same else finding.place.path_with_masks()


def _entry_types(step: Later, finding: Finding) -> frozenset[str]:
    """The types of most of the new entries themselves, but for plain values and containers."""
    graph = step.routes.graph
    own = finding.groups[: len(finding.groups) - finding.following]
    entries = np.concatenate([step.growth.entries(number) for number in own])
    types, counts = np.unique(graph.type_ids[entries], return_counts=True)
    often = types[counts >= OFTEN * len(entries)]
    return frozenset(graph.types[number].name for number in often.tolist()) - PLAIN


def _sum_held(groups: Sequence[Group], first: frozenset[str]) -> tuple[Held, ...]:
    """What they newly hold; types in `first` come first."""
    sums: dict[str, tuple[int, int]] = {}
    for group in groups:
        for name, (count, size) in group.held.items():
            before = sums.get(name, (0, 0))
            sums[name] = (before[0] + count, before[1] + size)
    held = [
        Held(name, count, size) for name, (count, size) in sums.items() if count > 0 and not is_ours(name)
    ]
    return tuple(
        sorted(
            held,
            key=lambda entry: (entry.type not in first, -_importance(entry), -entry.count_delta, entry.type),
        )
    )


def _importance(entry: Held) -> int:
    """Bytes, but what a class of the application or a library holds tells more than the strings in it."""
    return entry.bytes_delta * (8 if "." in entry.type else 1)


def _together(holders: int, before: int | None, after: int | None) -> str:
    text = f"{holders:,} holders like this one are taken together"
    if before is None or after is None:
        return f"{text}."
    return f"{text}: they had {before:,} entries in all and have {after:,}."


def _reason(
    judgement: Judgement, finding: Finding, lengths: Sequence[int | None], patterns: Sequence[Pattern]
) -> str:
    parts = [judgement.reason]
    if finding.holders > 1 and not finding.place.structure:
        parts.append(_together(finding.holders, lengths[0], lengths[-1]))
    if finding.others:
        names = ", ".join(other.path for other in finding.others[:3])
        parts.append(f"The same objects are also kept by {names}: cutting one of them alone frees nothing.")
    others = {other.path for other in finding.others}
    if followers := [path for path in finding.followers if path not in others]:
        names = ", ".join(followers[:3])
        parts.append(f"With it grow {names}, whose new entries refer to its own.")
    if patterns:
        parts.append(patterns[0].meaning)
    return " ".join(parts)
