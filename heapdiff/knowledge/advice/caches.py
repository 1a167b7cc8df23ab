"""The caches that are known: where their entries, bounds and counters stand, and how one is kept in bounds.

Seen in: CPython 3.11 to 3.13, cachetools 8.0.2, cachelib 0.17.0, Flask-Caching 2.5.1, dogpile.cache 1.5.0, SQLAlchemy 2.1.9,
Jinja2 3.1.6.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class CacheKind:
    """A make of cache. `bound`, `hits`, `misses` and `expired` are names of numbers in the snapshot; `field` is an attribute by
    which one is known. `library`: the library fills it for itself, and has bounded it.

    `named`: only its name says that it's a cache. `backend`: what's in it is the application's, whoever keeps it. `code` is how
    to bound it, `shared` how to have one for all workers.
    """

    name: str
    types: tuple[str, ...] = ()
    field: str = ""
    bound: str = ""
    hits: str = ""
    misses: str = ""
    expired: str = ""
    library: bool = False
    named: bool = False
    backend: bool = False
    pickled: bool = (
        False  # its entries are pickles, which lie in malloc's blocks: pickle shrinks a larger one
    )
    code: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()


LRU_CACHE: Final = CacheKind(
    "lru_cache",
    ("functools._lru_cache_wrapper",),
    hits="hits",
    misses="misses",
    code=("@functools.lru_cache(maxsize={bound})",),
)
CACHETOOLS: Final = CacheKind(
    "cachetools cache",
    field="_Cache__maxsize",
    bound="_Cache__maxsize",
    code=("cachetools.TTLCache(maxsize={bound}, ttl=300)",),
)
_SIMPLE_CACHE: Final = CacheKind(
    "SimpleCache", bound="_threshold", expired="expired", pickled=True, backend=True
)
SIMPLE_CACHES: Final = (
    replace(
        _SIMPLE_CACHE,
        types=("flask_caching.backends.simplecache.SimpleCache",),
        code=('app.config["CACHE_THRESHOLD"] = {bound}',),
        shared=(
            'app.config["CACHE_TYPE"] = "RedisCache"',
            'app.config["CACHE_REDIS_URL"] = "redis://redis:6379/0"',
        ),
    ),
    replace(  # which is what Flask-Caching's is made from: the first that matches counts
        _SIMPLE_CACHE,
        types=("cachelib.simple.SimpleCache",),
        code=("cachelib.SimpleCache(threshold={bound})",),
        shared=('cachelib.RedisCache(host="redis")',),
    ),
)
DOGPILE: Final = CacheKind(
    "dogpile.cache memory backend",
    ("dogpile.cache.backends.memory.MemoryBackend", "dogpile.cache.backends.memory.MemoryPickleBackend"),
    backend=True,
    code=(
        'region.configure("dogpile.cache.redis", expiration_time=300,',
        '                 arguments={{"host": "redis"}})',
    ),
)
NAMED: Final = CacheKind(
    "dict", named=True, code=("cachetools.LRUCache(maxsize={bound})  # in place of the dict",)
)
DECORATED: Final = CacheKind(
    "dict of @cachetools.cached", code=("@cachetools.cached(cachetools.LRUCache(maxsize={bound}))",)
)

KINDS: Final = (
    LRU_CACHE,
    *SIMPLE_CACHES,
    DOGPILE,
    CacheKind(
        "SQLAlchemy LRUCache", ("sqlalchemy.util._collections.LRUCache",), bound="capacity", library=True
    ),
    CacheKind("Jinja LRUCache", ("jinja2.utils.LRUCache",), bound="capacity", library=True),
)
"""Those that are found by their type, or one that it's made from."""

OF_MODULES: Final[
    Mapping[str, Mapping[str, int | None]]
] = {  # module -> names of dicts in it -> their bounds, which are constants of the module
    "re": {"_cache": 512, "_cache2": 256},
    "linecache": {"cache": None},
}
IN_MODULE: Final = CacheKind("cache of the standard library", library=True)

NAME: Final = re.compile(
    r"(?:.*_)?(?:caches?|cached|memo|memos|memoized)(?:_.*)?|\w*[a-z](?:Cache|Memo)", re.IGNORECASE
)
"""What a dict that is used as a cache is likely to be called."""

COUNTING: Final = {  # what cachetools' decorators with `info=True` count, and the attribute that has the cache
    "cachetools._cached._InfoWrapper": "cache",
    "cachetools._cached._LockedInfoWrapper": "cache",
    "cachetools._cached._ConditionInfoWrapper": "cache",
}
COUNTED: Final = ("_InfoMixin__hits", "_InfoMixin__misses")

WORKERS: Final = ("gunicorn", "uwsgi", "mod_wsgi", "granian", "uvicorn", "hypercorn")
"""Servers that usually run several processes."""

FEW_ENTRIES: Final = 1000  # of a cache without a bound that nobody has seen grow
GROWN_ENTRIES: Final = 100  # and of one that has grown meanwhile
BOUND: Final = 1024  # what is suggested
LOW_RATE: Final = 0.1
FEW_MISSES: Final = 1000
FEW_EXPIRED: Final = 100
WORTH_SHARING: Final = 100_000  # bytes
