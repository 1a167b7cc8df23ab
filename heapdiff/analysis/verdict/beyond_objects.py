"""Growth of the process beyond its Python objects: native memory, mapped files, or free memory that allocators keep."""

from collections.abc import Mapping, Sequence
from typing import Final

from heapdiff.analysis.naming.amounts import format_bytes
from heapdiff.analysis.verdict.evidence import Evidence
from heapdiff.analysis.verdict.memory import FILES, FREE_TERMS, NATIVE_TERMS, OBJECTS, RSS
from heapdiff.answers import Suspect, Verdict, VerdictKind

NATIVE_BYTES: Final = 8 << 20
NATIVE_SHARE: Final = 0.05  # of the process
MUCH_MORE: Final = 2
STOPPED: Final = 0.2  # the last step against the average


def judge_beyond_objects(evidence: Evidence) -> Verdict | None:
    """What of the process's growth no Python object explains, and which terms of the memory equation do."""
    change = {row.name: row.delta for row in evidence.memory}
    process, objects = change[RSS], max(0, change[OBJECTS])
    missing = process - objects
    if missing < max(NATIVE_BYTES, NATIVE_SHARE * evidence.before.memory.rss_bytes) or _has_stopped(
        evidence.unexplained
    ):
        return None
    grown = f"The process grew by {format_bytes(process)}, its Python objects by {format_bytes(objects)}."
    free = {name: change[name] for name in FREE_TERMS if change.get(name, 0) > 0}
    native = {name: change[name] for name in NATIVE_TERMS if change.get(name, 0) > 0}
    if sum(free.values()) > max(missing / 2, sum(native.values())):
        return Verdict(
            VerdictKind.FRAGMENTATION,
            f"{grown} {format_bytes(sum(free.values()))} of the rest is free memory that the allocators keep "
            f"({_parts(free)}): fragmentation, or a peak that left free pieces behind.",
        )
    if change.get(FILES, 0) > max(missing / 2, sum(native.values())):
        return Verdict(
            VerdictKind.NATIVE,
            f"{grown} {format_bytes(change[FILES])} of the rest is mapped files: libraries loaded, or files that "
            "something maps and reads.",
        )
    rest = f"{format_bytes(sum(native.values()))} of the rest is native memory ({_parts(native)})"
    return Verdict(
        VerdictKind.NATIVE,
        f"{grown} {rest if native else 'The rest is native memory'}: an extension module or a C library "
        "keeps it. memray --native shows who allocates it.",
    )


def _has_stopped(unexplained: Sequence[int]) -> bool:
    """Whether three snapshots or more show that the last step added little of it."""
    return len(unexplained) > 1 and unexplained[-1] < STOPPED * sum(unexplained) / len(unexplained)


def _parts(terms: Mapping[str, int]) -> str:
    return "; ".join(f"{name} +{format_bytes(amount)}" for name, amount in terms.items())


def describe_native_behind(evidence: Evidence, sure: Sequence[Suspect]) -> str:
    """A sentence on growth of the process that is far above what the holders keep."""
    missing = sum(evidence.unexplained)
    least = max(NATIVE_BYTES, NATIVE_SHARE * evidence.before.memory.rss_bytes)
    if missing < max(least, MUCH_MORE * sum(suspect.bytes_delta for suspect in sure)):
        return ""
    return (
        f"The process grew by {format_bytes(missing)} more than its Python objects: native memory behind those "
        "objects, or another leak."
    )
