"""From groups of growth to suspects: located, merged where they are one thing, judged, explained, in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from heapdiff.analysis.growth.findings import Finding, Later
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.suspects.advice import advise
from heapdiff.analysis.suspects.fingerprint import compute_fingerprint
from heapdiff.analysis.suspects.merging import gather_findings
from heapdiff.analysis.trends.history import Course, History
from heapdiff.analysis.trends.judgement import ORDER, worth_listing
from heapdiff.analysis.trends.lengths import compute_own_lengths
from heapdiff.answers import Holder, Suspect

__all__ = ["find_suspects"]

MOST_SUSPECTS: Final = 50


def find_suspects(first: Routes, steps: Sequence[Later], requests: Sequence[int]) -> tuple[Suspect, ...]:
    """Suspects of the last snapshot against the first, most certain and largest first.

    `requests` are those served in each step, or empty. Costs what `divide_growth` did, and a little per
    suspect.
    """
    history = History(first, steps, tuple(requests))
    suspects = [_build(history, finding) for finding in gather_findings(history)]
    chosen = [suspect for suspect in suspects if suspect is not None]
    chosen.sort(key=lambda suspect: (ORDER[suspect.confidence], -suspect.bytes_delta, suspect.holder.path))
    return tuple(replace(suspect, rank=rank) for rank, suspect in enumerate(chosen[:MOST_SUSPECTS], 1))


def _build(history: History, finding: Finding) -> Suspect | None:
    course, place, graph = history.follow(finding), finding.place, history.last.routes.graph
    if not worth_listing(course.trend):
        return None
    groups = [history.last.growth.groups[number] for number in finding.groups]
    weight, served = sum(group.bytes for group in groups), sum(history.requests)
    holder_type = graph.type_name(place.node)
    own = compute_own_lengths(finding, history.first, history.steps)
    return Suspect(
        rank=0,
        holder=Holder(
            _shown_path(finding),
            holder_type,
            place.kind,
            f"{int(graph.addresses[place.node]):#x}",
            own[0],
            own[-1],
        ),
        holds=course.held,
        objects_delta=sum(group.objects for group in groups),
        bytes_delta=weight,
        bytes_per_request=round(weight / served, 1) if served else None,
        chain=place.chain,
        fingerprint=compute_fingerprint(place.masked, course.held[0].type if course.held else ""),
        confidence=course.judgement.confidence,
        reason=_reason(course, finding),
        advice=advise(course.patterns, holder_type),
    )


def _shown_path(finding: Finding) -> str:
    """The path; indexes on which merged holders differ are masked."""
    same = not finding.alike and all(other.path == finding.place.path for other in finding.places)
    return finding.place.path if same else finding.place.path_with_masks()


def _together(holders: int, before: int | None, after: int | None) -> str:
    text = f"{holders:,} holders like this one are taken together"
    if before is None or after is None:
        return f"{text}."
    return f"{text}: they had {before:,} entries in all and have {after:,}."


def _reason(course: Course, finding: Finding) -> str:
    parts = [course.judgement.reason]
    if finding.holders > 1 and not finding.place.structure:
        parts.append(_together(finding.holders, course.lengths[0], course.lengths[-1]))
    if finding.others:
        names = ", ".join(other.path for other in finding.others[:3])
        parts.append(f"The same objects are also kept by {names}: cutting one of them alone frees nothing.")
    others = {other.path for other in finding.others}
    if followers := [path for path in finding.followers if path not in others]:
        names = ", ".join(followers[:3])
        parts.append(f"With it grow {names}, whose new entries refer to its own.")
    if course.patterns:
        parts.append(course.patterns[0].meaning)
    return " ".join(parts)
