"""Attributes of a `threading.local` have names in a snapshot, in each thread, from the native engine.

The `gc` engine cannot see those of other threads: its child has only the thread that forked.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from heapdiff.analysis.holders.holder import place_of
from heapdiff.analysis.reach.routes import compute_routes
from heapdiff.graph.loading import load
from heapdiff.snapshot import read_snapshot
from tests.agent.setups import NATIVE, engine_setup
from tests.agent.target import Target

LOCALS = """
import threading, types
class Statistics(threading.local):
    def __init__(self):
        self.only_here = [object()]
shop = sys.modules["shop"] = types.ModuleType("shop")
shop.STATISTICS = Statistics()
shop.PLAIN = threading.local()
shop.PLAIN.nowhere_else = [object()]
go_on = threading.Event()
def work(ready):
    shop.STATISTICS.only_here
    ready.set()
    go_on.wait()
def start():
    ready = threading.Event()
    threading.Thread(target=work, args=(ready,), daemon=True).start()
    ready.wait()
start()
"""


@pytest.mark.parametrize("engine", [NATIVE])
def test_attributes_of_thread_locals_are_named(engine: str, tmp_path: Path) -> None:
    (tmp_path / "snapshots").mkdir(mode=0o700)
    with Target(engine_setup(engine, tmp_path / "snapshots")) as target:
        target.execute(LOCALS)
        addresses = target.evaluate("[id(shop.STATISTICS.only_here), id(shop.PLAIN.nowhere_else)]")
        routes = compute_routes(load(read_snapshot(Path(target.evaluate("snapshot()")["path"]))))
    paths = {place_of(routes, routes.graph.index_of(address)).path for address in addresses}
    assert paths == {"shop.STATISTICS.only_here", "shop.PLAIN.nowhere_else"}
