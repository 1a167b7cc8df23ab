"""Runs one job in a session of its own, with the agent or without, and reads what became of each test."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.processes import children_of
from tests.suites.catalogue import Job
from tests.suites.preparing import Place

__all__ = ["INSIDE", "PROCESS", "Run", "adopt_orphans", "read_results", "run"]

INSIDE: Final = Path(__file__).with_name("inside")
PROCESS: Final = "(the process)"  # stands among the tests for the process that ran them
KEEP: Final = "100000"  # who checks the files removes them
PR_SET_CHILD_SUBREAPER: Final = 36
WORST: Final = ("passed", "skipped", "failed")  # a test that stands there twice failed if one of them did


@dataclass(frozen=True, slots=True)
class Run:
    """What became of each test, by its name, and of the process."""

    outcomes: Mapping[str, str]
    seconds: float

    def count(self, outcome: str) -> int:
        return sum(each == outcome for name, each in self.outcomes.items() if name != PROCESS)


def run(job: Job, place: Place, folder: Path, snapshots: Path | None, limit_s: float) -> Run:
    """`snapshots`: where the agents of its processes write; None: there are none. What it leaves running is ended."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "tmp").mkdir(parents=True)
    results, began = folder / "results.xml", time.monotonic()
    words = {"results": str(results), "source": str(place.source)}
    command = [str(place.python), *(each.format(**words) for each in job.arguments)]
    with open(folder / "output", "wb") as output, open(os.devnull, "rb") as nothing:
        process = subprocess.Popen(
            command, cwd=folder, stdin=nothing, stdout=output, stderr=output, start_new_session=True,
            env=environment(folder, snapshots),
        )  # fmt: skip
        try:
            ending = describe(process.wait(limit_s))
        except subprocess.TimeoutExpired:
            ending = f"still ran after {limit_s:.0f} s"
        finally:
            end_all(process)
    return Run({**read_results(results), PROCESS: ending}, time.monotonic() - began)


def environment(folder: Path, snapshots: Path | None) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "HEAPDIFF", "PYTEST"))
    }
    told = {"HEAPDIFF_DIR": str(snapshots), "HEAPDIFF_KEEP": KEEP} if snapshots else {}
    return {**kept, **told, "PYTHONPATH": str(INSIDE), "TMPDIR": str(folder / "tmp"), "HOME": str(folder)}


def describe(code: int) -> str:
    return f"ended by {signal.Signals(-code).name}" if code < 0 else f"exit {code}"


def adopt_orphans() -> None:
    """Have what a job leaves behind become a child of this process, where it can be found."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_all(process: subprocess.Popen[bytes]) -> None:
    """The job's process, and everything that came from it."""
    process.kill()
    process.wait()
    while left := children_of(os.getpid()):
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def read_results(path: Path) -> dict[str, str]:
    """JUnit's XML, as pytest and CPython's own runner write it; empty where there is none."""
    outcomes: dict[str, str] = {}
    with contextlib.suppress(FileNotFoundError, ElementTree.ParseError):
        for case in ElementTree.parse(path).iter("testcase"):
            name = "::".join(filter(None, (case.get("classname"), case.get("name"))))
            tags = {child.tag for child in case}
            outcome = (
                "failed" if tags & {"failure", "error"} else "skipped" if "skipped" in tags else "passed"
            )
            outcomes[name] = max(outcome, outcomes.get(name, outcome), key=WORST.index)
    return outcomes
