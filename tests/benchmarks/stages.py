"""One stage of the analysis in its own process: `python -m tests.benchmarks.stages STAGE PATH…` (JSON)."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Final

import numpy as np

from heapdiff.agent.system.memory_limits import read_machine
from heapdiff.format import LABEL_SHIFT, EdgeKind
from heapdiff.graph import HeapGraph, compute_dominators, compute_retained, load
from heapdiff.snapshot import read_snapshot
from tests.benchmarks.probe import status

PAGE: Final = 4096
TOUCHED_PER_FILE_BYTE: Final = 30

Found = dict[str, float]


class Clock:
    """Processor seconds since it was last read; one thread works, so a quiet machine takes as long."""

    def __init__(self) -> None:
        self._last = time.process_time()

    def lap(self) -> float:
        before, self._last = self._last, time.process_time()
        return self._last - before


def solve(paths: list[str]) -> Found:
    """Load, index, turn round, dominators, retained sizes."""
    clock = Clock()
    graph = load(read_snapshot(paths[0]))
    found = {"load_s": clock.lap()}
    assert len(graph.referrers.first) == len(graph) + 1
    found["referrers_s"] = clock.lap()
    idom = compute_dominators(graph)
    found["dominators_s"] = clock.lap()
    retained = compute_retained(graph, idom)
    found["retained_s"] = clock.lap()
    return {
        **found,
        "solve_s": sum(found.values()),
        "objects": len(graph),
        "references": len(graph.targets),
        "retained_bytes": float(retained[:].max(initial=0)),
    }


def compare(paths: list[str]) -> Found:
    """As `heapdiff compare` does, without printing; the process has started and imported already."""
    from heapdiff.analysis import compare as compare_graphs

    clock = Clock()
    finding = compare_graphs([load(read_snapshot(path)) for path in paths])
    return {"compare_s": clock.lap(), "suspects": len(finding.suspects)}


def igraph(paths: list[str]) -> Found:
    """The same graph built and solved by igraph, from arrays; its answer is ours."""
    import igraph

    graph = load(read_snapshot(paths[0]))
    edges, root = edges_of(graph)
    idom = compute_dominators(graph)
    clock = Clock()
    made = igraph.Graph(n=root + 1, edges=edges, directed=True)
    found = {"igraph_build_s": clock.lap()}
    theirs = np.array(made.dominator(root, mode="out"), np.float64)[:-1]  # NaN where unreached
    found["igraph_solve_s"] = clock.lap()
    reached = ~np.isnan(theirs)
    assert np.array_equal(reached, idom <= root)
    assert np.array_equal(theirs[reached], idom[reached])
    return {**found, "igraph_s": found["igraph_build_s"] + found["igraph_solve_s"]}


def edges_of(graph: HeapGraph) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.int64]], int]:
    """Strong references as pairs, and those of a root above all roots."""
    root = len(graph)
    strong = graph.labels >> LABEL_SHIFT != EdgeKind.WEAK
    owners = np.repeat(np.arange(root), np.diff(graph.first_edge))[strong]
    starts = np.unique([int(each.node) for each in graph.roots])
    sources = np.concatenate([owners, np.full(len(starts), root)])
    return np.stack([sources, np.concatenate([graph.targets[strong], starts])], axis=1).astype(np.int64), root


STAGES: Final[Mapping[str, Callable[[list[str]], Found]]] = {
    "solve": solve,
    "compare": compare,
    "igraph": igraph,
}
MODULES: Final = {"solve": "heapdiff.graph", "compare": "heapdiff.analysis", "igraph": "igraph"}


def touch_memory(paths: list[str]) -> None:
    """Use as much as a stage may need, and give it back.

    A virtual machine takes memory from its host page by page, a second for a gigabyte at times; not a stage's time.
    """
    files = sum(Path(path).with_suffix(".heap").stat().st_size for path in paths)
    memory = np.empty(min(files * TOUCHED_PER_FILE_BYTE, read_machine("MemAvailable") // 2), np.uint8)
    memory[::PAGE] = 1


def main(arguments: list[str]) -> None:
    stage, *paths = arguments
    import_module(MODULES[stage])
    touch_memory(paths)
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here on
    before = status("VmRSS")
    found = STAGES[stage](paths)
    peak = status("VmHWM")
    print(json.dumps({**found, f"{stage}_extra_bytes": peak - before, f"{stage}_peak_bytes": peak}))


if __name__ == "__main__":
    main(sys.argv[1:])
