"""Which numbers of which libraries' objects a snapshot tells: limits and counters, never what an application put there.

Only attributes that a library itself assigns, of exactly its own classes; only whole numbers. `name=attribute` counts, among an
attribute's entries `(until when, content)`, those whose time is over. Seen in: SQLAlchemy 2.1.9, psycopg2 2.9.13,
psycopg_pool 3.3.3, pymongo 4.20.1, redis 8.1.0, urllib3 2.8.0, requests 2.34.2, httpcore 1.0.9, aiohttp 3.14.5, cachetools 8.0.2,
cachelib 0.17.0, Flask-Caching 2.5.1, Jinja2 3.1.6.
"""

from collections.abc import Iterator, Mapping
from typing import Final

SMALL_INT: Final = 1 << 60  # as far as the native engine reads integers

_QUEUE_POOL: Final = ("_max_overflow", "_overflow", "_recycle")
_CACHE: Final = ("_Cache__maxsize", "_Cache__currsize")
_SIMPLE_CACHE: Final = ("_threshold", "default_timeout", "expired=_cache")
_URLLIB3_POOL: Final = ("num_connections", "num_requests")
_HTTPCORE_POOL: Final = ("_max_connections", "_max_keepalive_connections")
_PSYCOPG_POOL: Final = ("_min_size", "_max_size", "_nconns", "max_waiting")
_REDIS_POOL: Final = ("max_connections", "_created_connections")
_MONGO_POOL: Final = ("max_pool_size", "active_sockets", "requests", "operation_count")
_INFO: Final = ("_InfoMixin__hits", "_InfoMixin__misses")
_CONNECTOR: Final = ("_limit", "_limit_per_host")

FACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "sqlalchemy.pool.impl.QueuePool": _QUEUE_POOL,
    "sqlalchemy.pool.impl.AsyncAdaptedQueuePool": _QUEUE_POOL,
    "sqlalchemy.pool.impl.SingletonThreadPool": ("size", "_recycle"),
    "sqlalchemy.util.queue.Queue": ("maxsize",),
    "sqlalchemy.util.queue.AsyncAdaptedQueue": ("maxsize",),
    "sqlalchemy.util._collections.LRUCache": ("capacity",),
    "psycopg2.pool.SimpleConnectionPool": ("minconn", "maxconn"),
    "psycopg2.pool.ThreadedConnectionPool": ("minconn", "maxconn"),
    "psycopg_pool.pool.ConnectionPool": _PSYCOPG_POOL,
    "psycopg_pool.pool_async.AsyncConnectionPool": _PSYCOPG_POOL,
    "psycopg_pool.null_pool.NullConnectionPool": _PSYCOPG_POOL,
    "pymongo.synchronous.pool.Pool": _MONGO_POOL,
    "pymongo.asynchronous.pool.Pool": _MONGO_POOL,
    "redis.connection.ConnectionPool": _REDIS_POOL,
    "redis.connection.BlockingConnectionPool": _REDIS_POOL,
    "redis.asyncio.connection.ConnectionPool": _REDIS_POOL,
    "redis.asyncio.connection.BlockingConnectionPool": _REDIS_POOL,
    "urllib3._collections.RecentlyUsedContainer": ("_maxsize",),
    "urllib3.connectionpool.HTTPConnectionPool": _URLLIB3_POOL,
    "urllib3.connectionpool.HTTPSConnectionPool": _URLLIB3_POOL,
    "requests.adapters.HTTPAdapter": ("_pool_connections", "_pool_maxsize"),
    "httpcore.ConnectionPool": _HTTPCORE_POOL,
    "httpcore.HTTPProxy": _HTTPCORE_POOL,
    "httpcore.AsyncConnectionPool": _HTTPCORE_POOL,
    "httpcore.AsyncHTTPProxy": _HTTPCORE_POOL,
    "aiohttp.connector.TCPConnector": _CONNECTOR,
    "aiohttp.connector.UnixConnector": _CONNECTOR,
    "queue.Queue": ("maxsize",),
    "queue.LifoQueue": ("maxsize",),
    "queue.PriorityQueue": ("maxsize",),
    "concurrent.futures.thread.ThreadPoolExecutor": ("_max_workers",),
    "cachetools.Cache": _CACHE,
    "cachetools.FIFOCache": _CACHE,
    "cachetools.LFUCache": _CACHE,
    "cachetools.LRUCache": _CACHE,
    "cachetools.MRUCache": _CACHE,
    "cachetools.RRCache": _CACHE,
    "cachetools.TTLCache": (*_CACHE, "_TTLCache__ttl"),
    "cachetools.TLRUCache": _CACHE,
    "cachetools._cached._InfoWrapper": _INFO,
    "cachetools._cached._LockedInfoWrapper": _INFO,
    "cachetools._cached._ConditionInfoWrapper": _INFO,
    "cachelib.simple.SimpleCache": _SIMPLE_CACHE,
    "flask_caching.backends.simplecache.SimpleCache": _SIMPLE_CACHE,
    "flask_caching.backends.rediscache.RedisCache": ("default_timeout",),
    "cachelib.redis.RedisCache": ("default_timeout",),
    "jinja2.utils.LRUCache": ("capacity",),
}
OF_LRU_CACHE: Final = ("hits", "misses")  # of `functools.lru_cache`, which has no attributes


def as_lines() -> str:
    """For the extension: a type and what is told of it, a line each."""
    return "\n".join(" ".join((name, *told)) for name, told in FACTS.items())


def find_numbers(type_name: str, attributes: Mapping[str, object], now: float) -> Iterator[tuple[str, int]]:
    """The numbers that a snapshot tells of an object of this type with these attributes."""
    for told in FACTS[type_name]:
        name, _, among = told.partition("=")
        value = attributes.get(among or name)
        if among and type(value) is dict:
            yield name, sum(is_over(entry, now) for entry in dict.values(value))
        elif not among and type(value) is int and -SMALL_INT < value < SMALL_INT:
            yield name, value


def is_over(entry: object, now: float) -> bool:
    """Whether an entry's time is over; 0 is for ever."""
    until = entry[0] if type(entry) is tuple and entry else None
    return (type(until) is float or type(until) is int) and 0 < until < now
