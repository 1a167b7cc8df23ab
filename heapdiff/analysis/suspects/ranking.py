"""From groups of growth to suspects: located, merged where they are one thing, judged, explained, in order."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from heapdiff.analysis.growth.findings import Finding, Later
from heapdiff.analysis.native.crediting import Credit
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.suspects.advice import advise
from heapdiff.analysis.suspects.fingerprint import compute_fingerprint
from heapdiff.analysis.suspects.merging import Line, gather_lines
from heapdiff.analysis.suspects.native_share import Share, judge_with, share_of
from heapdiff.analysis.trends.history import Course, History
from heapdiff.analysis.trends.judgement import ORDER, Judgement, worth_listing
from heapdiff.answers import Confidence, Holder, Suspect

MOST_SUSPECTS: Final = 50


def find_suspects(
    first: Routes, steps: Sequence[Later], requests: Sequence[int], credits: Sequence[Credit] = ()
) -> tuple[Suspect, ...]:
    """Suspects of the last snapshot against the first, most certain and largest first.

    `requests` are those served in each step, or empty; who keeps what native growth is credited to is one, however
    little else it has. Costs what `divide_growth` did, and a little per suspect.
    """
    history = History(first, steps, tuple(requests))
    suspects = [_build(history, line, share_of(credits, line.finding)) for line in gather_lines(history)]
    chosen = [suspect for suspect in suspects if suspect is not None]
    chosen.sort(key=_order)
    return tuple(replace(suspect, rank=rank) for rank, suspect in enumerate(chosen[:MOST_SUSPECTS], 1))


def _order(suspect: Suspect) -> tuple[int, bool, bool, int, str]:
    """Of those that are as sure, first what nothing ends, the application's own before a library's; then the largest."""
    undecided = suspect.confidence is Confidence.LOW and suspect.end is None
    sure = ORDER[suspect.confidence]
    return sure, not undecided, undecided and not suspect.own, -_weigh(suspect), suspect.holder.path


def _weigh(suspect: Suspect) -> int:
    return suspect.bytes_delta + (suspect.native_bytes_delta or 0)


def _build(history: History, line: Line, share: Share | None) -> Suspect | None:
    course, finding, place = history.follow(line.finding), line.finding, line.place
    found, graph = course.measured, history.last.routes.graph
    if share is None and not worth_listing(found.trend):
        return None
    judgement = judge_with(course, share)
    groups = [history.last.growth.groups[number] for number in finding.groups]
    weight, served = sum(group.bytes for group in groups), sum(history.requests)
    holder_type = graph.type_name(place.node)
    return Suspect(
        rank=0,
        holder=Holder(
            _shown_path(finding),
            holder_type,
            place.kind,
            f"{int(graph.addresses[place.node]):#x}",
            found.lengths.own[0],
            found.lengths.own[-1],
        ),
        holds=found.held,
        objects_delta=sum(group.objects for group in groups),
        bytes_delta=weight,
        bytes_per_request=round(weight / served, 1) if served else None,
        chain=place.chain,
        fingerprint=compute_fingerprint(place.masked, found.held[0].type if found.held else ""),
        confidence=judgement.confidence,
        reason=_reason(course, judgement, line),
        advice=advise(found.patterns, holder_type),
        native_bytes_delta=None if share is None else share.native.bytes,
        native=None if share is None else share.native,
        end=judgement.end or None,
        own=found.own,
        holders=1 if place.structure else finding.holders,
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


def _reason(course: Course, judgement: Judgement, line: Line) -> str:
    parts, lengths = [judgement.reason], course.measured.lengths.together
    if line.finding.holders > 1 and not line.place.structure:
        parts.append(_together(line.finding.holders, lengths[0], lengths[-1]))
    if line.others:
        names = ", ".join(other.path for other in line.others[:3])
        parts.append(f"The same objects are also kept by {names}: cutting one of them alone frees nothing.")
    others = {other.path for other in line.others}
    if followers := [path for path in line.followers if path not in others]:
        names = ", ".join(followers[:3])
        parts.append(f"With it grow {names}, whose new entries refer to its own.")
    if course.measured.patterns:
        parts.append(course.measured.patterns[0].meaning)
    return " ".join(parts)
