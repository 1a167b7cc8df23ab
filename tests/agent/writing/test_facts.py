"""Numbers that libraries keep stand in the snapshot, from every engine with a graph; an application's own never do."""

from __future__ import annotations

from pathlib import Path

import pytest

from heapdiff.agent.writing.facts import FACTS, OF_LRU_CACHE, as_lines
from heapdiff.graph.loading import load
from heapdiff.snapshot import read_snapshot
from heapdiff.snapshot.redaction.vocabulary import FACTS as KEPT
from tests.agent.setups import EVERY_ENGINE, NATIVE, engine_setup
from tests.agent.target import Target

OBJECTS = """
import functools, time
def library(module, qualname, **namespace):
    return type(qualname, (), {"__module__": module, "__qualname__": qualname, **namespace})
def init(self, **values):
    self._Cache__maxsize = values.pop("maxsize"); self._Cache__currsize = 3
    self.user = 4711
Cache = library("cachetools", "Cache", __init__=init)
plain, dictionary = Cache(maxsize=128), Cache(maxsize=(1 << 59) + 1)
dictionary.__dict__["another"] = 815
odd = Cache(maxsize=True), Cache(maxsize=None), Cache(maxsize=2.5), Cache(maxsize=1 << 60), Cache(maxsize=-1)
def init(self, capacity): self.capacity = capacity
Slotted = library("sqlalchemy.util._collections", "LRUCache", __slots__=("capacity", "data"), __init__=init)
slotted = Slotted(500)
def init(self, threshold, cache): self._threshold = threshold; self._cache = cache; self.default_timeout = 300
Simple = library("cachelib.simple", "SimpleCache", __init__=init)
now = time.time()
simple = Simple(500, {1: (now - 60, b""), 2: (int(now) - 9, b""), 3: (0, b""), 4: (now + 3600, b""), 5: (), 6: "text", 7: ("x",)})
class Own(Cache): pass
class LRUCache:
    def __init__(self): self.capacity = 4711
own = Own(maxsize=4711), LRUCache()
@functools.lru_cache(maxsize=30)
def price(number): return [number]
@functools.lru_cache(maxsize=None)
def total(number): return [number]
for number in (1, 2, 3, 1, 1): price(number)
total(1), total(1)
objects = plain, dictionary, *odd, slotted, simple, *own, price, total
"""
EXPECTED: list[dict[str, int]] = [
    {"_Cache__maxsize": 128, "_Cache__currsize": 3},
    {"_Cache__maxsize": (1 << 59) + 1, "_Cache__currsize": 3},
    *[{"_Cache__currsize": 3}] * 4,
    {"_Cache__maxsize": -1, "_Cache__currsize": 3},
    {"capacity": 500},
    {"_threshold": 500, "default_timeout": 300, "expired": 2},
    {},
    {},
    {"hits": 2, "misses": 3},
    {"hits": 1, "misses": 1},
]


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_limits_and_counters_of_libraries_are_told_and_nothing_else(engine: str, tmp_path: Path) -> None:
    (tmp_path / "snapshots").mkdir(mode=0o700)
    with Target(engine_setup(engine, tmp_path / "snapshots")) as target:
        target.execute(OBJECTS)
        addresses = target.evaluate("list(map(id, objects))")
        graph = load(read_snapshot(Path(target.evaluate("snapshot()")["path"])))
    assert [dict(graph.facts.get(graph.index_of(address), {})) for address in addresses] == EXPECTED
    assert 4711 not in {number for facts in graph.facts.values() for number in facts.values()}
    told = {attribute.partition("=")[0] for attributes in FACTS.values() for attribute in attributes}
    assert {name for facts in graph.facts.values() for name in facts} <= told | {*OF_LRU_CACHE}


def test_a_redacted_copy_keeps_these_names_and_no_others() -> None:
    told = {attribute.partition("=")[0] for attributes in FACTS.values() for attribute in attributes}
    assert told | {*OF_LRU_CACHE} == KEPT


def test_the_list_fits_the_extension() -> None:
    assert max(map(len, FACTS.values())) <= 16
    assert all(
        name.isidentifier() for line in as_lines().split("\n") for name in line.replace("=", " ").split()[1:]
    )


@pytest.mark.parametrize("engine", [NATIVE])
def test_a_list_that_is_none_is_refused(engine: str, tmp_path: Path) -> None:
    (tmp_path / "snapshots").mkdir(mode=0o700)
    with Target(engine_setup(engine, tmp_path / "snapshots")) as target:
        target.execute(
            """
refused = []
for text in ("a.B " + "c " * 17, "   "):
    try: engine.know_facts(text)
    except ValueError as error: refused.append(str(error))
engine.know_facts("")
"""
        )
        assert target.evaluate("refused") == ["no list of types with their attributes"] * 2
        assert target.evaluate("snapshot()")["state"] == "done"
