"""`python -m tests.benchmarks.hashing`: what hashing strings costs a capture, and whether its duplicates are the process's.

Captures take turns with and without hashes in one process; CPU time is the child's, which the kernel counts. `--app NAME` asks
a real application instead, one of tests/leakbench/apps (`real_ihatemoney`), after some visits; `--python` is one that has it.
Ends with 1 where a promise of decision 0031 isn't kept.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from heapdiff import graph
from heapdiff.graph.heap import HeapGraph
from heapdiff.snapshot import read_snapshot

ROOT: Final = Path(__file__).parents[2]
NANOSECONDS, PRIVATE_BYTES, WASTE = 100, 500_000, 0.01

COMMON = """
import gc, json, os, resource, sys, time
from heapdiff.agent import _native
def take(directory, hashes):
    _native.configure(directory, 99, 600.0, "0", "", "[]", "2026-01-01T00:00:00Z", "host", "1-2-3-4", hashes)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ticket = _native.request("api", None, None, None, True)
    while _native.status()["state"] == "running":
        time.sleep(0.01)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = _native.status()
    assert done["state"] == "done", done
    path = done["path"]
    heap = path.removesuffix(".json") + ".heap"
    return {"hashes": hashes, "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
            "private": done["child_private_bytes"], "bytes": os.path.getsize(heap), "path": path}
"""
COST = """
import random
numbers = random.Random(1)
texts = [f"{numbers.randrange(1 << 60):x} {number}" for number in range(int(sys.argv[2]))]
gc.collect(); gc.freeze()
print(json.dumps([take(sys.argv[1], bool(turn % 2)) for turn in range(2 * int(sys.argv[3]))]))
"""
LIBRARIES = """
import importlib
for name in ("flask", "sqlalchemy", "pandas", "numpy", "rich", "click", "jinja2", "boto3"):
    try:
        importlib.import_module(name)
    except ImportError:
        pass
rows = json.loads(json.dumps([{"state": f"state {n % 40}", "city": f"Zürich {n % 700}", "id": f"order {n}"}
                              for n in range(20_000)], ensure_ascii=False))
"""
APPLICATION = """
import importlib
app = importlib.import_module("tests.leakbench.apps." + sys.argv[2]).create_app()
client = app.test_client()
wrong = [number for number in range(int(sys.argv[3])) if client.get(f"/visit/{number}").status_code != 200]
assert not wrong, wrong
"""
TRUTH = """
from tests.agent.duplicates import count_duplicates
gc.collect(); gc.disable()
said = take(sys.argv[1], True)
said["truth"] = count_duplicates()
print(json.dumps(said))
"""


def run(program: str, directory: str, *arguments: object, python: str) -> Any:
    """The program's last line; what it writes to its home directory goes to the snapshots'."""
    done = subprocess.run(
        [python, "-c", COMMON + program, directory, *map(str, arguments)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": directory},
    )
    return json.loads(done.stdout.splitlines()[-1])


def load(path: str) -> HeapGraph:
    return graph.load(read_snapshot(Path(path)))


def shown_duplicates(heap: HeapGraph, addresses: Sequence[int]) -> tuple[int, int, int]:
    """By the hashes of these objects: how many there are in the snapshot, how many are different, and what the copies take."""
    assert heap.hashes is not None
    found = heap.indexes_of(np.array(addresses, np.uint64))
    nodes = found[found >= 0]
    assert heap.hashes[nodes].all(), "a text that can be compared has no hash"
    kinds = heap.type_ids[nodes].astype(np.uint64) << np.uint64(32) | heap.hashes[nodes]
    order = np.argsort(kinds, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(kinds[order]) != 0))
    sizes = heap.sizes[nodes[order]]
    return len(nodes), len(starts), int(sizes.sum() - np.maximum.reduceat(sizes, starts).sum())


def measure_cost(directory: str, strings: int, rounds: int, python: str) -> bool:
    taken = run(COST, directory, strings, rounds, python=python)
    by = {wanted: [each for each in taken if each["hashes"] is wanted] for wanted in (False, True)}
    heap = load(by[True][-1]["path"])
    hashed = 0 if heap.hashes is None else int(np.count_nonzero(heap.hashes))
    best = {wanted: min(each["cpu_s"] for each in rows) for wanted, rows in by.items()}
    middle = {wanted: statistics.median(each["cpu_s"] for each in rows) for wanted, rows in by.items()}
    private = {wanted: statistics.median(each["private"] for each in rows) for wanted, rows in by.items()}
    more = {
        key: (values[True] - values[False]) / hashed * 1e9
        for key, values in (("best", best), ("median", middle))
    }
    grown = by[True][-1]["bytes"] - by[False][-1]["bytes"]
    print(f"{hashed:,} strings hashed of {len(heap):,} objects, {rounds} rounds")
    print(
        f"CPU of the child   {best[False]:.3f} s without, {best[True]:.3f} s with: {more['best']:.0f} ns a string"
        f" (medians: {more['median']:.0f})"
    )
    print(f"private memory     {private[False] / 1e6:.2f} MB without, {private[True] / 1e6:.2f} MB with")
    print(
        f"file               {by[False][-1]['bytes'] / 1e6:.2f} MB without, {grown / hashed:.2f} bytes a string more"
    )
    return bool(more["best"] <= NANOSECONDS and private[True] - private[False] <= PRIVATE_BYTES)


def measure_truth(directory: str, python: str, program: str = LIBRARIES, *arguments: object) -> bool:
    taken = run(program + TRUTH, directory, *arguments, python=python)
    truth = taken["truth"]
    heap = load(taken["path"])
    texts, different, waste = shown_duplicates(heap, truth["addresses"])
    off = waste / truth["waste"] - 1
    print(
        f"duplicates         {truth['waste'] / 1e6:.3f} MB in truth ({len(truth['addresses']):,} texts, {truth['different']:,} "
        f"different), {waste / 1e6:.3f} MB by hashes ({texts:,}, {different:,}): {100 * off:+.2f} %"
    )
    return bool(abs(off) <= WASTE)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strings", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--python", default=sys.executable, help="the interpreter; heapdiff must be installed in it"
    )
    parser.add_argument("--app", metavar="NAME", help="one of tests/leakbench/apps, to compare duplicates in")
    parser.add_argument("--visits", type=int, default=500, help="made to the app before it's compared")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        if options.app:
            return not measure_truth(directory, options.python, APPLICATION, options.app, options.visits)
        kept = measure_cost(directory, options.strings, options.rounds, options.python)
        kept &= measure_truth(directory, options.python)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
