"""Two snapshots of a process that grew: `python -m tests.benchmarks.grown DIR OBJECTS` prints their paths."""

from __future__ import annotations

import os
import sys

import heapdiff
from tests.benchmarks.shapes import Record, build

GROWTH = 0.02

CACHE: list[object] = []


def main(arguments: list[str]) -> None:
    """About so many objects, of which the later snapshot has a fiftieth more in one container."""
    directory, objects = arguments
    heapdiff.install(signal=None)
    heap = build("mixed", int(objects))
    first = heapdiff.snapshot(directory, label="before")
    CACHE.extend(Record(-number) for number in range(round(int(objects) * GROWTH / 6)))
    second = heapdiff.snapshot(directory, label="after")
    print(first, second, sep="\n", flush=True)
    os._exit(0 if heap else 1)  # tearing down a big heap takes longer than taking it


if __name__ == "__main__":
    main(sys.argv[1:])
