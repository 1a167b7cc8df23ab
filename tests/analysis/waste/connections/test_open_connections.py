"""Connections, sockets and files that are left open."""

from __future__ import annotations

import pytest

from heapdiff.analysis.waste.connections.open_connections import find_open_connections
from heapdiff.analysis.waste.connections.open_files import find_open_files
from heapdiff.answers import Confidence
from heapdiff.knowledge.advice.connections import NATIVE_BYTES
from tests.analysis.waste.connections import look, look_twice

OPEN = (
    "shop.db.BY_USER: dict -> psycopg.Connection * {} size=48 -> .pgconn: psycopg_binary.pq.PGconn size=112"
)


def test_connections_that_grow_are_a_headline_with_their_holder() -> None:
    (found,) = find_open_connections(look_twice(OPEN.format(1), OPEN.format(41), requests=50))
    assert found.title == "41 database connections in shop.db.BY_USER, 40 of them new"
    assert (found.rule, found.holder, found.headline) == ("open-connections", "shop.db.BY_USER", True)
    assert found.saves_bytes == found.bytes == 41 * (48 + 112 + NATIVE_BYTES["psycopg_binary.pq.PGconn"])
    assert found.reason.startswith("There are 40 more than in the first snapshot, 50 requests ago.")
    assert "pg_stat_activity" in found.check


@pytest.mark.parametrize(
    "pool",
    [
        "shop.db.ENGINE: sqlalchemy.engine.base.Engine -> .pool: sqlalchemy.pool.impl.QueuePool"
        " -> ._pool: sqlalchemy.util.queue.Queue -> .queue: collections.deque"
        " -> ref: sqlalchemy.pool.base._ConnectionRecord * {} -> .dbapi_connection: psycopg.Connection",
        "module psycopg_pool of psycopg_pool\nmodule shop of application\n"
        "shop.db.POOL: psycopg_pool.pool.ConnectionPool -> ._pool: collections.deque -> ref: psycopg.Connection * {}",
        "shop.http.SESSION: requests.sessions.Session -> .adapters: dict -> requests.adapters.HTTPAdapter"
        " -> .pool: queue.LifoQueue -> .queue: list -> urllib3.connection.HTTPSConnection * {} -> .sock: ssl.SSLSocket",
    ],
)
def test_a_pool_that_fills_is_not_the_application_s_to_close(pool: str) -> None:
    assert list(find_open_connections(look_twice(pool.format(1), pool.format(15)))) == []


def test_connections_that_come_and_go_are_none() -> None:
    """Ten before and ten others now."""
    text = "shop.db.BUSY: list -> sqlite3.Connection * 10 gen={}"
    assert list(find_open_connections(look_twice(text.format(1), text.format(2)))) == []


def test_a_cursor_has_its_connection_and_the_connection_its_socket() -> None:
    text = "shop.db.CURSORS: list -> pymysql.cursors.Cursor * {}"
    text += " -> .connection: pymysql.connections.Connection -> ._sock: socket.socket"
    found = list(find_open_connections(look_twice(text.format(1), text.format(30))))
    assert [each.title for each in found] == ["30 database cursors in shop.db.CURSORS, 29 of them new"]


def test_a_socket_that_was_closed_waits_for_nothing() -> None:
    text = "builtins.True: bool $true\nshop.db.NO: bool $false\n"
    text += "shop.db.SOCKETS: list -> socket.socket * {} -> ._closed: {}"
    assert list(find_open_connections(look_twice(text.format(1, "$true"), text.format(30, "$true")))) == []
    (found,) = find_open_connections(look_twice(text.format(1, "$false"), text.format(30, "$false")))
    assert found.title == "30 sockets in shop.db.SOCKETS, 29 of them new"
    assert "can't tell" not in found.reason


def test_one_snapshot_alone_shows_many_only() -> None:
    assert list(find_open_connections(look(OPEN.format(20)))) == []
    (found,) = find_open_connections(look(OPEN.format(21)))
    assert (found.confidence, found.headline) == (Confidence.MEDIUM, False)


def test_connections_in_cycles_wait_for_the_collector() -> None:
    lines = [f"orphan: sqlite3.Connection $c{n} -> ref: list -> $c{n}" for n in range(8)]
    (found,) = find_open_connections(look("\n".join(lines)))
    assert found.title == "8 database connections wait for the collector to close them"
    assert (found.holder, found.headline) == (None, False)


def test_files_that_grow_are_a_headline() -> None:
    text = "shop.audit.FILES: list -> _io.TextIOWrapper * {} size=208"
    text += " -> .buffer: _io.BufferedWriter size=8368 -> .raw: _io.FileIO size=80"
    (found,) = find_open_files(look_twice(text.format(2), text.format(92)))
    assert (found.rule, found.title) == ("open-files", "92 files in shop.audit.FILES, 90 of them new")
    assert found.headline
    assert (found.type, found.bytes) == ("_io.TextIOWrapper", 92 * (208 + 8368 + 16 + 80))
    assert ".raw" not in found.example
    assert list(find_open_files(look_twice(text.format(2), text.format(2)))) == []


def test_the_application_s_own_pool_is_no_headline() -> None:
    """POOL ──► LifoQueue ──► list ──► connections"""
    text = "shop.db.POOL: shop.db.Pool -> .idle: queue.LifoQueue -> .queue: list -> sqlite3.Connection * {}"
    (found,) = find_open_connections(look_twice(text.format(5), text.format(24)))
    assert (found.headline, found.confidence) == (False, Confidence.LOW)
    assert "may be a pool" in found.reason
