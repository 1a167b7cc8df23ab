"""What a reader has to know of the snapshots that were compared, in sentences, and what to type instead."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import join

from heapdiff.analysis.comparison.captured import Captured, count_requests, process_of
from heapdiff.analysis.trends.idle import has_idle_step


def too_few(named: Sequence[Captured]) -> str:
    if len(named) < 2:
        return "a comparison takes at least two snapshots"
    return f"{named[0].path}: the same snapshot {len(named):,} times, compared with nothing"


def note_repeated(named: Sequence[Captured], captured: Sequence[Captured]) -> list[str]:
    more = len(named) - len(captured)
    if not more:
        return []
    return [f"{more:,} of the {len(named):,} names are of a snapshot that was named already: it counts once."]


def write_notes(captured: Sequence[Captured], ordered: Sequence[Captured]) -> list[str]:
    notes = []
    if list(captured) != list(ordered):
        notes.append("The snapshots were put into the order in which they were taken.")
    notes += _note_missing_graphs(ordered)
    if has_idle_step(count_requests(ordered)) and not _note_processes(ordered):
        notes.append("Steps in which no request was served tell nothing about growth per request.")
    engines = sorted({each.summary.capture.engine for each in ordered})
    if len(engines) > 1:
        notes.append(
            f"Different engines took the snapshots ({', '.join(engines)}), which do not see quite "
            "the same objects: part of the difference may be theirs."
        )
    notes += _note_processes(ordered)
    return notes


def _note_missing_graphs(ordered: Sequence[Captured]) -> list[str]:
    missing = [each.path for each in ordered if each.graph is None]
    drawn = [each.path for each in ordered if each.graph is not None]
    if not missing:
        return []
    told = f"No graph for {', '.join(missing)}: "
    if len(drawn) < 2:
        return [f"{told}only types are compared, not who holds them."]
    return [f"{told}who holds what is compared from {drawn[0]} to {drawn[-1]} without it."]


def _note_processes(ordered: Sequence[Captured]) -> list[str]:
    processes = {process_of(each.summary) for each in ordered}
    if len(processes) < 2:
        return []
    pids = ", ".join(str(pid) for pid in sorted({pid for pid, _, _ in processes}))
    return [
        f"The snapshots come from {len(processes)} different processes (pid {pids}); a worker may "
        "have been restarted. Compare snapshots of one worker to see who keeps what grows"
        f"{':' if suggest_commands(ordered) else '.'}"
    ]


def suggest_commands(ordered: Sequence[Captured]) -> tuple[str, ...]:
    """One comparison for each process that has snapshots enough, in the order in which they were taken."""
    of_process: dict[tuple[int, str, str], list[str]] = {}
    for each in ordered:
        of_process.setdefault(process_of(each.summary), []).append(each.path)
    return tuple(join(("heapdiff", "compare", *paths)) for paths in of_process.values() if len(paths) > 1)
