"""The program of the process that looks: reads the snapshots as they come, and answers whether something grows, and what."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from heapdiff.analysis.comparison.comparing import Compared, examine
from heapdiff.analysis.growth.attribution import divide_growth
from heapdiff.analysis.growth.survivors import find_survivors
from heapdiff.analysis.holders.shapes import length_of
from heapdiff.analysis.reach.routes import Routes, compute_routes
from heapdiff.answers import Comparison, Confidence, Suspect
from heapdiff.graph import load
from heapdiff.snapshot import Snapshot, read_snapshot
from heapdiff.testing.looking.keepers import Test, is_the_tests, shorten_path, sum_growth
from heapdiff.testing.looking.reports import Report, write_report
from heapdiff.testing.looking.telling import Course, tell_failure, tell_left_out

# what counts, by what ends the growth: nothing does, or it was only guessed from the growth itself, so that no bound is known
SLOWS: Final = "slows"
COURSES: Final = {None: Course.STEADY, SLOWS: Course.SLOWING}
NEARLY: Final = (
    0.01  # entries per call in the last round: the keys that are left of a finite number, not a leak
)


class Series:
    """The snapshots so far, each with the calls until then in place of the requests. Each is read once, when it's needed."""

    def __init__(self) -> None:
        self.snapshots: list[Snapshot] = []
        self.calls: list[int] = []
        self._routes: dict[int, Routes] = {}

    def add(self, path: Path, calls: int) -> None:
        self.snapshots.append(read_snapshot(path))
        self.calls.append(calls)

    def read(self, number: int) -> Routes:
        if number not in self._routes:
            self._routes[number] = compute_routes(load(self.snapshots[number]))
        return self._routes[number]

    @property
    def last(self) -> int:
        return len(self.snapshots) - 1

    @property
    def total(self) -> int:
        return self.calls[-1]

    @property
    def paths(self) -> list[Path]:
        return [each.path for each in self.snapshots]

    def examine(self) -> Compared:
        routes = [self.read(number) for number in range(len(self.snapshots))]
        summaries = [
            replace(each.summary, process=replace(each.summary.process, requests=calls))
            for each, calls in zip(self.snapshots, self.calls, strict=True)
        ]
        return examine([each.graph for each in routes], summaries, [str(path) for path in self.paths], routes)


@dataclass(frozen=True)
class Found:
    """What grew: `course` of each suspect that counts, and those that don't with whose they are."""

    counted: tuple[tuple[Suspect, Course], ...]
    left_out: tuple[tuple[Suspect, str], ...]

    @cached_property
    def objects(self) -> int:
        return sum(count_of(suspect) for suspect, _ in self.counted)

    @cached_property
    def bytes(self) -> int:
        return sum(suspect.bytes_delta for suspect, _ in self.counted)


def count_of(suspect: Suspect) -> int:
    """Objects or entries, whichever are more: an entry needn't be a new object. What only became larger counts as one."""
    return max(suspect.objects_delta, suspect.entries.count_delta or 0, 1)


def main() -> None:
    series = Series()
    for line in sys.stdin:
        question = json.loads(line)
        if question["order"] == "add":
            series.add(Path(question["path"]), question["calls"])
            series.read(series.last)
            continue
        answer = (
            measure_growth(series, question) if question["order"] == "growing" else judge(series, question)
        )
        print(json.dumps(answer), flush=True)


def read_test(question: Mapping[str, Any]) -> Test:
    test = question["test"]
    return Test(tuple(test["machinery"]), test["module"], test["function"])


def measure_growth(series: Series, question: Mapping[str, Any]) -> dict[str, Any]:
    """What is newly kept since the first snapshot, in bytes: a quick look that needs no course."""
    first, last = series.read(0), series.read(series.last)
    growth = divide_growth(first, last, find_survivors(first, last))
    return {"bytes": sum_growth(last, growth, read_test(question))}


def judge(series: Series, question: Mapping[str, Any]) -> dict[str, Any]:
    """The failure in words, if there is one, and the files about it."""
    compared = series.examine()
    before, after = series.read(series.last - 1), series.read(series.last)
    found = sort_out(compared.comparison, before, after, read_test(question), series.calls)
    left_out = [tell_left_out(suspect, why) for suspect, why in found.left_out]
    holders = [suspect.holder.path for suspect, _ in found.counted]
    if not found.counted or is_covered(found, question["objects"], question["bytes"]):
        return {"failure": "", "holders": holders, "left_out": left_out}
    written = ""
    if question["directory"] is not None:
        report = Report(
            test=question["test"]["name"],
            comparison=rename(compared.comparison, [suspect for suspect, _ in found.counted]),
            holder=find_original(compared.comparison, found.counted[0][0]).holder,
            graphs=(series.read(0).graph, series.read(series.last).graph),
            snapshots=tuple(series.paths) if question["snapshots"] else (),
        )
        told = tell_failure(found.counted, series.total, series.last, question["allowed"])
        written = write_report(Path(question["directory"]), report, told)
    failure = tell_failure(found.counted, series.total, series.last, question["allowed"], written)
    return {"failure": failure, "holders": holders, "left_out": left_out}


def is_covered(found: Found, objects: int | None, size: int | None) -> bool:
    return found.objects <= objects if objects is not None else size is not None and found.bytes <= size


def sort_out(
    comparison: Comparison, before: Routes, after: Routes, test: Test, calls: Sequence[int]
) -> Found:
    """A suspect counts if it isn't the test's own, and nothing is known to end its growth. The routes are the last two."""
    counted: list[tuple[Suspect, Course]] = []
    left_out: list[tuple[Suspect, str]] = []
    for suspect in comparison.suspects:
        node = int(after.graph.index_of(int(suspect.holder.address, 16)))
        if node >= 0 and is_the_tests(after, node, test):
            left_out.append((suspect, "the test's own, or its tools'"))
        elif suspect.end == SLOWS and is_nearly_full(before, after, node, calls[-1] - calls[-2]):
            left_out.append((suspect, "it has nearly stopped growing"))
        elif suspect.end in COURSES:
            counted.append((shorten_path(suspect, test), COURSES[suspect.end]))
        else:
            left_out.append((suspect, suspect.reason))
    return Found(tuple(sorted(counted, key=_order)), tuple(left_out))


def _order(each: tuple[Suspect, Course]) -> tuple[bool, bool, int]:
    suspect, course = each
    return course is not Course.STEADY, suspect.confidence is Confidence.LOW, suspect.rank


def rename(comparison: Comparison, suspects: Sequence[Suspect]) -> Comparison:
    """The comparison with only these suspects, which its verdict calls as they do."""
    text = comparison.verdict.text
    for each in suspects:
        text = text.replace(find_original(comparison, each).holder.path, each.holder.path)
    return replace(comparison, suspects=tuple(suspects), verdict=replace(comparison.verdict, text=text))


def is_nearly_full(before: Routes, after: Routes, node: int, calls: int) -> bool:
    """Whether a holder that grows more and more slowly got next to nothing in the last round."""
    there = int(before.graph.index_of(int(after.graph.addresses[node])))
    lengths = [length_of(graph, at) for graph, at in ((before.graph, there), (after.graph, node)) if at >= 0]
    first, last = lengths if len(lengths) == 2 else (None, None)
    return first is not None and last is not None and last - first <= NEARLY * calls


def find_original(comparison: Comparison, suspect: Suspect) -> Suspect:
    """The same suspect with its path in the heap."""
    return next(each for each in comparison.suspects if each.rank == suspect.rank)


if __name__ == "__main__":
    main()
