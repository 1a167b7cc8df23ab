"""`python -m tests.benchmarks.trimming`: what `heapdiff trim` gives back of what malloc says is free, and who waits for it.

Processes that freed blocks of 3 kB, of which one in so many is still alive; the main thread, from whose arena they are, allocates
such blocks meanwhile and notes the longest that one took.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
ROW: Final = "{:>12} {:>12} {:>12} {:>12} {:>10} {:>12}"
PROGRAM: Final = r"""
import os, sys, threading, time
import heapdiff
heapdiff.install(signal=None)
blocks, every = int(sys.argv[1]), int(sys.argv[2])
gone = [bytearray(3000) for _ in range(blocks)]
kept = gone[::every]
del gone
def allocate(until):
    worst = 0.0
    while not until():
        before = time.perf_counter()
        bytearray(3000)
        worst = max(worst, time.perf_counter() - before)
    return worst
over = time.perf_counter() + 0.2
alone = allocate(lambda: time.perf_counter() > over)
told = threading.Thread(target=sys.stdin.readline)
told.start()
print("ready", flush=True)
print(alone, allocate(lambda: not told.is_alive()), flush=True)
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, nargs="+", default=[20_000, 100_000, 300_000])
    parser.add_argument("--alive", type=int, nargs="+", default=[2, 20, 1000], metavar="N", help="one in N")
    options = parser.parse_args()
    print(ROW.format("malloc free", "alive 1 in", "given back", "took", "stall", "without"))
    for blocks in options.blocks:
        for every in options.alive:
            _measure(blocks, every)
    return 0


def _measure(blocks: int, every: int) -> None:
    with (
        tempfile.TemporaryDirectory() as directory,
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(blocks), str(every)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "HEAPDIFF_DIR": directory},
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        command = [sys.executable, "-m", "heapdiff", "trim", str(process.pid), "--dir", directory]
        done = subprocess.run(
            [*command, "--format", "json"], check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        told = json.loads(done.stdout)
        process.stdin.write("\n")
        process.stdin.flush()
        alone, worst = map(float, process.stdout.readline().split())
    print(
        ROW.format(
            f"{(told['free_bytes'] or 0) / 1e6:.1f} MB",
            every,
            f"{told['given_back_bytes'] / 1e6:.1f} MB",
            f"{told['took_ms']:.1f} ms",
            f"{1000 * worst:.1f} ms",
            f"{1000 * alone:.1f} ms",
        ),
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
