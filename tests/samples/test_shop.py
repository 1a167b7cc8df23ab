"""The shop leaks where it says so, and only there."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from heapdiff.agent.worker.installation import uninstall
from samples.leaky_shop import traffic
from samples.leaky_shop.shop import cache, events, pricing, warehouse
from samples.leaky_shop.shop.app import create_app

WARM_UP = 1000


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEAPDIFF_DIR", str(tmp_path_factory.mktemp("snapshots")))
        patch.setenv("HEAPDIFF_SIGNAL", "none")
        client = create_app().test_client(use_cookies=False)
        visit(client, WARM_UP)
        yield client
        uninstall()


def visit(client: FlaskClient, requests: int) -> None:
    for share in traffic.shares(requests, seed=7):
        for method, path in share:
            assert client.open(path, method=method).status_code == 200


def leaked() -> tuple[int, int, int]:
    return len(cache.SESSIONS), len(events.order_paid.handlers), pricing.PriceList.quote.cache_info().currsize


def test_each_visit_without_a_cookie_leaves_a_session_a_price_list_and_for_an_order_a_handler(
    visitor: FlaskClient,
) -> None:
    before = leaked()
    visit(visitor, 40)
    after = leaked()
    assert [new - old for new, old in zip(after, before, strict=True)] == [40, 10, 40]


def test_a_visitor_with_a_cookie_keeps_the_session(visitor: FlaskClient) -> None:
    session_id = next(iter(cache.SESSIONS))
    before = len(cache.SESSIONS)
    answer = visitor.get("/product/tea-001", headers={"Cookie": f"shop={session_id}"})
    assert answer.status_code == 200
    assert len(cache.SESSIONS) == before
    assert cache.SESSIONS[session_id].viewed[-1] == "/product/tea-001?"


def test_the_bounded_caches_are_full_after_the_warm_up(visitor: FlaskClient) -> None:
    def healthy() -> tuple[int, int, int, int]:
        conversions = pricing.convert.cache_info().currsize
        return len(cache.PAGES), conversions, len(events.AUDIT), warehouse.POOL.qsize()

    before = healthy()
    assert before == (cache.MAX_PAGES, 256, 100, warehouse.POOL_SIZE)
    visit(visitor, 40)
    assert healthy() == before


def test_a_rendered_page_leaves_garbage_that_the_collector_takes(visitor: FlaskClient) -> None:
    gc.collect()
    visit(visitor, 40)
    assert gc.collect() > 40


def test_an_unknown_product_is_not_found(visitor: FlaskClient) -> None:
    assert visitor.get("/product/coffee").status_code == 404
    assert visitor.post("/buy/coffee").status_code == 404
