"""What one insertion into a watched dict costs, at stacks as deep as a request's: `python -m tests.benchmarks.watching`.

In one process, watched and not watched in turn; the least CPU time of all rounds counts. CPython 3.12 and later.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import heapdiff
from heapdiff.remote.finding import find_agent
from heapdiff.remote.watching.holder_paths import read_path
from heapdiff.remote.watching.watches import Watch, begin_watch, end_watch, follow_watch

ROUNDS, INSERTIONS = 15, 100_000
DEPTHS = (1, 10, 22, 50)  # 22: a Flask view in a sync worker of gunicorn
WATCHED: dict[int, None] = {}
BESIDE: dict[int, None] = {}


def insert(into: dict[int, None]) -> float:
    """Nanoseconds for one."""
    into.clear()
    began = time.thread_time_ns()
    for number in range(INSERTIONS):
        into[number] = None
    return (time.thread_time_ns() - began) / INSERTIONS


def overwrite(into: dict[int, None]) -> float:
    began = time.thread_time_ns()
    for number in range(INSERTIONS):
        into[number] = None
    return (time.thread_time_ns() - began) / INSERTIONS


def at_depth(frames: int, work: Callable[[], float]) -> float:
    return work() if frames <= 2 else at_depth(frames - 1, work)


def measure(best: dict[tuple[str, int], float]) -> None:
    """One round."""
    for depth in DEPTHS:
        for name, work in (
            ("inserted", lambda: insert(WATCHED)),
            ("overwritten", lambda: overwrite(WATCHED)),
            ("into another dict", lambda: insert(BESIDE)),
        ):
            best[name, depth] = min(best.get((name, depth), float("inf")), at_depth(depth, work))


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    off: dict[tuple[str, int], float] = {}
    on: dict[tuple[str, int], float] = {}
    with tempfile.TemporaryDirectory() as directory:
        heapdiff.install(dir=f"{directory}/snapshots", signal=None)
        agent = find_agent(os.getpid(), Path(directory, "snapshots"))
        for _ in range(ROUNDS):
            measure(off)
            watch = Watch(agent, read_path("__main__.WATCHED"), 60)
            begin_watch(watch)
            next(report for report in follow_watch(watch) if report.state == "watching")
            measure(on)
            end_watch(watch)
    print(f"CPython {sys.version.split()[0]}, ns each, the least of {ROUNDS} rounds of {INSERTIONS:,}")
    print(f"{'':20}{'frames':>7}{'alone':>8}{'watched':>9}{'more':>7}")
    for (name, depth), before in off.items():
        after = on[name, depth]
        print(f"{name:20}{depth:7}{before:8.1f}{after:9.1f}{after - before:7.1f}")


if __name__ == "__main__":
    main()
