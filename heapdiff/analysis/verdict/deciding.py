"""The answer in one word and up to three sentences, from everything that a comparison found."""

from collections.abc import Sequence
from typing import Final

from heapdiff.analysis.naming.amounts import count, format_bytes
from heapdiff.analysis.verdict.beyond_objects import describe_native_behind, judge_beyond_objects
from heapdiff.analysis.verdict.evidence import Evidence
from heapdiff.analysis.verdict.garbage import judge_garbage
from heapdiff.answers import Confidence, Suspect, Verdict, VerdictKind

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
        "The snapshots come from different processes, so no object can be followed from one to the other. "
        "Only the types are compared.",
    )


def _leak(evidence: Evidence) -> Verdict | None:
    sure = [suspect for suspect in evidence.suspects if suspect.confidence is Confidence.HIGH]
    if not sure:
        return None
    sentences = [_describe(sure), describe_native_behind(evidence, sure)]
    if more := _more_snapshots(evidence):
        sentences.append(f"{more} would tell it from a cache that still fills.")
    return Verdict(VerdictKind.LEAK, " ".join(filter(None, sentences)))


def _more_snapshots(evidence: Evidence) -> str:
    """What to take where one step is all that there is to judge by."""
    if evidence.steps > 1:
        return ""
    return f"{'A third' if evidence.snapshots == 2 else 'One more'} snapshot after more requests"


def _growth(evidence: Evidence) -> Verdict | None:
    likely = [suspect for suspect in evidence.suspects if suspect.confidence is Confidence.MEDIUM]
    if not likely:
        return None
    more = _more_snapshots(evidence)
    settle = f" {more} would tell a leak from a cache that fills or a warm-up." if more else ""
    return Verdict(VerdictKind.GROWTH, _describe(likely) + settle)


def _spread(evidence: Evidence) -> Verdict | None:
    grown = evidence.after.capture.bytes - evidence.before.capture.bytes
    if grown < max(SPREAD_BYTES, SPREAD_SHARE * evidence.before.capture.bytes):
        return None
    top = f" Most of it is {evidence.types[0].type}." if evidence.types else ""
    if evidence.graphs < 2:
        return Verdict(
            VerdictKind.GROWTH,
            f"Python objects grew by {format_bytes(grown)}.{top} Who keeps them only two graphs can tell.",
        )
    return Verdict(
        VerdictKind.INCONCLUSIVE,
        f"Python objects grew by {format_bytes(grown)}, but behind no single holder that looks like a leak.{top}",
    )


def _stable(evidence: Evidence) -> Verdict:
    if not evidence.types and not evidence.suspects:
        return Verdict(VerdictKind.STABLE, "Nothing grew.")
    return Verdict(VerdictKind.STABLE, "Nothing grew that looks like a leak.")


_RULES = (_different, _leak, _growth, judge_garbage, judge_beyond_objects, _spread, _stable)


def _describe(alike: Sequence[Suspect]) -> str:
    """What the first of them keeps, and how many are like it."""
    suspect, more = alike[0], len(alike) - 1
    text = f"{suspect.holder.path} keeps {_describe_entries(suspect)}: {format_bytes(suspect.bytes_delta)}"
    if suspect.bytes_per_request:
        text += f", {format_bytes(round(suspect.bytes_per_request))} per request"
    if more:
        text += f"; {count(more, 'more holder')} {'grows' if more == 1 else 'grow'} like it"
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
