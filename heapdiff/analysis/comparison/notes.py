"""What a reader has to know of the snapshots that were compared, in sentences, and what to type instead."""

from collections.abc import Sequence
from shlex import join
from typing import Final

from heapdiff.analysis.comparison.captured import Captured, count_requests, process_of
from heapdiff.analysis.comparison.restarts import name_pids, note_restarts
from heapdiff.analysis.trends.idle import find_idle_steps
from heapdiff.model import Summary

RELEASES_NAMED: Final = 5
UNSAMPLED: Final = "No samples say which code allocated this"


def too_few(named: Sequence[Captured], distinct: Sequence[Captured], whole: Sequence[Captured]) -> str:
    if len(named) < 2:
        return "compare needs at least two snapshots"
    if len(distinct) > 1:
        partial = next(each for each in distinct if each not in whole)
        return f"{partial.path}: memory was too short to count all objects, so there is nothing to compare"
    times = "twice" if len(named) == 2 else f"{len(named):,} times"
    return f"{named[0].path}: given {times}; compare needs two different snapshots"


def note_repeated(named: Sequence[Captured], captured: Sequence[Captured]) -> list[str]:
    if len(named) == len(captured):
        return []
    return [
        f"The {len(named):,} files given belong to {len(captured):,} snapshots; each snapshot counts once."
    ]


def note_partial(distinct: Sequence[Captured]) -> list[str]:
    partial = [each.path for each in distinct if each.summary.capture.counted != "all"]
    if not partial:
        return []
    return [f"Left out: {', '.join(partial)}, for which memory was too short to count all objects."]


def write_notes(captured: Sequence[Captured], ordered: Sequence[Captured]) -> list[str]:
    notes = []
    if list(captured) != list(ordered):
        notes.append("The snapshots were sorted by the time they were taken.")
    several = _note_processes(ordered)
    if not several:
        notes += _note_missing_graphs(ordered)
    requests = count_requests(ordered)
    if any(idle := find_idle_steps(requests)) and not several:
        some = any(served > 0 for served, nothing_said in zip(requests, idle, strict=True) if nothing_said)
        which = "with hardly any requests" if some else "without requests"
        notes.append(f"Intervals {which} say nothing about growth per request.")
    if requests and not any(requests) and not several:
        notes.append("No requests were served between the snapshots, so what they leave behind can't show.")
    notes += note_releases(ordered)
    engines = sorted({each.summary.capture.engine for each in ordered})
    if len(engines) > 1:
        notes.append(
            f"The snapshots were taken by different engines ({', '.join(engines)}), which don't record exactly "
            "the same objects; part of the difference may come from that."
        )
    return notes + several


def note_releases(ordered: Sequence[Captured]) -> list[str]:
    """The order is that of the snapshots: of two workers, the one with the new release may have been captured first."""
    releases = [each.summary.process.short_release for each in ordered if each.summary.process.release]
    different = list(dict.fromkeys(releases))
    if len(different) < 2:
        return []
    more = len(different) - RELEASES_NAMED
    named = ", ".join(different[:RELEASES_NAMED]) + (f" and {more:,} more" if more > 0 else "")
    return [
        f"The snapshots are from different releases ({named}, in this order), so part of the difference may come from "
        "different code."
    ]


def note_unsampled(last: Summary) -> list[str]:
    """What would have told who allocated it; only the native engine can."""
    if last.capture.engine != "native":
        return []
    ask = join(("heapdiff", "investigate", str(last.process.pid), "--sample"))
    return [f"{UNSAMPLED}: run {ask}."]


def _note_missing_graphs(ordered: Sequence[Captured]) -> list[str]:
    missing = [each.path for each in ordered if each.source is None]
    drawn = [each.path for each in ordered if each.source is not None]
    if not missing:
        return []
    told = f"No graph for {', '.join(missing)}: "
    if len(drawn) < 2:
        return [f"{told}only the types are compared, not who holds them."]
    return [f"{told}holders are compared only between {drawn[0]} and {drawn[-1]}."]


def _note_processes(ordered: Sequence[Captured]) -> list[str]:
    processes = _group(ordered)
    if len(processes) < 2:
        return []
    again = ":" if suggest_commands(ordered) else "."
    return [
        f"The snapshots come from {len(processes)} different processes ({name_pids([each[-1] for each in processes])}), "
        "one from each; a worker may have been restarted.",
        *note_restarts(processes),
        "To see what is growing and who keeps it, take another snapshot of each process that is still running and compare "
        f"them all{again}",
    ]


def suggest_commands(ordered: Sequence[Captured]) -> tuple[str, ...]:
    """How to take more, where all ran on one host."""
    processes = [each.summary.process for each in ordered]
    if len({process.host for process in processes}) > 1:
        return ()
    return (join(("heapdiff", "snapshot", *sorted({str(process.pid) for process in processes}, key=int))),)


def _group(ordered: Sequence[Captured]) -> list[list[Summary]]:
    """The snapshots of each process, in order of time."""
    found: dict[tuple[int, str, str, str], list[Summary]] = {}
    for each in ordered:
        found.setdefault(process_of(each.summary), []).append(each.summary)
    return list(found.values())
