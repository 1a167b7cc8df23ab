"""A worker with PostgreSQL, Redis and HTTP clients: what it opens in each request is named; its fixed twin has nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import heapdiff
from heapdiff.answers import Finding, Topic
from heapdiff.knowledge.advice.connections import CLIENTS, CONNECTIONS, FILES, INSIDE, SESSIONS
from heapdiff.knowledge.advice.pools import POOLS
from tests.servers.backends import postgres, redis_server
from tests.servers.cases import Case, gunicorn
from tests.servers.load import ask
from tests.servers.proof import by_command
from tests.servers.running import Running

pytestmark = [pytest.mark.every_server, pytest.mark.timeout(200)]

BEFORE, BETWEEN = 4, 24
AGAIN = {
    "ENGINES": "SQLAlchemy engines",
    "HTTPS": "requests sessions",
    "CLIENTS": "httpx clients",
    "CACHES": "Redis connection pools",
    "STORES": "boto3 clients",
}
NOT_HERE = ("aiohttp", "asyncpg", "MySQLdb", "mysql", "pg8000", "psycopg2", "pymongo", "pymysql")


@pytest.fixture(scope="module")
def backends() -> Iterator[dict[str, str]]:
    with postgres() as database, redis_server() as cache:
        yield {"SHOP_POSTGRES": database, "SHOP_REDIS": cache}


def look(app: str, backends: dict[str, str], folder: Path) -> tuple[list[Finding], int]:
    """What is found on connections, and how many the database has."""
    import psycopg

    case = Case(
        app, gunicorn("--threads", "4", "--graceful-timeout", "1", app=f"backed:{app}()"), ("gunicorn",)
    )
    with Running(case, folder, False, backends) as server:
        pid = int(str(ask(server.port)[1]["pid"]))
        snapshots = []
        for requests in (BEFORE, BETWEEN):
            for _ in range(requests):
                assert ask(server.port, path="/order")[0] == 200, server.said()
            snapshots.append(by_command(server, pid))
        with psycopg.connect(backends["SHOP_POSTGRES"]) as connection:
            query = "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid != pg_backend_pid()"
            row = connection.execute(query).fetchone()
    assert row is not None
    advice = heapdiff.advise(*snapshots)
    return [each for each in advice.findings if each.topic is Topic.CONNECTIONS], int(row[0])


def grown(many: str, name: str) -> str:
    return f"{BEFORE + BETWEEN} {many} in backed.{name}, {BETWEEN} of them new"


def lent(out: int, most: int, pool: str) -> str:
    return f"{out} of {most} connections of backed.{pool} are checked out, {BEFORE} since the first snapshot"


def test_what_each_request_opens_is_named_with_its_holder(backends: dict[str, str], tmp_path: Path) -> None:
    found, connections = look("waste", backends, tmp_path)
    told = {(each.rule, each.holder): each.title for each in found if each.headline}
    sessions = told.pop(("unclosed-sessions", "backed.SESSION.registry.registry.value"))
    assert " in backed.SESSION.registry.registry.value know" in sessions
    assert told == {
        **{("client-per-request", f"backed.{name}"): grown(many, name) for name, many in AGAIN.items()},
        ("open-connections", "backed.BY_REQUEST"): grown("database connections", "BY_REQUEST"),
        ("open-files", "backed.FILES"): grown("files", "FILES"),
        ("checked-out", "backed.LENT"): lent(12, 15, "ENGINE.pool"),
        ("checked-out", "backed.BORROWED"): lent(8, 10, "POOL"),
        ("checked-out", "backed.SUBSCRIBED"): lent(28, 100, "CACHE.connection_pool"),
    }
    assert connections == 28 + 28 + 12 + 8


def test_the_fixed_twin_has_nothing_of_it(backends: dict[str, str], tmp_path: Path) -> None:
    found, connections = look("fixed", backends, tmp_path)
    assert [each.title for each in found] == []
    assert connections <= 4 + 4


def test_the_types_that_are_known_are_there() -> None:
    """Of the libraries that the extra `servers` brings, at the versions installed."""
    kinds = [name for kind in (*CLIENTS, *CONNECTIONS, *FILES, *SESSIONS) for name in kind.types]
    pools = [name for pool in POOLS for name in (*pool.types, *pool.loans)]
    missing = [
        name for name in {*kinds, *pools, *INSIDE} if not name.startswith(NOT_HERE) and not is_there(name)
    ]
    assert missing == []


def is_there(name: str) -> bool:
    module, _, own = name.rpartition(".")
    return hasattr(import_module(module), own)
