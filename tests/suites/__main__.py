"""Runs other projects' test suites twice: without heapdiff, and with snapshots of all their processes all the time.

Fails if a test fails with it again and never without, a file is not whole, or a process was killed or went deaf.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.suites.catalogue import SUITES, Job, Suite, in_turns
from tests.suites.judging import Difference, judge, names_that_differ
from tests.suites.keeping import keep, read_kept
from tests.suites.page import PAGE, by_title, count_outcomes, render, replace
from tests.suites.preparing import Place, prepare
from tests.suites.running import Run, adopt_orphans, run
from tests.suites.taking import Taken, Taker

AGAIN: Final = 2  # more runs of each side where they differ
MOST: Final = 20  # runs without the agent of what varies with it
LIMIT_S: Final = 600.0
PATIENCE: Final = 10  # how much longer it may take while snapshots are taken, on a busy machine


class Session:
    """The suites that were asked for, below one directory; `parts` are the results so far."""

    def __init__(self, work: Path, python: Path, wheel: Path | None, pause_s: float, kept: Path) -> None:
        self.kept = kept
        self._work = work
        self._python = python
        self._wheel = wheel
        self._pause_s = pause_s
        self._places: dict[str, Place] = {}

    def place(self, suite: Suite) -> Place:
        if suite.name not in self._places:
            self._places[suite.name] = prepare(suite, self._python, self._work, self._wheel)
        return self._places[suite.name]

    def try_job(self, suite: Suite, job: Job) -> None:
        place, folder, taken = self.place(suite), self._work / "run", Taken()
        title = f"{suite.name} {place.version}"
        if any(row.title == title and job.name in row.parts for row in read_kept(self.kept)):
            return
        without = [run(job, place, folder, None, LIMIT_S)]
        limit_s = without[0].seconds * PATIENCE + 60
        with_agent = [self._with_agent(job, place, limit_s, taken)]
        differing = names_that_differ(without[0], with_agent[0])
        if differing:
            shutil.copy2(folder / "output", self._work / f"{job.name.replace('/', '-')}.output")
        for _ in range(AGAIN if differing else 0):
            without.append(run(job, place, folder, None, LIMIT_S))
            with_agent.append(self._with_agent(job, place, limit_s, taken))
        differences = judge(differing, without, with_agent)
        while any(each.may_be_flaky for each in differences) and len(without) < MOST:
            without.append(run(job, place, folder, None, LIMIT_S))
            differences = judge(differing, without, with_agent)
        keep(
            self.kept,
            count_outcomes(title, job.name, without[0], with_agent[0], differences, taken),
        )
        say(suite, job, without[0], with_agent[0], differences, taken)

    def _with_agent(self, job: Job, place: Place, limit_s: float, taken: Taken) -> Run:
        snapshots = self._work / "snapshots"
        snapshots.mkdir(mode=0o700, exist_ok=True)
        with Taker(snapshots, self._pause_s, taken, job.by_signal):
            return run(job, place, self._work / "run", snapshots, limit_s)


def say(
    suite: Suite, job: Job, without: Run, with_agent: Run, differences: Sequence[Difference], taken: Taken
) -> None:
    print(
        f"{suite.name} {job.name}: {len(without.outcomes) - 1} tests, {without.seconds:.0f} s without, "
        f"{with_agent.seconds:.0f} s with; {taken.captures} captures, {len(taken.bad)} bad",
        flush=True,
    )
    for each in differences:
        print(
            f"  {each.cause.value}: {each.test}: {each.without} without, {each.with_agent} with", flush=True
        )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.suites", description=__doc__)
    parser.add_argument(
        "--only", default="", metavar="WORDS", help="suites or parts whose name has one of these words"
    )
    parser.add_argument(
        "--budget", type=float, default=3600, metavar="S", help="start no run after so many seconds [3600]"
    )
    parser.add_argument(
        "--pause", type=float, default=200, metavar="MS", help="between two snapshots of a process [200]"
    )
    parser.add_argument(
        "--work", type=Path, metavar="DIR", help="keep the environments here [a temporary directory]"
    )
    parser.add_argument(
        "--python", type=Path, default=Path(sys.executable), help="whose suites to run [this one]"
    )
    parser.add_argument("--wheel", type=Path, help="heapdiff's, for that Python [built from this checkout]")
    parser.add_argument(
        "--results",
        type=Path,
        metavar="FILE",
        help="run what is not in FILE, add it, and print the table of it all",
    )
    parser.add_argument("--write-docs", action="store_true", help=f"put the table into {PAGE.name}")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="suites") as temporary:
        work = (asked.work or Path(temporary)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        kept = asked.results or Path(temporary) / "results"
        left_out = run_all(
            Session(work, asked.python, asked.wheel, asked.pause / 1000, kept),
            asked.only.split(),
            asked.budget,
        )
        rows = by_title(read_kept(kept))
    print(f"\n{render(rows)}\n\n{left_out} parts left out by the budget")
    if asked.write_docs:
        replace(rows)
    return int(not all(row.is_clean for row in rows))


def run_all(session: Session, words: Sequence[str], budget_s: float) -> int:
    """How many were left out for want of time. What sets up an environment costs nothing of it."""
    adopt_orphans()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # which ends the job that runs
    left_out, spent = 0, 0.0
    for suite, job in in_turns(SUITES):
        if words and not any(word.lower() in f"{suite.name} {job.name}".lower() for word in words):
            continue
        if spent >= budget_s:
            left_out += 1
            continue
        session.place(suite)
        began = time.monotonic()
        session.try_job(suite, job)
        spent += time.monotonic() - began
    return left_out


if __name__ == "__main__":
    sys.exit(main())
