"""Databases and caches behind a network: SQLAlchemy, SQLite, PostgreSQL, MongoDB, Redis, dogpile.cache."""

from typing import Final

from heapdiff.knowledge.pattern import Pattern

CLOSE_SESSION: Final = (
    "Close the session at the end of the request: `with Session() as session:`, or in a teardown function."
)

DATABASES: Final = (
    Pattern(
        "SQLAlchemy keeps every event listener until it is removed, including those added with `once=True`.",
        "Register the listener once, at import, or call `event.remove()` when you're done with it.",
        path=r"\.dispatch\b|listeners\b|^sqlalchemy\.event\.registry\.",
        through=r"^sqlalchemy\.event\.",
    ),
    Pattern(
        "A SQLAlchemy session keeps objects and a connection until it is closed.",
        CLOSE_SESSION,
        path=r"identity_map|\._(new|deleted|transaction)\b|\.registry\b|\._registry\b|scoped_session",
        through=r"^(flask_sqlalchemy|sqlalchemy\.orm)\.",
    ),
    Pattern(
        "Engines are created again and again; each keeps a connection pool and a cache of compiled statements.",
        "Call `create_engine()` once per process and reuse the engine; `engine.dispose()` closes one you no longer need.",
        drags=r"sqlalchemy\.engine\.base\.Engine",
    ),
    Pattern(
        "SQLAlchemy's compiled statements, up to about 500 per engine.",
        "Pass values as bound parameters and create the engine once; `query_cache_size` of `create_engine()` sets the limit.",
        harmless="Nothing to do unless engines are created per request; `query_cache_size` sets the limit.",
        path=r"_compiled_cache",
        through=r"^sqlalchemy\.",
        most=750,
    ),
    Pattern(
        "Tables are added to a MetaData again and again.",
        "Define or reflect tables once, at start-up; `metadata.clear()` drops those you no longer need.",
        path=r"\.tables\b|\._schemas\b|\._fk_memos\b",
        through=r"^sqlalchemy\.sql\.schema\.MetaData",
    ),
    Pattern(
        "Mapped classes are created at run time; SQLAlchemy keeps each with its mapper.",
        "Define mapped classes once, at import.",
        path=r"_class_registry|\.mappers\b|_mapper_registries",
        through=r"^(flask_)?sqlalchemy\.",
    ),
    Pattern(
        "Connections are checked out of a SQLAlchemy pool and not returned.",
        "Return each connection: `with engine.connect() as connection:`; `pool_size` and `max_overflow` set the limit.",
        drags=r"sqlalchemy\.engine\.base\.Connection",
    ),
    Pattern(
        "SQLAlchemy sessions stay open; each keeps its objects and a connection.",
        CLOSE_SESSION,
        drags=r"sqlalchemy\.orm\.session\.Session",
    ),
    Pattern(
        "An ORM object keeps what it was loaded with: its relationships and, while attached, its session.",
        "Keep plain values or `session.expunge()` the object before you store it; don't cache ORM objects across requests.",
        drags=r"sqlalchemy\.orm\.state\.InstanceState",
        along=r"_sa_instance_state",
    ),
    Pattern(
        "Connections to SQLite stay open until they are closed.",
        "Close each connection (`contextlib.closing`); `with connection` only ends the transaction.",
        drags=r"sqlite3\.Connection",
    ),
    Pattern(
        "Connections to PostgreSQL or MySQL stay open until they are closed.",
        "Close each connection at the end of the request, or borrow it from a pool and return it.",
        drags=r"psycopg2\.extensions\.connection|psycopg\.Connection|pymysql\.connections\.Connection"
        r"|MySQLdb\.connections\.Connection|mysql\.connector\.connection\.MySQLConnection",
    ),
    Pattern(
        "Each MongoClient keeps its own connection pool and monitoring threads.",
        "Create one MongoClient per process, after the fork, and reuse it; `client.close()` ends the others.",
        drags=r"pymongo\.(synchronous\.)?mongo_client\.MongoClient",
    ),
    Pattern(
        "MongoDB cursors stay open until they are exhausted or closed.",
        "Read each cursor to its end, or use `with collection.find(…) as cursor:`.",
        drags=r"pymongo\.(synchronous\.)?cursor\.Cursor",
    ),
    Pattern(
        "A redis PubSub stays connected and remembers its channels until it is closed.",
        "Call `pubsub.unsubscribe()` or `pubsub.close()` when the subscriber is gone.",
        drags=r"redis\.(asyncio\.)?client\.PubSub",
    ),
    Pattern(
        "A redis PubSub remembers each channel until it unsubscribes from it.",
        "Call `pubsub.unsubscribe(channel)` when nobody is listening any more.",
        path=r"\.(channels|patterns|shard_channels)\b",
        through=r"^redis\.(asyncio\.)?client\.PubSub",
    ),
    Pattern(
        "Each Redis client keeps a connection pool of its own.",
        "Create one client or one `ConnectionPool` per process and reuse it; `close()` the others.",
        drags=r"redis\.(asyncio\.)?(client\.Redis|connection\.(Blocking)?ConnectionPool)",
    ),
    Pattern(
        "dogpile.cache's memory backend never removes an entry, not even an expired one.",
        "Use another backend (`dogpile.cache.redis`, `dogpile.cache.memcached`), or delete keys with `region.delete()`.",
        path=r"\._cache$",
        through=r"^dogpile\.cache\.backends\.memory\.",
    ),
)
