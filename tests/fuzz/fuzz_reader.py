"""Feeds damaged `.heap` files to reader and kernels: `python -m tests.fuzz.fuzz_reader [libFuzzer options]`.

Whatever is in a file, the answer is a SnapshotError or a graph that both sets of kernels read alike, within
the time and memory that its size justifies. The C kernels are to be built with a fuzzer's coverage, ASan and
UBSan; `.ci/steps/fuzz.sh` does all of it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Final
from zlib import crc32

import atheris
import numpy as np

with atheris.instrument_imports(include=["heapdiff.graph", "heapdiff.snapshot"]):
    from heapdiff.errors import SnapshotError
    from heapdiff.graph import (
        HeapGraph,
        _kernels,
        compute_dominators,
        compute_reachable,
        compute_retained,
        dominators,
        fallback,
        heap,
        load,
        loading,
        paths,
        shortest_paths,
    )
    from heapdiff.snapshot import Snapshot, read_snapshot

from tests.fuzz.sealed import seal
from tests.fuzz.seeds import write_seeds

DEFAULTS: Final = ("-max_len=4096", "-timeout=10", "-malloc_limit_mb=16", "-rss_limit_mb=2048")
ARRAYS: Final = ("addresses", "type_ids", "sizes", "refcounts", "first_edge", "targets", "labels", "int_keys")
SAME: Final = ("names", "types", "node_names", "roots", "modules", "dropped")
TWINS: Final = 8  # one input in so many goes through the slow twins as well
MOST_NODES: Final = 300  # of graphs that they solve
FILE: Final = Path(tempfile.mkdtemp(prefix="heapdiff-fuzz.")) / "input.heap"


def use(kernels: ModuleType) -> None:
    for user in (dominators, heap, loading, paths):
        vars(user)["kernels"] = kernels


def read(snapshot: Snapshot, kernels: ModuleType) -> HeapGraph | str:
    """The graph, or the error's text."""
    use(kernels)
    try:
        return load(snapshot)
    except SnapshotError as error:
        return error.message


def solve(graph: HeapGraph, kernels: ModuleType) -> list[list[int]]:
    """What every kernel answers for this graph."""
    use(kernels)
    idom = compute_dominators(graph)
    starts = np.array([root.node for root in graph.roots], np.uint32)
    found = shortest_paths(graph, (graph.labels >> 28).astype(np.uint8), starts)
    reached = compute_reachable(graph, starts)
    retained = compute_retained(graph, idom)
    return [each.tolist() for each in (idom, retained, found.distance, found.edge, found.parent, reached)]


def require_alike(one: HeapGraph, other: HeapGraph) -> None:
    for name in ARRAYS:
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    for name in SAME:
        assert getattr(one, name) == getattr(other, name), name
    assert dict(one.declarations) == dict(other.declarations)
    assert dict(one.values) == dict(other.values)


def test_one(data: bytes) -> None:
    FILE.write_bytes(seal(data))
    try:
        snapshot = read_snapshot(FILE)
    except SnapshotError:
        return
    if snapshot.heap is None:
        return
    graph = read(snapshot, _kernels)
    solution = [] if isinstance(graph, str) else solve(graph, _kernels)
    if crc32(data) % TWINS:
        return
    twin = read(snapshot, fallback)
    if isinstance(graph, str) or isinstance(twin, str):
        # Each may find another fault first.
        assert isinstance(graph, str) == isinstance(twin, str), (graph, twin)
        return
    require_alike(graph, twin)
    if len(graph) <= MOST_NODES:
        assert solution == solve(twin, fallback)


def main() -> None:
    given = sys.argv[1:]
    options = [option for option in given if option.startswith("-")]
    corpora = [each for each in given if not each.startswith("-")] or [str(FILE.with_name("corpus"))]
    if not any(Path(each).is_file() for each in corpora):  # a file is a finding to replay
        write_seeds(Path(corpora[0]))
    atheris.Setup([sys.argv[0], *DEFAULTS, *options, *corpora], test_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
