"""Connections that were taken from a pool and not given back."""

from __future__ import annotations

import pytest

from heapdiff.analysis.waste.connections.checked_out import find_checked_out
from heapdiff.answers import Confidence
from tests.analysis.waste.connections import look, look_twice

POOL = """
    shop.db.ENGINE: sqlalchemy.engine.base.Engine $engine
    $engine -> .pool: sqlalchemy.pool.impl.QueuePool $pool facts=_overflow:{over},_max_overflow:{most}
    $pool -> ._pool: sqlalchemy.util.queue.Queue facts=maxsize:5 -> .queue: collections.deque
"""


def lent(count: int, over: int = 5, most: int = 10, place: str = "shop.views.OPEN: list") -> str:
    """
    ENGINE ──► pool ◄── _ConnectionFairy ◄── Connection ◄── OPEN, so many of them
    """
    lines = [POOL.format(over=over, most=most)]
    fairy = "sqlalchemy.pool.base._ConnectionFairy"
    for n in range(count):
        lines.append(
            f"{place} -> [{n}]: sqlalchemy.engine.base.Connection -> ._dbapi_connection: {fairy} $f{n}"
        )
        lines.append(f"$f{n} -> ._pool: $pool")
        lines.append(f"$f{n} -> .dbapi_connection: psycopg.Connection")
    return "\n".join(line.strip() for each in lines for line in each.splitlines())


def test_connections_that_stay_out_are_a_headline_with_who_keeps_them() -> None:
    (found,) = find_checked_out(look_twice(lent(4, over=-1), lent(9, over=4)))
    assert (
        found.title
        == "9 of 15 connections of shop.db.ENGINE.pool are checked out, 4 since the first snapshot"
    )
    assert (found.rule, found.holder, found.count) == ("checked-out", "shop.views.OPEN", 9)
    assert (found.headline, found.confidence, found.saves_bytes) == (True, Confidence.HIGH, None)
    assert found.reason == "9 are out while no thread is running the application's code."
    assert "with engine.connect()" in found.code[0]


def test_a_pool_at_its_limit_says_what_happens_next() -> None:
    (found,) = find_checked_out(look_twice(lent(15, over=10), lent(15, over=10)))
    assert found.title.startswith("15 of 15 connections")
    assert "The pool is at its limit: the next request waits, then fails." in found.reason


def test_a_pool_without_a_limit_has_none_in_the_title() -> None:
    (found,) = find_checked_out(look_twice(lent(9, most=-1), lent(9, most=-1)))
    assert found.title.startswith("9 connections of shop.db.ENGINE.pool")


def test_what_threads_work_with_now_is_not_lost() -> None:
    """Three connections, in three threads that run the application's code."""
    threads = "\n".join(
        f"thread W-{n} -> frame view -> local row: shop.Row\nthread W-{n} -> frame view -> internal function: function home=shop"
        for n in range(3)
    )
    text = f"module shop of application\n{lent(3)}\n{threads}"
    assert list(find_checked_out(look_twice(text, text))) == []


def test_what_came_back_is_not_lost() -> None:
    """Nine out now, none of them before: one snapshot more would show."""
    assert list(find_checked_out(look_twice(lent(0), lent(9)))) == []


def test_one_snapshot_alone_is_less_sure() -> None:
    (found,) = find_checked_out(look(lent(9)))
    assert (found.confidence, found.headline) == (Confidence.MEDIUM, False)
    (one,) = find_checked_out(look(lent(1)))
    assert (one.confidence, one.headline) == (Confidence.LOW, False)


@pytest.mark.parametrize("text", [lent(0), "shop.db.ENGINE: sqlalchemy.engine.base.Engine", ""])
def test_a_pool_that_has_all_back_is_none(text: str) -> None:
    assert list(find_checked_out(look_twice(text, text))) == []


def test_a_connection_that_was_given_back_is_none() -> None:
    """The fairy is still there, but has no connection any more."""
    lines = [POOL.format(over=0, most=10)]
    for n in range(9):
        lines.append(f"shop.X: list -> [{n}]: sqlalchemy.pool.base._ConnectionFairy $f{n}")
        lines += [f"$f{n} -> ._pool: $pool", f"$f{n} -> .dbapi_connection: NoneType"]
    text = "\n".join(lines)
    assert list(find_checked_out(look_twice(text, text))) == []


def test_what_a_library_keeps_out_is_a_hint() -> None:
    place = "task_queue.consumers.LISTENING: list"
    text = f"module task_queue.consumers of task_queue\nmodule shop.db of application\n{lent(9, place=place)}"
    (found,) = find_checked_out(look_twice(text, text))
    assert (found.headline, found.confidence) == (False, Confidence.LOW)


def test_redis_connections_are_out_where_the_pool_says_so() -> None:
    text = """
        shop.RED: redis.client.Redis $red
        $red -> .connection_pool: redis.connection.ConnectionPool $pool facts=max_connections:100,_created_connections:9
        $pool -> ._in_use_connections: set -> {}: redis.connection.Connection * 9
        $pool -> ._available_connections: list
    """
    (found,) = find_checked_out(look_twice(text, text))
    assert (
        found.title
        == "9 of 100 connections of shop.RED.connection_pool are checked out, 9 since the first snapshot"
    )


def test_psycopg_connections_are_out_that_do_not_lie_in_the_pool() -> None:
    """Four of six: all know their pool, two lie in it."""
    lines = [
        "shop.POOL: psycopg_pool.pool.ConnectionPool $pool facts=_max_size:10,_nconns:6 -> ._pool: collections.deque $idle"
    ]
    for n in range(6):
        lines.append(f"{'$idle -> ref' if n < 2 else f'shop.KEPT: list -> [{n}]'}: psycopg.Connection $c{n}")
        lines.append(f"$c{n} -> ._pool: $pool")
    text = "\n".join(lines)
    (found,) = find_checked_out(look_twice(text, text))
    assert found.title == "4 of 10 connections of shop.POOL are checked out, 4 since the first snapshot"
    assert found.holder == "shop.KEPT"
