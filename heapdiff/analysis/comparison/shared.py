"""What several processes have in common: the same holders growing in them, by fingerprint."""

from collections.abc import Sequence
from typing import Final

from heapdiff.answers import Comparison, Confidence, SharedLeak, Suspect

SURENESS: Final = (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)
FEWEST: Final = 2


def find_shared(comparisons: Sequence[Comparison]) -> tuple[SharedLeak, ...]:
    """Suspects of more than one process, surest first, then those of most processes, then the largest.

    One that is low in each is left out where something is known to end its growth. Several of a process with one
    fingerprint count together.
    """
    found: dict[str, list[list[Suspect]]] = {}
    pids: dict[str, list[int]] = {}
    for comparison in comparisons:
        of_process: dict[str, list[Suspect]] = {}
        for suspect in comparison.suspects:
            of_process.setdefault(suspect.fingerprint, []).append(suspect)
        for fingerprint, suspects in of_process.items():
            found.setdefault(fingerprint, []).append(suspects)
            pids.setdefault(fingerprint, []).append(comparison.snapshots[-1].pid)
    shared = [
        _describe(fingerprint, tuple(pids[fingerprint]), groups)
        for fingerprint, groups in found.items()
        if len(groups) >= FEWEST and any(_may_go_on(suspect) for suspects in groups for suspect in suspects)
    ]
    return tuple(sorted(shared, key=_order))


def _may_go_on(suspect: Suspect) -> bool:
    return suspect.confidence is not Confidence.LOW or suspect.end is None


def _order(leak: SharedLeak) -> tuple[int, int, int, str]:
    return SURENESS.index(leak.confidence), -len(leak.processes), -leak.bytes_delta, leak.path


def _describe(fingerprint: str, pids: tuple[int, ...], groups: Sequence[Sequence[Suspect]]) -> SharedLeak:
    suspects = [suspect for group in groups for suspect in group]
    best = min(suspects, key=lambda suspect: (SURENESS.index(suspect.confidence), suspect.rank))
    rates = [rate for group in groups if (rate := _rate(group)) is not None]
    return SharedLeak(
        fingerprint=fingerprint,
        path=best.holder.path,
        processes=pids,
        bytes_per_request=sum(rates) / len(rates) if rates else None,
        least_per_request=min(rates, default=None),
        most_per_request=max(rates, default=None),
        bytes_delta=sum(suspect.bytes_delta for suspect in suspects),
        held=best.holds[0].type if best.holds else "",
        confidence=best.confidence,
    )


def _rate(suspects: Sequence[Suspect]) -> float | None:
    """Bytes per request of one process; None where requests were not counted."""
    rates = [suspect.bytes_per_request for suspect in suspects if suspect.bytes_per_request is not None]
    return sum(rates) if rates else None
