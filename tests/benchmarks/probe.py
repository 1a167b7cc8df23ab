"""One measurement, in a process of its own: `python -m tests.benchmarks.probe TOOL SHAPE OBJECTS` (JSON)."""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any, Final

import heapdiff
from heapdiff.agent import _native
from tests.benchmarks.shapes import build

REPEATS: Final = 5
OURS: Final = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


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
    from guppy import hpy

    hpy().heap()
    return Run()


def objgraph_growth() -> Run:
    import objgraph

    objgraph.growth(limit=10)
    return Run()


def pympler_summary() -> Run:
    from pympler import muppy, summary

    summary.summarize(muppy.get_objects())  # type: ignore[no-untyped-call]
    return Run()


def native() -> Run:
    """Snapshots, and after each a bare fork; the stall is what another Python thread sees of them."""
    forks: list[float] = []
    paths: list[Path] = []

    def work() -> None:
        for _ in range(REPEATS):
            paths.append(heapdiff.snapshot(directory))
            forks.append(_native._bare_fork())

    before = cpu_seconds(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as directory:
        stall = longest_stall(work)
        captures = [json.loads(path.read_text())["capture"] for path in paths]
        sizes = [path.with_suffix(".heap").stat().st_size for path in paths]
    cost = {name: median(capture[name] for capture in captures) for name in captures[0] if name != "engine"}
    details = {
        "fork_s": median(forks),
        "stall_s": stall,
        "pause_max_s": max(capture["pause_ms"] for capture in captures) / 1e3,
        "walk_s": cost["walk_ms"] / 1e3,
        "child_cpu_s": (cpu_seconds(resource.RUSAGE_CHILDREN) - before) / REPEATS,
        "objects": cost["objects"],
        "references": cost["references"],
        "file_bytes": median(sizes),
        "snapshots": REPEATS,
    }
    return Run(cost["pause_ms"] / 1e3, int(cost["child_private_bytes"]), details)


def longest_stall(work: Callable[[], None]) -> float:
    """Do the work in a thread; the longest time for which this thread could not run meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(work)
        longest, last = 0.0, time.perf_counter()
        while not result.done():
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
    result.result()
    return longest


TOOLS: Final[Mapping[str, Callable[[], Run]]] = {
    "heapdiff": native,
    "guppy3": guppy_heap,
    "objgraph": objgraph_growth,
    "pympler": pympler_summary,
}
PREPARE: Final[Mapping[str, Callable[[], object]]] = {
    "heapdiff": lambda: heapdiff.install(signal=None),
    "guppy3": lambda: import_module("guppy"),
    "objgraph": lambda: import_module("objgraph"),
    "pympler": lambda: import_module("pympler.muppy"),
}


def measure(tool: str) -> Measurement:
    """Run the tool here and now; memory is the peak that the kernel recorded since the start of the run."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    rss_before, cpu_before, began = status("VmRSS"), cpu_seconds(*OURS), time.perf_counter()
    run = TOOLS[tool]()
    total_s, cpu_s = time.perf_counter() - began, cpu_seconds(*OURS) - cpu_before
    times = REPEATS if tool == "heapdiff" else 1
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


def cpu_seconds(*whose: int) -> float:
    """Processor time of this process, or of the children that it reaped, or of both."""
    used = [resource.getrusage(who) for who in whose]
    return sum(each.ru_utime + each.ru_stime for each in used)


def main(arguments: list[str]) -> None:
    tool, shape, objects = arguments
    PREPARE[tool]()  # as an application does: at its start, when it is small
    heap = build(shape, int(objects))
    found: dict[str, Any] = asdict(measure(tool))
    print(json.dumps(found))
    sys.stdout.flush()
    os._exit(0 if heap else 1)  # tearing down a big heap takes longer than measuring it


if __name__ == "__main__":
    main(sys.argv[1:])
