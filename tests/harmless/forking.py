"""What the forks of an application cost more, and whether CPython warns of them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles
from typing import Final

from tests.harmless.effect import Extent, Row, prepared, python

MORE_MS: Final = 0.2
ROUNDS: Final = 3
OVERLOADED: Final = 1  # our threads do not step aside in time on a machine that has none
TIMED = """
import os, sys, time
for line in sys.stdin:
    began = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        if line == "execute\\n":
            os.execv("/bin/true", ["true"])
        os._exit(0)
    os.waitpid(pid, 0)
    print(time.perf_counter() - began, flush=True)
"""
PROGRAMS: Final = {
    "Flask": "import flask, multiprocessing, warnings\nwarnings.simplefilter('ignore')\n",
}
WARNED = """
import multiprocessing, os, sys, warnings
if __name__ == "__main__":
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for _ in range(20):
            pid = os.fork()
            if pid == 0:
                os._exit(0)
            os.waitpid(pid, 0)
        with multiprocessing.get_context("fork").Pool(2) as pool:
            assert pool.map(abs, [-1]) == [1]
    print(sum("is multi-threaded" in str(each.message) for each in said))
"""


def forks_timed(directory: Path, extent: Extent) -> Iterator[Row]:
    """With and without in turn, so that both meet the same load; of three rounds the one that it disturbed least."""
    for name, imports in PROGRAMS.items():
        with (
            python(imports + TIMED) as without,
            python(imports + prepared(TIMED, directory, True)) as armed,
        ):
            for word in ("execute", "end"):
                rounds = [time_both(without, armed, word, extent.forks) for _ in range(ROUNDS)]
                before, after = min(rounds, key=lambda times: times[1] - times[0])
                yield Row(
                    f"fork of a program that imports {name}, and the child's {word}",
                    f"{before:.2f} ms",
                    f"{after:.2f} ms",
                    f"{MORE_MS} ms more",
                    after - before <= MORE_MS,
                )


def time_both(
    without: subprocess.Popen[str], armed: subprocess.Popen[str], word: str, forks: int
) -> tuple[float, float]:
    """Milliseconds of the twentieth that was fastest."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(forks):
        for process, times in zip((without, armed), taken, strict=True):
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{word}\n")
            times.append(float(process.stdout.readline()) * 1000)
    before, after = (quantiles(times, n=20)[0] for times in taken)
    return before, after


def forks_warned_of(directory: Path, _extent: Extent) -> Iterator[Row]:
    """CPython 3.12 and later warn of a fork while the process has more than one thread."""
    counts = []
    for armed in (False, True):
        with python(prepared(WARNED, directory, armed)) as process:
            assert process.stdout is not None
            counts.append(int(process.stdout.readline()))
    kept = counts[1] - counts[0] <= OVERLOADED
    yield Row(
        "of 22 forks, those that CPython warns of", str(counts[0]), str(counts[1]), f"{OVERLOADED} more", kept
    )
