"""What `compare` costs when thousands of holders grew, beside reading the same two snapshots.

`python -m tests.benchmarks.holders --objects 1000000 --holders 100 2000 5000`. Each holder is a list under a name of its
own that gets a few entries. The cost follows the heap if the last column stays about the same. Nothing here fails because
something was slow.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from types import ModuleType

import heapdiff
from tests.benchmarks.analysis import run, stage
from tests.benchmarks.shapes import Plain, build

PER_MODULE = 50
ENTRIES = 30


class Keeper:
    """What has one list, under the name that the list is told by."""


def keepers(holders: int) -> list[Keeper]:
    """So many, each a variable of a module and with an attribute of another name."""
    made = []
    for number in range(holders):
        name = f"kept_{number // PER_MODULE}"
        module = sys.modules.setdefault(name, ModuleType(name))
        keeper = Keeper()
        keeper.__dict__[f"items_{number}"] = []
        setattr(module, f"keeper_{number}", keeper)
        made.append(keeper)
    return made


def grow(holders: int) -> None:
    for number in range(holders):
        keeper = getattr(sys.modules[f"kept_{number // PER_MODULE}"], f"keeper_{number}")
        keeper.__dict__[f"items_{number}"].extend(Plain(entry) for entry in range(ENTRIES))


def make(directory: str, objects: int, holders: int) -> None:
    """Two snapshots of this process, between which each holder gets its entries; prints their paths."""
    heapdiff.install(signal=None)
    heap = build("mixed", objects)
    keepers(holders)
    first = heapdiff.snapshot(directory, label="before")
    grow(holders)
    print(first, heapdiff.snapshot(directory, label="after"), sep="\n", flush=True)
    os._exit(0 if heap else 1)  # tearing down a big heap takes longer than taking it


def measure(objects: int, holders: int) -> str:
    with tempfile.TemporaryDirectory() as directory:
        made = run(
            "tests.benchmarks.holders",
            "--make",
            directory,
            "--objects",
            str(objects),
            "--holders",
            str(holders),
        )
        first, second = made.split()
        load = sum(stage("solve", path)["load_s"] for path in (first, second))
        row = stage("compare", first, second)
    analysis = row["compare_s"] - load
    return f"| {objects:>9,} | {holders:>7,} | {load:>6.2f} | {analysis:>10.2f} | {analysis / load:>13.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.holders", description=__doc__)
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--holders", type=int, nargs="+", default=[100, 500, 2000, 5000])
    parser.add_argument("--make", metavar="DIR", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        make(options.make, options.objects, options.holders[0])
    print("|   objects | holders | load s | analysis s | analysis/load |")
    print("|----------:|--------:|-------:|-----------:|--------------:|")
    for holders in options.holders:
        print(measure(options.objects, holders), flush=True)


if __name__ == "__main__":
    main()
