"""Calls are counted by endpoint, and written under names that stand in the code, by both engines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from heapdiff.graph import load
from heapdiff.snapshot import read_snapshot
from tests.agent.setups import EVERY_ENGINE, NATIVE, engine_setup
from tests.agent.target import Target

CALLS = """
def shop(): pass
def product(): pass
def put_together(*parts): return "".join(parts)
PLANTED = put_together("cust", "omer_4711")
def call(*endpoints):
    for endpoint in endpoints:
        engine.count_call(endpoint)
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "snapshots").mkdir(mode=0o700)
    return tmp_path / "snapshots"


@pytest.fixture(params=EVERY_ENGINE)
def target(request: pytest.FixtureRequest, directory: Path) -> Iterator[Target]:
    with Target(engine_setup(request.param, directory, walk=False) + CALLS) as running:
        yield running


@pytest.fixture(params=[NATIVE])
def native(request: pytest.FixtureRequest, directory: Path) -> Iterator[Target]:
    with Target(engine_setup(request.param, directory) + CALLS) as running:
        yield running


def take(target: Target, arguments: str = "") -> Path:
    status = target.evaluate(f"snapshot({arguments})")
    assert status["state"] == "done", status
    return Path(status["path"])


def process_of(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text())["process"]
    return content


def test_calls_are_counted_by_endpoint_and_those_without_one_apart(target: Target) -> None:
    target.execute("call('product', 'product', put_together('shop', '.', 'product'), None)")
    path = take(target)
    found = process_of(path)
    assert found["endpoints"] == {"product": 2, "shop.product": 1}
    assert found["unrouted"] == 1
    assert read_snapshot(path).summary.process.endpoints == found["endpoints"]


def test_two_rules_of_one_endpoint_are_one(target: Target) -> None:
    target.execute("call('shop', put_together('product'), put_together('prod', 'uct'))")
    assert process_of(take(target))["endpoints"] == {"shop": 1, "product": 2}


def test_a_name_that_stands_nowhere_in_the_code_is_hidden(target: Target) -> None:
    target.execute("call(PLANTED, put_together('product.', PLANTED), put_together(PLANTED, '.product'))")
    target.execute(
        "call(put_together('product', ' of a user'), put_together('product', '..', 'product'), '')"
    )
    path = take(target)
    assert process_of(path)["endpoints"] == {"<hidden>": 6}
    assert b"customer_4711" not in path.read_bytes() + path.with_suffix(".heap").read_bytes()


def test_what_is_no_endpoint_harms_nobody(target: Target) -> None:
    target.execute("call(None, [], type('S', (str,), {})('product'))")
    found = process_of(take(target))
    assert (found["endpoints"], found["unrouted"]) == ({"<other>": 2}, 1)


def test_endpoints_without_end_take_no_memory_without_end(target: Target) -> None:
    target.execute("call(*(f'{number}' for number in range(1000)), *(['product'] * 3))")
    assert process_of(take(target))["endpoints"] == {"<hidden>": 384, "<other>": 619}


def test_nothing_is_said_where_nothing_was_counted(target: Target) -> None:
    path = take(target)
    assert process_of(path).get("endpoints") is None
    assert read_snapshot(path).summary.process.endpoints is None


FORKED = """
engine.start()
call('product', 'product')
if (child := os.fork()) == 0:
    engine.start()
    call('product')
    snapshot()
    os._exit(0)
os.waitpid(child, 0)
"""


def test_a_forked_process_counts_its_own(target: Target, directory: Path) -> None:
    target.execute(FORKED)
    (path,) = directory.glob("*.json")
    assert process_of(path)["endpoints"] == {"product": 1}
    assert process_of(take(target))["endpoints"] == {"product": 2}


def test_a_snapshot_without_a_graph_has_them_too(native: Target) -> None:
    native.execute("call('product')")
    assert process_of(take(native, "graph=False"))["endpoints"] == {"product": 1}


def test_the_graph_has_them_by_their_str_objects(native: Target) -> None:
    native.execute("ENDPOINT, OTHER = 'product', put_together('shop', '.', PLANTED)")
    native.execute("call(ENDPOINT, ENDPOINT, OTHER, None, 3)")
    graph = load(read_snapshot(take(native)))
    assert graph.calls is not None
    found = {(each.name, each.calls): each.node for each in graph.calls.endpoints}
    assert set(found) == {("product", 2), ("", 1)}
    assert (graph.calls.unrouted, graph.calls.other) == (1, 1)
    addresses = native.evaluate("[id(ENDPOINT), id(OTHER)]")
    assert list(found.values()) == [graph.index_of(address) for address in addresses]
