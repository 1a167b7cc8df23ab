"""A snapshot of a native target that ran some code, and where objects are in its graph."""

from __future__ import annotations

from pathlib import Path

from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.loading import load
from heapdiff.snapshot import read_snapshot
from tests.agent.target import NATIVE, Target


def take_after(code: str, objects: str, directory: Path) -> tuple[HeapGraph, list[int]]:
    """The graph, and the nodes of those that the list called `objects` has then."""
    (directory / "snapshots").mkdir(mode=0o700)
    with Target(NATIVE) as target:
        target.execute(f"configure({str(directory / 'snapshots')!r})\n{code}")
        addresses = target.evaluate(f"list(map(id, {objects}))")
        graph = load(read_snapshot(Path(target.evaluate("snapshot()")["path"])))
    return graph, [int(graph.index_of(address)) for address in addresses]
