"""Growth of the process beyond its Python objects: native memory, mapped files, or free memory that allocators keep."""

from collections.abc import Mapping, Sequence
from typing import Final

from heapdiff.analysis.naming.amounts import format_bytes
from heapdiff.analysis.native.beyond import Beyond, Kind, Pace, Part
from heapdiff.analysis.verdict.evidence import Evidence
from heapdiff.analysis.witnesses.telling import name_agreed
from heapdiff.answers import Confidence, Suspect, Verdict, VerdictKind

MUCH_MORE: Final = 2
DWARFS: Final = 10  # times what the Python objects of sure suspects weigh
HALF: Final = 0.5  # of the growth
SAMPLED: Final = 0.3  # of the growth, as samples estimate it
NOBODY: Final = "No Python object grows with it: an extension module or a C library is holding it."
LOOK: Final = "memray --native shows who allocates it."
IN_EACH: Final[Mapping[Pace, str]] = {
    Pace.EVEN: ", the same amount in {intervals}",
    Pace.GOES_ON: ", in {intervals}",
    Pace.ONCE: "",
}


def judge_larger_native(evidence: Evidence) -> Verdict | None:
    """Native growth that is more than what the sure holders keep: with the objects that own it, or far more.

    Where their own number tells that they leak, that is the verdict; the native memory still comes first.
    """
    beyond, owners = evidence.beyond, _owners(evidence.suspects)
    if beyond is None:
        return None
    owners = [each for each in owners if each.native is not None and each.native.memory != "stacks"]
    python = sum(each.bytes_delta for each in evidence.suspects if each.confidence is not Confidence.LOW)
    sure = [each for each in evidence.suspects if each.confidence is Confidence.HIGH]
    part = _find_part(evidence, beyond)
    if owners and sum(each.native_bytes_delta or 0 for each in owners) > python:
        if part is None and owners[0] in sure:
            part = max(beyond.parts, key=_size_if_owned, default=beyond.whole)
        if part is not None and part.kind is not Kind.FREE:
            return _judge_owned(evidence, part, owners)
    dwarfs = part is not None and part.kind is Kind.NATIVE and part.sure and part.total > DWARFS * python
    if part is None or not sure or not dwarfs:
        return None
    besides = f"{sure[0].holder.path} also keeps {format_bytes(sure[0].bytes_delta)} more."
    return _judge_unowned(evidence, part, besides)


def _size_if_owned(part: Part) -> int:
    return 0 if part.kind is Kind.FREE else part.total


def judge_beyond_objects(evidence: Evidence) -> Verdict | None:
    """What of the process's growth no Python object explains, and which terms of the memory equation do."""
    part = _find_part(evidence, evidence.beyond)
    if part is None or _stands_behind(evidence, part):
        return None
    owners = _owners(evidence.suspects)
    return _judge_owned(evidence, part, owners) if owners else _judge_unowned(evidence, part)


def _stands_behind(evidence: Evidence, part: Part) -> bool:
    """Whether one interval shows it, and more of a holder that it may go with but that isn't judged yet either."""
    undecided = [each for each in evidence.suspects if each.end is None and each.native_bytes_delta]
    return not part.sure and sum(each.bytes_delta for each in undecided) > part.total


def judge_undecided_larger(evidence: Evidence) -> Verdict | None:
    """Such growth that dwarfs what nobody can judge of libraries' holders; the application's own come first."""
    part = _find_undecided(evidence)
    holders = [suspect for suspect in evidence.suspects if suspect.end is None]
    if part is None or any(suspect.own for suspect in holders):
        return None
    larger = part.total > DWARFS * sum(suspect.bytes_delta for suspect in holders)
    return judge_undecided_beyond(evidence) if larger else None


def judge_undecided_beyond(evidence: Evidence) -> Verdict | None:
    """Growth that slows down, or little of it: more snapshots will tell."""
    beyond, part = evidence.beyond, _find_undecided(evidence)
    if beyond is None or part is None:
        return None
    said = UNDECIDED[part.pace].format(steps=", then ".join(map(format_bytes, part.steps)))
    return Verdict(
        VerdictKind.INCONCLUSIVE,
        f"{_grown(beyond)} {said}. {evidence.more} to rule out a warm-up.",
    )


def _find_undecided(evidence: Evidence) -> Part | None:
    beyond = evidence.beyond
    if beyond is None:
        return None
    parts = [part for part in (beyond.part(Kind.NATIVE) or beyond.whole, beyond.whole) if part.noticeable]
    part = next((each for each in parts if not _has_end(evidence, each)), None)
    return part if part is not None and part.pace in UNDECIDED else None


def describe_native_behind(evidence: Evidence, sure: Sequence[Suspect]) -> str:
    """A sentence on growth of the process that is far above what the holders keep."""
    if owners := _owners(sure):
        native = owners[0].native_bytes_delta or 0
        return f"Native memory grew with them: {format_bytes(native)}."
    part = _find_part(evidence, evidence.beyond)
    if part is None:
        return ""
    if part.total < MUCH_MORE * sum(suspect.bytes_delta for suspect in sure):
        return ""
    return (
        f"The process grew by {format_bytes(part.total)} more than its Python objects can explain: "
        f"{EXPLAINED[part.kind]}."
    )


UNDECIDED: Final[Mapping[Pace, str]] = {
    Pace.SLOWS: "That growth is slowing down ({steps}), so it isn't judged yet",
    Pace.ONCE: "One interval isn't enough to tell whether that will continue",
    Pace.GOES_ON: "That growth came in each interval ({steps}), but that isn't enough to tell whether it will continue",
    Pace.EVEN: "That growth was the same in each interval ({steps}), but that isn't enough to tell whether it will continue",
}
EXPLAINED: Final[Mapping[Kind, str]] = {
    Kind.NATIVE: "another leak, in native memory",
    Kind.FILES: "mapped files",
    Kind.FREE: "free memory that the allocators keep",
}


def _find_part(evidence: Evidence, beyond: Beyond | None) -> Part | None:
    """The largest part that goes on; all together where each alone comes and goes."""
    if beyond is None:
        return None
    parts = [part for part in beyond.parts if part.goes_on and not _has_end(evidence, part)]
    largest = max(parts, key=lambda part: part.total, default=None)
    whole = beyond.whole
    if whole.goes_on and not _has_end(evidence, whole):
        return whole if largest is None else largest
    return largest if largest is not None and largest.kind is not Kind.FREE else None


def _has_end(evidence: Evidence, part: Part) -> bool:
    """Whether most of it goes with holders whose growth is known to end: free memory lies between what they fill."""
    ending = [each for each in evidence.suspects if each.confidence is Confidence.LOW]
    if part.kind is Kind.FREE:
        return sum(each.bytes_delta for each in ending if each.end is not None) > part.total
    return sum(each.native_bytes_delta or 0 for each in ending) > HALF * part.total


def _owners(suspects: Sequence[Suspect]) -> list[Suspect]:
    return [each for each in suspects if each.native_bytes_delta and each.confidence is not Confidence.LOW]


def _judge_owned(evidence: Evidence, part: Part, owners: Sequence[Suspect]) -> Verdict:
    beyond, first = evidence.beyond, owners[0]
    native, count = first.native_bytes_delta or 0, first.native.count if first.native is not None else 0
    shown = first.native.type if first.native is not None else ""
    each = f"{format_bytes(round(native / max(1, count)))} for each of {count:,} new {shown}"
    pace = IN_EACH[part.pace].format(intervals=_intervals(part))
    settle = "" if part.sure else _settle(evidence)
    assert beyond is not None
    leaks = first.native is not None and not first.native.decisive
    return Verdict(
        VerdictKind.LEAK if leaks else VerdictKind.NATIVE,
        f"{format_bytes(native)} of {part.kind.value}, {each} in {first.holder.path}{pace}. "
        f"{_name_rival(owners)}{_grown(beyond)}{settle}",
    )


def _name_rival(owners: Sequence[Suspect]) -> str:
    """A sentence on the next holder that most of the same growth goes with, by objects of another type."""
    first = owners[0]
    for other in owners[1:]:
        if first.native is None or other.native is None or other.native.owner == first.native.owner:
            continue
        if other.native.memory == first.native.memory and other.native.bytes > HALF * first.native.bytes:
            new = f"{other.native.count:,} new {other.native.type} in {other.holder.path}"
            return f"It fits {new} as well, so it may belong to both. "
    return ""


def _judge_unowned(evidence: Evidence, part: Part, besides: str = "") -> Verdict:
    beyond = evidence.beyond
    assert beyond is not None
    terms = "; ".join(f"{name} +{format_bytes(amount)}" for name, amount in part.terms.items())
    shown = f" ({terms})" if terms else ""
    rate = ""
    if beyond.requests and part.kind is not Kind.FREE:
        rate = f", {format_bytes(round(part.total / beyond.requests))} per request"
    pace = IN_EACH[part.pace].format(intervals=_intervals(part))
    rest = f"{_grown(beyond)} {format_bytes(part.total)} of the rest is {part.kind.value}{shown}{rate}{pace}"
    settle = "" if part.sure else _settle(evidence)
    if part.kind is Kind.FREE:
        return Verdict(
            VerdictKind.FRAGMENTATION,
            f"{rest}: the allocators are keeping it, because of fragmentation or an earlier peak.",
        )
    if part.kind is Kind.FILES:
        found = f"{rest}: libraries that were loaded, or files that something maps and reads.{settle}"
        return Verdict(VerdictKind.NATIVE, found)
    look = _say_who(evidence, part) or LOOK
    return Verdict(VerdictKind.NATIVE, " ".join(filter(None, (f"{rest}.", NOBODY, look, besides))) + settle)


def _say_who(evidence: Evidence, part: Part) -> str:
    """The code that got it from Python's allocators, if most of that agrees and it's enough to be the growth."""
    agreeing = [row for row in evidence.unowned if row.agrees]
    weight = sum(row.bytes for row in agreeing)
    if not agreeing or weight < SAMPLED * part.total:
        return ""
    return f"About {format_bytes(weight)} that no object owns was allocated at {name_agreed(agreeing)}."


def _intervals(part: Part) -> str:
    return "both intervals" if len(part.steps) == 2 else f"all {len(part.steps)} intervals"


def _settle(evidence: Evidence) -> str:
    return f" {evidence.more} to rule out a warm-up."


def _grown(beyond: Beyond) -> str:
    return (
        f"The process grew by {format_bytes(beyond.process)}, "
        f"its Python objects by {format_bytes(beyond.objects)}."
    )
