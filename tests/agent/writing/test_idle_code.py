"""Which code has run since it was made stands in the snapshot, where the interpreter tells."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from heapdiff.graph.loading import load
from heapdiff.snapshot import read_snapshot
from heapdiff.snapshot.dump import dump_heap
from heapdiff.snapshot.redaction import Definitions, redact
from heapdiff.snapshot.redaction.pseudonyms import Pseudonyms
from tests.agent.setups import NATIVE, engine_setup
from tests.agent.target import Target

FUNCTIONS = """
import asyncio, functools
def called(): pass
def not_called(): pass
def loops():
    for _ in range(100): pass
def often(): pass
def generates(): yield 1
def only_made(): yield 1
async def awaited(): pass
def encloses(kept):
    def inner(): return kept
    return inner
def other(): return encloses
def decorated(function):
    @functools.wraps(function)
    def wrapper(*args): return function(*args)
    return wrapper
@decorated
def behind_wrapper(): pass
called(), loops(), list(generates()), asyncio.run(awaited())
for _ in range(100): often()
unfinished, inner = only_made(), encloses(1)
functions = [called, loops, often, generates, awaited, encloses, decorated, not_called, only_made, inner, other, behind_wrapper]
codes = [each.__code__ for each in functions]
"""
RAN = {"called", "loops", "often", "generates", "awaited", "encloses", "decorated"}


@pytest.mark.slow
@pytest.mark.parametrize("engine", [NATIVE])
def test_code_that_never_ran_is_told_from_code_that_did(engine: str, tmp_path: Path) -> None:
    (tmp_path / "snapshots").mkdir(mode=0o700)
    with Target(engine_setup(engine, tmp_path / "snapshots")) as target:
        target.execute(FUNCTIONS)
        addresses = target.evaluate("{each.co_name: id(each) for each in codes}")
        snapshot = read_snapshot(Path(target.evaluate("snapshot()")["path"]))
    graph = load(snapshot)
    if sys.version_info[:2] == (3, 12):
        assert graph.idle is None
        return
    assert graph.idle is not None
    idle = set(graph.idle.tolist())
    assert {graph.type_name(node) for node in idle} == {"code"}
    assert {name for name, address in addresses.items() if graph.index_of(address) not in idle} == RAN
    assert snapshot.heap is not None
    assert sum(line.startswith("  idle ") for line in dump_heap(snapshot.heap)) == len(idle)
    redact(snapshot, tmp_path / "copy.json", Pseudonyms(b"key"), Definitions())
    assert load(read_snapshot(tmp_path / "copy.json")).idle.tolist() == graph.idle.tolist()  # type: ignore[union-attr]


@pytest.mark.parametrize("engine", [NATIVE])
def test_code_that_a_tool_has_changed_is_taken_for_having_run(engine: str, tmp_path: Path) -> None:
    """A debugger or a coverage tool replaces what tells."""
    (tmp_path / "snapshots").mkdir(mode=0o700)
    with Target(engine_setup(engine, tmp_path / "snapshots")) as target:
        target.execute(
            "import sys\ndef traced(): pass\ndef look(*_): return look\nsys.settrace(look)\ntraced()\nsys.settrace(None)"
        )
        address = target.evaluate("id(traced.__code__)")
        graph = load(read_snapshot(Path(target.evaluate("snapshot()")["path"])))
    assert graph.idle is None or graph.index_of(address) not in set(graph.idle.tolist())
