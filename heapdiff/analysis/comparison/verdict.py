"""The answer in one word and up to three sentences, from everything that a comparison found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from heapdiff.analysis.comparison.memory import FILES, FREE_TERMS, NATIVE_TERMS, OBJECTS, RSS
from heapdiff.answers import Confidence, Garbage, MemoryChange, Suspect, TypeGrowth, Verdict, VerdictKind
from heapdiff.model import Summary

NATIVE_BYTES: Final = 8 << 20
NATIVE_SHARE: Final = 0.05  # of the process
GARBAGE_BYTES: Final = 64 << 10
SPREAD_BYTES: Final = 2 << 20
SPREAD_SHARE: Final = 0.05  # of the heap
MUCH_MORE: Final = 2
STOPPED: Final = 0.2  # the last step against the average


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the verdict rests on."""

    before: Summary
    after: Summary
    suspects: Sequence[Suspect]
    types: Sequence[TypeGrowth]
    memory: Sequence[MemoryChange]
    unexplained: Sequence[int]  # growth of the process beyond its Python objects, in each step but idle ones
    garbage: Garbage
    garbage_delta: int
    snapshots: int
    graphs: int  # so many of the snapshots say who holds what
    steps: int  # between those, but idle ones
    same_process: bool


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
    sentences = [_describe(sure), _native_behind(evidence, sure)]
    if more := _more_snapshots(evidence):
        sentences.append(f"{more} would tell it from a cache that still fills.")
    return Verdict(VerdictKind.LEAK, " ".join(filter(None, sentences)))


def _more_snapshots(evidence: Evidence) -> str:
    """What to take where one step is all that there is to judge by."""
    if evidence.steps > 1:
        return ""
    return f"{'A third' if evidence.snapshots == 2 else 'One more'} snapshot after more requests"


def _native_behind(evidence: Evidence, sure: Sequence[Suspect]) -> str:
    """A sentence on growth of the process that is far above what the holders keep."""
    missing = sum(evidence.unexplained)
    least = max(NATIVE_BYTES, NATIVE_SHARE * evidence.before.memory.rss_bytes)
    if missing < max(least, MUCH_MORE * sum(suspect.bytes_delta for suspect in sure)):
        return ""
    return (
        f"The process grew by {_bytes(missing)} more than its Python objects: native memory behind those "
        "objects, or another leak."
    )


def _growth(evidence: Evidence) -> Verdict | None:
    likely = [suspect for suspect in evidence.suspects if suspect.confidence is Confidence.MEDIUM]
    if not likely:
        return None
    more = _more_snapshots(evidence)
    settle = f" {more} would tell a leak from a cache that fills or a warm-up." if more else ""
    return Verdict(VerdictKind.GROWTH, _describe(likely) + settle)


def _garbage(evidence: Evidence) -> Verdict | None:
    grown = evidence.after.capture.bytes - evidence.before.capture.bytes
    if evidence.garbage_delta < GARBAGE_BYTES or evidence.garbage_delta < grown / 2:
        return None
    top = evidence.garbage.types[0]
    return Verdict(
        VerdictKind.GARBAGE,
        f"{_count(evidence.garbage.objects, 'object')} of {_bytes(evidence.garbage.bytes)} are unreachable "
        f"and wait for the cycle collector, {top.count:,} {top.type} among them. Check that gc is enabled, or break the cycles.",
    )


def _beyond_objects(evidence: Evidence) -> Verdict | None:
    """What of the process's growth no Python object explains, and which terms of the memory equation do."""
    change = {row.name: row.delta for row in evidence.memory}
    process, objects = change[RSS], max(0, change[OBJECTS])
    missing = process - objects
    if missing < max(NATIVE_BYTES, NATIVE_SHARE * evidence.before.memory.rss_bytes) or _has_stopped(
        evidence.unexplained
    ):
        return None
    grown = f"The process grew by {_bytes(process)}, its Python objects by {_bytes(objects)}."
    free = {name: change[name] for name in FREE_TERMS if change.get(name, 0) > 0}
    native = {name: change[name] for name in NATIVE_TERMS if change.get(name, 0) > 0}
    if sum(free.values()) > max(missing / 2, sum(native.values())):
        return Verdict(
            VerdictKind.FRAGMENTATION,
            f"{grown} {_bytes(sum(free.values()))} of the rest is free memory that the allocators keep "
            f"({_parts(free)}): fragmentation, or a peak that left free pieces behind.",
        )
    if change.get(FILES, 0) > max(missing / 2, sum(native.values())):
        return Verdict(
            VerdictKind.NATIVE,
            f"{grown} {_bytes(change[FILES])} of the rest is mapped files: libraries loaded, or files that "
            "something maps and reads.",
        )
    rest = f"{_bytes(sum(native.values()))} of the rest is native memory ({_parts(native)})"
    return Verdict(
        VerdictKind.NATIVE,
        f"{grown} {rest if native else 'The rest is native memory'}: an extension module or a C library "
        "keeps it. memray --native shows who allocates it.",
    )


def _has_stopped(unexplained: Sequence[int]) -> bool:
    """Whether three snapshots or more show that the last step added little of it."""
    return len(unexplained) > 1 and unexplained[-1] < STOPPED * sum(unexplained) / len(unexplained)


def _parts(terms: Mapping[str, int]) -> str:
    return "; ".join(f"{name} +{_bytes(amount)}" for name, amount in terms.items())


def _spread(evidence: Evidence) -> Verdict | None:
    grown = evidence.after.capture.bytes - evidence.before.capture.bytes
    if grown < max(SPREAD_BYTES, SPREAD_SHARE * evidence.before.capture.bytes):
        return None
    top = f" Most of it is {evidence.types[0].type}." if evidence.types else ""
    if evidence.graphs < 2:
        return Verdict(
            VerdictKind.GROWTH,
            f"Python objects grew by {_bytes(grown)}.{top} Who keeps them only two graphs can tell.",
        )
    return Verdict(
        VerdictKind.INCONCLUSIVE,
        f"Python objects grew by {_bytes(grown)}, but behind no single holder that looks like a leak.{top}",
    )


def _stable(evidence: Evidence) -> Verdict:
    if not evidence.types and not evidence.suspects:
        return Verdict(VerdictKind.STABLE, "Nothing grew.")
    return Verdict(VerdictKind.STABLE, "Nothing grew that looks like a leak.")


_RULES = (_different, _leak, _growth, _garbage, _beyond_objects, _spread, _stable)


def _describe(alike: Sequence[Suspect]) -> str:
    """What the first of them keeps, and how many are like it."""
    suspect, more = alike[0], len(alike) - 1
    held = suspect.holds[0] if suspect.holds else None
    what = f"{held.count_delta:,} more {held.type}" if held else "more"
    text = f"{suspect.holder.path} keeps {what}: {_bytes(suspect.bytes_delta)}"
    if suspect.bytes_per_request:
        text += f", {_bytes(round(suspect.bytes_per_request))} per request"
    if more:
        text += f"; {_count(more, 'more holder')} {'grows' if more == 1 else 'grow'} like it"
    return f"{text}."


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _bytes(amount: int) -> str:
    """Bytes in words; 1 kB is 1000 bytes."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if abs(amount) >= size:
            return f"{amount / size:,.1f} {unit}"
    return f"{amount:,} bytes"
