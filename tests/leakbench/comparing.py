"""Compares a case's snapshots in a process of its own: bounded in time, and apart from the other cases.

`python -m tests.leakbench.comparing PATH…` writes the comparisons of all `CHOICES` to stdout, pickled.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import heapdiff
from heapdiff.answers import Comparison
from tests.leakbench.server import ROOT

__all__ = ["CHOICES", "ComparisonError", "compare_all"]

CHOICES: Final = ((0, 3), (0, 1, 3), (0, 1, 2, 3))  # which of the four snapshots are compared
POLL_S: Final = 0.5


class ComparisonError(Exception):
    """There is no comparison: it crashed, or took too long."""


def compare_all(
    paths: Sequence[Path], seconds: float, stopped: Callable[[], bool] = lambda: False
) -> tuple[Comparison, ...]:
    """A comparison per choice of snapshots."""
    command = [sys.executable, "-m", "tests.leakbench.comparing", *map(str, paths)]
    deadline = time.monotonic() + seconds
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            output, errors = wait(process, deadline, stopped)
        finally:
            process.kill()
    if process.returncode:
        raise ComparisonError("\n".join(errors.decode(errors="replace").splitlines()[-3:]))
    comparisons: tuple[Comparison, ...] = pickle.loads(output)
    return comparisons


def wait(
    process: subprocess.Popen[bytes], deadline: float, stopped: Callable[[], bool]
) -> tuple[bytes, bytes]:
    while time.monotonic() < deadline and not stopped():
        try:
            return process.communicate(timeout=POLL_S)
        except subprocess.TimeoutExpired:
            continue
    raise ComparisonError("stopped" if stopped() else "the comparison took too long")


def main() -> None:
    paths = sys.argv[1:]
    comparisons = tuple(heapdiff.compare(*(paths[number] for number in choice)) for choice in CHOICES)
    sys.stdout.buffer.write(pickle.dumps(comparisons))


if __name__ == "__main__":
    main()
