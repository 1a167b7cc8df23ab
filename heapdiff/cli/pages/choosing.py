"""Which process a page is about, where the snapshots are of several. Opens nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from heapdiff.analysis.comparison.captured import process_of
from heapdiff.model import Summary


@dataclass(frozen=True, slots=True)
class Chosen:
    """The numbers of the snapshots to look at, and a sentence on the choice, empty where there was none."""

    numbers: tuple[int, ...]
    said: str = ""


def choose_process(summaries: Sequence[Summary]) -> Chosen:
    """Of several processes the one whose Python objects grew most; of those with one snapshot each, the largest."""
    processes: dict[tuple[int, str, str, str], list[int]] = {}
    for number, summary in enumerate(summaries):
        processes.setdefault(process_of(summary), []).append(number)
    if len(processes) < 2:
        return Chosen(tuple(range(len(summaries))))
    best = max(processes.values(), key=lambda numbers: _weight([summaries[number] for number in numbers]))
    pid = summaries[best[0]].process.pid
    why = "grew most" if len(best) > 1 else "is the largest"
    return Chosen(
        tuple(best), f"snapshots of {len(processes):,} processes; the page is about PID {pid}, which {why}"
    )


def _weight(summaries: Sequence[Summary]) -> tuple[bool, int, int]:
    ordered = sorted(summaries, key=lambda each: (each.captured_at, each.id))
    grown = ordered[-1].capture.bytes - ordered[0].capture.bytes
    return len(ordered) > 1, grown, ordered[-1].capture.bytes
