"""Runs a twin in a process of its own and measures what its heap takes, without heapdiff's help."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.twins.case import Twin

ROOT = Path(__file__).parents[3]
PROGRAM = r"""
import ctypes, gc, json, os, re, sys
FIELDS = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
class Allocated(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in FIELDS.split()]
def allocated():
    # What CPython's pools and malloc say that they gave out.
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = Allocated
    info = mallinfo()
    read, write = os.pipe()
    kept = os.dup(2)
    os.dup2(write, 2)
    sys._debugmallocstats()
    os.dup2(kept, 2)
    os.close(write)
    with open(read) as said:
        pools = re.search(r"# bytes in allocated blocks *= *([0-9,]+)", said.read())[1]
    return int(pools.replace(",", "")) + info.uordblks + info.hblkhd
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
import heapdiff
sys.path.insert(0, sys.argv[1])
import shop
gc.collect()
heap, rss = allocated(), resident()
print(json.dumps({"heap": heap, "rss": rss, "path": str(heapdiff.snapshot(sys.argv[1]))}))
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One process: its heap and resident memory in bytes before the snapshot, and the snapshot."""

    heap: int
    rss: int
    path: Path


def run_twin(
    twin: Twin, fixed: bool, directory: Path, python: str = sys.executable, items: int | None = None
) -> Measured:
    """Runs it under an interpreter in which heapdiff is installed. Raises CalledProcessError."""
    place = directory / ("fixed" if fixed else "waste")
    place.mkdir(mode=0o700)
    (place / "shop.py").write_text(twin.source(fixed, items), "utf-8")
    done = subprocess.run(
        [python, "-c", PROGRAM, str(place)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "MALLOC_ARENA_MAX": "1"},
    )
    said = json.loads(done.stdout)
    return Measured(said["heap"], said["rss"], Path(said["path"]))
