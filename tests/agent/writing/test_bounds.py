"""How many entries a deque or an `lru_cache` may have stands in the snapshot, from every engine with a graph."""

from __future__ import annotations

from pathlib import Path

import pytest

from heapdiff.graph.loading import load
from heapdiff.snapshot import read_snapshot
from tests.agent.setups import EVERY_ENGINE, engine_setup
from tests.agent.target import Target

CONTAINERS = """
import collections, functools
class Recent(collections.deque):
    pass
recent = collections.deque([[1]], maxlen=500)
subclass = Recent([[2]], maxlen=7)
backlog = collections.deque([[3]])
@functools.lru_cache(maxsize=30)
def bounded(number): return [number]
@functools.lru_cache(maxsize=None)
def unbounded(number): return [number]
bounded(1), unbounded(1)
"""


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_bounds_of_deques_and_caches_are_recorded(engine: str, tmp_path: Path) -> None:
    (tmp_path / "snapshots").mkdir(mode=0o700)
    with Target(engine_setup(engine, tmp_path / "snapshots")) as target:
        target.execute(CONTAINERS)
        addresses = target.evaluate("list(map(id, (recent, subclass, backlog, bounded, unbounded)))")
        graph = load(read_snapshot(Path(target.evaluate("snapshot()")["path"])))
    bounds = [graph.bounds.get(graph.index_of(address)) for address in addresses]
    assert bounds == [500, 7, None, 30, None]
