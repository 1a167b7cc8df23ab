"""One measurement, in a process of its own: `python -m tests.benchmarks.probe TOOL SHAPE OBJECTS` (JSON)."""

from __future__ import annotations

import ctypes
import gc
import json
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

import guppy
import objgraph
from pympler import muppy, summary

import heapdiff
from tests.benchmarks.shapes import build

REPEATS: Final = 5


@dataclass(frozen=True)
class Measurement:
    """What one tool cost the process that it ran in. Memory in bytes."""

    tool: str
    rss_before: int
    rss_after: int
    pause_s: float
    total_s: float
    cpu_s: float
    extra_bytes: int
    details: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """A tool's own account: how long the application stood still, and memory outside this process."""

    pause_s: float | None = None
    extra_bytes: int = 0
    details: Mapping[str, float] = field(default_factory=dict)


def guppy_heap() -> Run:
    guppy.hpy().heap()
    return Run()


def objgraph_growth() -> Run:
    objgraph.growth(limit=10)
    return Run()


def pympler_summary() -> Run:
    summary.summarize(muppy.get_objects())  # type: ignore[no-untyped-call]
    return Run()


def bare_fork() -> Run:
    """Nothing but fork(2): the pause that no capture by copy-on-write can undercut."""
    libc = ctypes.PyDLL(None)
    pauses = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        child = libc.fork()
        if child == 0:
            os._exit(0)
        pauses.append(time.perf_counter() - began)
        os.waitpid(child, 0)
    return Run(median(pauses), details={"pause_max_s": max(pauses)})


def native() -> Run:
    """Snapshots, one after the other; the stall is what another Python thread sees of them."""
    with tempfile.TemporaryDirectory() as directory:
        heapdiff.install(dir=directory, signal=None)
        stall, paths = longest_stall(lambda: [heapdiff.snapshot() for _ in range(REPEATS)])
        captures = [json.loads(path.read_text())["capture"] for path in paths]
        sizes = [path.with_suffix(".heap").stat().st_size for path in paths]
    cost = {name: median(capture[name] for capture in captures) for name in captures[0] if name != "engine"}
    details = {
        "stall_s": stall,
        "pause_max_s": max(capture["pause_ms"] for capture in captures) / 1e3,
        "walk_s": cost["walk_ms"] / 1e3,
        "objects": cost["objects"],
        "references": cost["references"],
        "file_bytes": median(sizes),
        "snapshots": REPEATS,
    }
    return Run(cost["pause_ms"] / 1e3, int(cost["child_private_bytes"]), details)


def longest_stall(work: Callable[[], list[Path]]) -> tuple[float, list[Path]]:
    """Do the work in a thread; the longest time for which this thread could not run meanwhile."""
    result: list[Path] = []
    worker = threading.Thread(target=lambda: result.extend(work()))
    longest, last = 0.0, time.perf_counter()
    worker.start()
    while worker.is_alive():
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    return longest, result


TOOLS: Final[Mapping[str, Callable[[], Run]]] = {
    "heapdiff": native,
    "fork": bare_fork,
    "guppy3": guppy_heap,
    "objgraph": objgraph_growth,
    "pympler": pympler_summary,
}
REPEATED: Final = frozenset({"heapdiff", "fork"})


def measure(tool: str) -> Measurement:
    """Run the tool here and now; memory is the peak that the kernel recorded since the start of the run."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    rss_before, cpu_before, began = status("VmRSS"), cpu_seconds(), time.perf_counter()
    run = TOOLS[tool]()
    total_s, cpu_s = time.perf_counter() - began, cpu_seconds() - cpu_before
    times = REPEATS if tool in REPEATED else 1
    return Measurement(
        tool=tool,
        rss_before=rss_before,
        rss_after=status("VmRSS"),
        pause_s=total_s if run.pause_s is None else run.pause_s,
        total_s=total_s / times,
        cpu_s=cpu_s / times,
        extra_bytes=max(0, status("VmHWM") - rss_before) + run.extra_bytes,
        details=run.details,
    )


def status(name: str) -> int:
    """A memory figure of this process, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


def cpu_seconds() -> float:
    """Processor time of this process and of the children that it reaped."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def main(arguments: list[str]) -> None:
    tool, shape, objects = arguments
    heap = build(shape, int(objects))
    found: dict[str, Any] = asdict(measure(tool))
    print(json.dumps(found))
    sys.stdout.flush()
    os._exit(0 if heap else 1)  # tearing down a big heap takes longer than measuring it


if __name__ == "__main__":
    main(sys.argv[1:])
