"""The answer in one word and up to three sentences, from everything that a comparison found."""

from collections.abc import Sequence
from typing import Final

from heapdiff.analysis.naming.amounts import count, format_bytes
from heapdiff.analysis.native.memory import RSS
from heapdiff.analysis.verdict.beyond_objects import (
    describe_native_behind,
    judge_beyond_objects,
    judge_larger_native,
    judge_undecided_beyond,
    judge_undecided_larger,
)
from heapdiff.analysis.verdict.evidence import Evidence
from heapdiff.analysis.verdict.garbage import judge_garbage
from heapdiff.analysis.witnesses.telling import name_agreed
from heapdiff.answers import Confidence, Suspect, Verdict, VerdictKind

LACKS_ROOM: Final = "no graph: "  # how the agent's note begins
SPREAD_BYTES: Final = 2 << 20
SPREAD_SHARE: Final = 0.05  # of the heap


def decide(evidence: Evidence) -> Verdict:
    """The first rule that applies; `_RULES` is their order."""
    return next(verdict for rule in _RULES if (verdict := rule(evidence)) is not None)


def _different(evidence: Evidence) -> Verdict | None:
    if evidence.same_process:
        return None
    return Verdict(
        VerdictKind.INCONCLUSIVE,
        "The snapshots come from different processes, so objects can't be followed from one to the other. "
        "Only the types are compared.",
    )


def _without_graphs(evidence: Evidence) -> Verdict | None:
    """Types and memory alone can't give an all-clear."""
    grown = [row for row in evidence.types if row.bytes_delta > 0]
    process = next(row.delta for row in evidence.memory if row.name == RSS)
    if evidence.graphs > 1 or not (grown or process > 0):
        return None
    missing = evidence.snapshots - evidence.graphs
    sentences = [
        f"{missing:,} of {evidence.snapshots:,} snapshots {'has' if missing == 1 else 'have'} no graph, so heapdiff "
        f"can't tell who keeps what grew: {_get_graphs(evidence)}."
    ]
    if grown:
        objects = evidence.after.capture.bytes - evidence.before.capture.bytes
        sentences.append(f"Python objects grew by {format_bytes(objects)}, most of all {grown[0].type}.")
    if process > 0:
        sentences.append(f"The process grew by {format_bytes(process)}.")
    return Verdict(VerdictKind.INCONCLUSIVE, " ".join(sentences))


def _get_graphs(evidence: Evidence) -> str:
    """What it takes: what the process said when it left one out, else how to have them here."""
    for summary in (evidence.after, evidence.before):
        if reason := next((note for note in summary.notes if note.startswith(LACKS_ROOM)), ""):
            return reason.removeprefix(LACKS_ROOM)
    return "copy the .heap files along with the .json files, or take snapshots without --no-graph"


def _leak(evidence: Evidence) -> Verdict | None:
    sure = [suspect for suspect in evidence.suspects if suspect.confidence is Confidence.HIGH]
    if not sure:
        return None
    sentences = [_describe(sure), describe_native_behind(evidence, sure)]
    if evidence.steps < 2:
        sentences.append(f"{evidence.more} to rule out a cache that is still filling.")
    return Verdict(VerdictKind.LEAK, " ".join(filter(None, sentences)))


def _growth(evidence: Evidence) -> Verdict | None:
    likely = [suspect for suspect in evidence.suspects if suspect.confidence is Confidence.MEDIUM]
    if not likely:
        return None
    settle = f"{evidence.more} to rule out a cache that is still filling, or a warm-up."
    return Verdict(
        VerdictKind.GROWTH, f"{_describe(likely)} {settle}" if evidence.steps < 2 else _describe(likely)
    )


def _undecided(evidence: Evidence) -> Verdict | None:
    """Growth that nothing is known to end is no all-clear, even where there's too little to judge by."""
    undecided = [suspect for suspect in evidence.suspects if suspect.end is None]
    if not undecided:
        return None
    first, more = undecided[0], len(undecided) - 1
    others = f" or that of {count(more, 'other holder')}" if more else ""
    ends = f"{_describe([first])} Nothing is known to end its growth{others}, but there's too little to judge by."
    tells = (
        ": a leak will have grown by as much again, a cache or a warm-up by less."
        if evidence.steps < 2
        else "."
    )
    return Verdict(VerdictKind.INCONCLUSIVE, f"{ends} {evidence.more}{tells}")


def _spread(evidence: Evidence) -> Verdict | None:
    grown = evidence.after.capture.bytes - evidence.before.capture.bytes - max(0, evidence.unreachable.growth)
    if grown < max(SPREAD_BYTES, SPREAD_SHARE * evidence.before.capture.bytes):
        return None
    top = f" Most of it is {evidence.types[0].type}." if evidence.types else ""
    return Verdict(
        VerdictKind.INCONCLUSIVE,
        f"Python objects grew by {format_bytes(grown)}, but no single holder looks like a leak.{top}",
    )


def _stable(evidence: Evidence) -> Verdict:
    """Nothing that goes on; but it says what did grow, for the tables below show it."""
    if evidence.suspects:
        largest = max(evidence.suspects, key=lambda suspect: suspect.bytes_delta)
        rest = count(len(evidence.suspects) - 1, "other holder")
        others = f", as does that of {rest}" if len(evidence.suspects) > 1 else ""
        return Verdict(
            VerdictKind.STABLE,
            f"Nothing that grew looks like a leak. {_describe([largest])} That growth stops by itself{others}.",
        )
    objects = evidence.after.capture.bytes - evidence.before.capture.bytes
    process = next(row.delta for row in evidence.memory if row.name == RSS)
    if objects <= 0 and process <= 0 and not any(row.bytes_delta > 0 for row in evidence.types):
        return Verdict(VerdictKind.STABLE, "Nothing grew.")
    return Verdict(
        VerdictKind.STABLE,
        f"No holder grew by more than the usual noise: Python objects changed by {_signed(objects)}, "
        f"the process by {_signed(process)}.",
    )


def _signed(amount: int) -> str:
    return f"{'+' if amount > 0 else ''}{format_bytes(amount)}"


_RULES = (
    _different,
    _without_graphs,
    judge_larger_native,
    _leak,
    _growth,
    judge_garbage,
    judge_beyond_objects,
    judge_undecided_larger,
    _undecided,
    _spread,
    judge_undecided_beyond,
    _stable,
)


def _describe(alike: Sequence[Suspect]) -> str:
    """What the first of them keeps, and how many are like it."""
    suspect, more = alike[0], len(alike) - 1
    known = f" ({suspect.holder.known_as})" if suspect.holder.known_as else ""
    text = f"{suspect.holder.path}{known} keeps {_describe_entries(suspect)}: {format_bytes(suspect.bytes_delta)}"
    if suspect.bytes_per_request:
        text += f", {format_bytes(round(suspect.bytes_per_request))} per request"
    if site := name_agreed(suspect.allocated):
        text += f", allocated at {site}"
    if more:
        text += f"; {count(more, 'other holder')} {'is' if more == 1 else 'are'} growing the same way"
    return f"{text}."


def _describe_entries(suspect: Suspect) -> str:
    """How many more entries it has and how heavy they are; what else came where it has no entries."""
    entries, held = suspect.entries, suspect.holds[0] if suspect.holds else None
    if not entries.count_delta:
        return f"{held.count_delta:,} more {held.type}" if held else "more"
    number = "1 more entry" if entries.count_delta == 1 else f"{entries.count_delta:,} more entries"
    kind = f" ({entries.type})" if entries.type else ""
    if entries.count_delta == 1 or not entries.retained_bytes_each:
        return f"{number}{kind}"
    each = f", {format_bytes(entries.retained_bytes_each)} each"
    return f"{number}{kind}{each}"
