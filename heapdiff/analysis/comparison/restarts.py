"""Which process may have taken another's place, as far as snapshots tell. Says what is known, and how sure that is."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from heapdiff.analysis.comparison.captured import process_of
from heapdiff.model import Summary

PIDS_NAMED: Final = 5


def note_restarts(processes: Sequence[Sequence[Summary]]) -> list[str]:
    """A sentence for each process that came after the last snapshot of another one.

    Each process is given as its snapshots in order of time.
    """
    return [*_note_same_pids(processes), *_note_successors(processes)]


def name_pids(summaries: Sequence[Summary]) -> str:
    """`PID 4201`, or `PIDs 4201, 4202 and 3 more`."""
    pids = [str(summary.process.pid) for summary in summaries]
    named, more = pids[:PIDS_NAMED], len(pids) - PIDS_NAMED
    listed = (
        f"{', '.join(named)} and {more:,} more"
        if more > 0
        else " and ".join(filter(None, (", ".join(named[:-1]), named[-1])))
    )
    return f"PID{'s' if len(pids) > 1 else ''} {listed}"


def _note_same_pids(processes: Sequence[Sequence[Summary]]) -> Iterator[str]:
    """The same number, on the same host, started at another time."""
    by_number: dict[tuple[str, int], list[Summary]] = {}
    for summaries in processes:
        process = summaries[0].process
        by_number.setdefault((process.host, process.pid), []).append(summaries[0])
    for (host, pid), found in by_number.items():
        for before, after in pairwise(
            sorted((each.process for each in found), key=lambda each: each.started_at)
        ):
            why = (
                "the process was restarted, or its PID was reused"
                if before.container == after.container
                else "its container was restarted, or another one has the same host name"
            )
            yield (
                f"PID {pid} on {host} was two different processes, started at {before.started_at} and at "
                f"{after.started_at}: {why}."
            )


def _note_successors(processes: Sequence[Sequence[Summary]]) -> Iterator[str]:
    for summaries in processes:
        new, started = summaries[0], _moment(summaries[0].process.started_at)
        gone = [
            other[-1]
            for other in processes
            if started is not None and _are_siblings(other[-1], new) and _is_before(other[-1], started)
        ]
        if gone:
            whose = "it" if len(gone) == 1 else "one of them"
            yield (
                f"PID {new.process.pid} started after the last snapshot of {name_pids(gone)}, under the same parent "
                f"(PID {new.process.parent_pid}): it has probably replaced {whose}."
            )


def _are_siblings(one: Summary, other: Summary) -> bool:
    first, second = one.process, other.process
    same = (first.host, first.parent_pid, first.argv) == (second.host, second.parent_pid, second.argv)
    return same and first.pid != second.pid and process_of(one) != process_of(other)


def _is_before(summary: Summary, moment: datetime) -> bool:
    """By the second, as the start of a process is written."""
    captured = _moment(summary.captured_at)
    return captured is not None and captured.replace(microsecond=0) <= moment


def _moment(text: str) -> datetime | None:
    """A time as files write it; None for what is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
