"""Snapshots of any number of processes: each process is compared by itself, one after the other.

What is compared is loaded by the caller, who lets go of it again: never more than one process's graphs at a time.
"""

from collections.abc import Callable, Sequence
from typing import Final

from heapdiff.analysis.comparison.captured import process_of
from heapdiff.analysis.comparison.overall import sum_up
from heapdiff.analysis.comparison.restarts import name_pids, note_restarts
from heapdiff.analysis.comparison.shared import find_shared
from heapdiff.answers import Comparison, Comparisons
from heapdiff.errors import HeapdiffError
from heapdiff.model import Summary

CompareSome = Callable[[Sequence[int], Sequence[int]], Comparison]
UNREADABLE: Final = (HeapdiffError, OSError, MemoryError)
# which one, is not for everybody who reads the answer
UNREAD: Final = " isn't compared: one of its files can't be read."


def compare_processes(summaries: Sequence[Summary], compare_some: CompareSome) -> Comparison | Comparisons:
    """One comparison where all snapshots are of one process, or no process has two; else one for each that has.

    A process that can't be compared keeps no other from it. `compare_some` is given the numbers of the snapshots to compare,
    and of those among them whose graph is needed: it loads these and calls `compare`.
    """
    processes = _group(summaries)
    everything = range(len(summaries))
    if len(processes) < 2:
        return compare_some(everything, everything)
    compared = [numbers for numbers in processes if _has_two([summaries[number] for number in numbers])]
    if not compared:
        return compare_some(everything, processes[-1][-1:])
    answers, unread = _compare_each(summaries, compared, compare_some)
    shared = find_shared(answers)
    series = [[summaries[number] for number in numbers] for numbers in processes]
    alone = [each[-1] for each in series if not _has_two(each)]
    return Comparisons(
        verdict=sum_up(answers, shared, _noun(summaries)),
        shared=shared,
        processes=answers,
        notes=(*unread, *_note_alone(alone), *note_restarts(series)),
    )


def _compare_each(
    summaries: Sequence[Summary], compared: Sequence[Sequence[int]], compare_some: CompareSome
) -> tuple[tuple[Comparison, ...], list[str]]:
    """The answers, and a sentence on each process whose files can't be read: they may be somebody's who wants no answers.

    Raises the first error where there is no answer at all.
    """
    answers: list[Comparison] = []
    failed: dict[int, Exception] = {}
    for numbers in compared:
        try:
            answers.append(compare_some(numbers, numbers))
        except UNREADABLE as error:
            failed[numbers[-1]] = error
    if not answers:
        raise next(iter(failed.values()))
    return tuple(answers), [f"{name_pids([summaries[number]])}{UNREAD}" for number in failed]


def _group(summaries: Sequence[Summary]) -> list[list[int]]:
    """The numbers of each process's snapshots in order of time; the process that was last seen last comes last."""
    found: dict[tuple[int, str, str, str], list[int]] = {}
    for number in sorted(range(len(summaries)), key=lambda number: _when(summaries[number])):
        found.setdefault(process_of(summaries[number]), []).append(number)
    return sorted(found.values(), key=lambda numbers: _when(summaries[numbers[-1]]))


def _when(summary: Summary) -> tuple[str, str]:
    return summary.captured_at, summary.id


def _has_two(summaries: Sequence[Summary]) -> bool:
    return len({_when(summary) for summary in summaries if summary.capture.counted == "all"}) > 1


def _noun(summaries: Sequence[Summary]) -> str:
    """Workers, if a server's one process started them all."""
    parents = {(each.process.host, each.process.parent_pid, each.process.server) for each in summaries}
    return "workers" if len(parents) == 1 and summaries[0].process.server else "processes"


def _note_alone(alone: Sequence[Summary]) -> list[str]:
    if not alone:
        return []
    each, they = ("each, so they aren't", "have") if len(alone) > 1 else ("so it isn't", "has")
    comma = "" if len(alone) > 1 else ","
    return [f"{name_pids(alone)} {they} only one snapshot{comma} {each} compared."]
