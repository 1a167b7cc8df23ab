"""How pools of libraries say how many connections they may have, and which are checked out. Data.

Seen in SQLAlchemy 2.1, psycopg-pool 3.3 and redis 8.1. The numbers are in a snapshot where the agent's list of facts has them.
"""

from dataclasses import dataclass
from typing import Final

from heapdiff.knowledge.advice.connections import PG_ACTIVITY


@dataclass(frozen=True, slots=True)
class Pool:
    """Where a library's pool keeps its limit and what is checked out.

    A *way* is attributes that lead on from the pool; `most` are ways to the numbers that add up to its limit, of which the last
    may be `boundless`. `loans` are the types that stand for a connection that is out; they have the pool as `loan_pool`, and
    the connection, until it comes back, as `loan_connection`. Those of a pool that lie at the end of its way `idle` are in.
    A pool may have a container of all that are out instead, at the end of its way `out`.
    """

    types: tuple[str, ...]
    most: tuple[tuple[str, ...], ...]
    loans: tuple[str, ...] = ()
    loan_pool: str = ""
    loan_connection: str = ""
    idle: tuple[str, ...] = ()
    out: tuple[str, ...] = ()
    boundless: int | None = None
    change: str = ""
    code: tuple[str, ...] = ()
    check: str = ""


POOLS: Final = (
    Pool(
        ("sqlalchemy.pool.impl.QueuePool",),
        most=(("_pool", "maxsize"), ("_max_overflow",)),
        loans=("sqlalchemy.pool.base._ConnectionFairy",),
        loan_pool="_pool",
        loan_connection="dbapi_connection",
        boundless=-1,
        change="Give each connection back: a `with` block for connections, and `session.remove()` in a teardown function"
        " for scoped sessions.",
        code=(
            "with engine.connect() as connection:",
            "    rows = connection.execute(query).all()",
            "# and for a scoped session",
            "app.teardown_appcontext(lambda error: session.remove())",
        ),
        check=PG_ACTIVITY,
    ),
    Pool(
        (
            "psycopg_pool.pool.ConnectionPool",
            "psycopg_pool.pool_async.AsyncConnectionPool",
            "psycopg_pool.base.BasePool",
        ),
        most=(("_max_size",),),
        idle=("_pool",),
        loans=("psycopg.Connection", "psycopg.AsyncConnection"),
        loan_pool="_pool",
        change="Give each connection back: `with pool.connection() as connection:`, or `putconn()` in a `finally`.",
        code=("with pool.connection() as connection:", "    rows = connection.execute(query).fetchall()"),
        check=PG_ACTIVITY,
    ),
    Pool(
        ("redis.connection.ConnectionPool", "redis.asyncio.connection.ConnectionPool"),
        most=(("max_connections",),),
        out=("_in_use_connections",),
        change="Close what keeps a connection of its own when it's no longer used: each PubSub, each pipeline with `watch`,"
        " each `client(single_connection_client=True)`.",
        code=("with redis.pubsub() as subscription:", "    subscription.subscribe(CHANNEL)"),
        check="`redis-cli client list` shows one line per connection.",
    ),
)
