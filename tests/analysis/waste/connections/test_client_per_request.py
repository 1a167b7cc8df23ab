"""Engines and clients of which a worker needs one, made again and again."""

from __future__ import annotations

import pytest

from heapdiff.analysis.waste.connections.client_per_request import find_clients_per_request
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Confidence, Topic
from heapdiff.knowledge.advice.connections import BARE_CONTEXT, CERTIFICATES
from tests.analysis.summaries import Beyond, processes
from tests.analysis.waste.connections import look, look_twice

ENGINES = "shop.db.ENGINES: list -> sqlalchemy.engine.base.Engine * {} size=64 -> .pool: sqlalchemy.pool.impl.QueuePool size=480"


def test_engines_that_grow_are_a_headline_with_their_holder() -> None:
    heap = look_twice(ENGINES.format(2), ENGINES.format(302), requests=300)
    found = list(find_clients_per_request(heap))
    assert [each.title for each in found] == ["302 SQLAlchemy engines in shop.db.ENGINES, 300 of them new"]
    (engines,) = found
    assert (engines.rule, engines.topic) == ("client-per-request", Topic.CONNECTIONS)
    assert (engines.holder, engines.count, engines.type) == (
        "shop.db.ENGINES",
        302,
        "sqlalchemy.engine.base.Engine",
    )
    assert (engines.headline, engines.confidence) == (True, Confidence.HIGH)
    assert engines.reason.startswith("There are 300 more than in the first snapshot, 300 requests ago.")
    assert (engines.bytes, engines.saves_bytes) == (302 * (64 + 480), None)


@pytest.mark.parametrize(
    "fixed",
    [
        "shop.db.ENGINE: sqlalchemy.engine.base.Engine -> .pool: sqlalchemy.pool.impl.QueuePool",
        "shop.db.BINDS: dict -> sqlalchemy.engine.base.Engine * 4",
        "shop.db.VIEWS: list -> sqlalchemy.engine.base.OptionEngine * 40",
        "shop.http.SESSION: requests.sessions.Session -> .adapters: dict -> requests.adapters.HTTPAdapter * 2"
        " -> .poolmanager: urllib3.poolmanager.PoolManager",
    ],
)
def test_one_engine_or_one_per_database_is_none(fixed: str) -> None:
    assert list(find_clients_per_request(look_twice(fixed, fixed))) == []


def test_growth_of_no_more_than_a_thread_each_is_no_headline() -> None:
    """Eight threads with a session each."""
    text = "shop.http.BY_THREAD: dict -> requests.sessions.Session * {}"
    threads = "\n".join(f"thread Worker-{n} -> frame serve" for n in range(8))
    heap = look_twice(f"{text.format(1)}\n{threads}", f"{text.format(8)}\n{threads}")
    assert list(find_clients_per_request(heap)) == []


def test_with_one_snapshot_many_are_less_sure() -> None:
    (found,) = find_clients_per_request(look(ENGINES.format(40)))
    assert (found.confidence, found.headline) == (Confidence.MEDIUM, False)
    assert "second snapshot" in found.reason


def test_a_number_that_does_not_grow_may_be_meant() -> None:
    (found,) = find_clients_per_request(look_twice(ENGINES.format(40), ENGINES.format(40)))
    assert (found.confidence, found.headline) == (Confidence.LOW, False)
    assert found.title == "40 SQLAlchemy engines in shop.db.ENGINES"


def test_a_bounded_cache_of_clients_is_no_headline() -> None:
    heap = look_twice(
        "shop.aws.client_for: lru_cache most=32 -> [*]: redis.connection.ConnectionPool * 2",
        "shop.aws.client_for: lru_cache most=32 -> [*]: redis.connection.ConnectionPool * 20",
    )
    (found,) = find_clients_per_request(heap)
    assert (found.headline, found.confidence) == (False, Confidence.LOW)
    assert "or has a bound" in found.reason


def test_a_class_made_from_a_client_s_is_one() -> None:
    """`botocore.client.BaseClient` has no instance itself."""
    found = list(
        find_clients_per_request(
            look(
                """
                botocore.client.BaseClient: class $base
                botocore.client.S3: type $s3
                $s3 -> .__base__: $base
                shop.aws.CLIENTS: list -> botocore.client.S3 * 30
                module botocore.client of botocore
                module shop.aws of application
                """
            )
        )
    )
    assert [each.title for each in found] == ["30 boto3 clients in shop.aws.CLIENTS"]


def test_what_a_client_has_inside_is_its_own() -> None:
    """httpx.Client ──► HTTPTransport ──► SSLContext: 30 clients are found, not 30 contexts."""
    heap = look(
        "shop.CLIENTS: list -> httpx.Client * 30 size=48 "
        " -> ._transport: httpx.HTTPTransport size=48 -> .tls: ssl.SSLContext size=64"
    )
    (found,) = find_clients_per_request(heap)
    assert found.title == "30 httpx clients in shop.CLIENTS"
    assert found.bytes == 30 * (48 + 48 + 64 + BARE_CONTEXT + CERTIFICATES)


def test_what_a_library_keeps_is_not_the_application_s_to_change() -> None:
    heap = look(
        """
        module pay_sdk of pay_sdk
        module shop of application
        pay_sdk.CONTEXTS: list -> ssl.SSLContext * 30
        shop.PAY: pay_sdk.Gateway -> .contexts: list -> ssl.SSLContext * 30
        """
    )
    assert list(find_clients_per_request(heap)) == []


def test_engines_in_cycles_were_made_and_dropped() -> None:
    """
    Engine ◄──► pool, 20 of them; nothing leads to them.
    """
    cycle = "-> .pool: sqlalchemy.pool.impl.QueuePool size=480 -> .creator: "
    lines = [f"orphan: sqlalchemy.engine.base.Engine size=64 $e{n} {cycle}$e{n}" for n in range(20)]
    heap = look("\n".join([*lines, "shop.db.ENGINE: sqlalchemy.engine.base.Engine"]))
    (found,) = find_clients_per_request(heap)
    assert found.title == "20 SQLAlchemy engines, made and dropped"
    assert (found.holder, found.headline, found.confidence) == (None, True, Confidence.HIGH)
    assert found.bytes == 20 * (64 + 480)


@pytest.mark.parametrize(("native", "each"), [(0, 0), (20, 0), (40, CERTIFICATES)])
def test_contexts_have_certificates_where_native_memory_grew_so_much(native: int, each: int) -> None:
    """Forty contexts more: at 0.7 MB each, 28 MB."""
    text = "shop.tls.CONTEXTS: list -> ssl.SSLContext * {} size=64"
    beyond = [Beyond(native=30), Beyond(native=30 + native)]
    earlier, latest = processes([text.format(10), text.format(50)], beyond)
    assert latest.summary is not None
    (found,) = find_clients_per_request(Heap(latest, latest.summary, earlier))
    assert found.bytes == 50 * (64 + BARE_CONTEXT + each)
    assert ("not counted" in found.reason) == (not each)
