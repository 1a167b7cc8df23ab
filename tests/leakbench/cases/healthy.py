"""Apps in which nothing leaks, though some of them look like it for a while."""

from __future__ import annotations

from typing import Any, Final

from heapdiff.answers import VerdictKind
from tests.leakbench.case import Case, Server

__all__ = ["CASES"]

QUIET: Final = (VerdictKind.STABLE, VerdictKind.INCONCLUSIVE)


def healthy(name: str, title: str, path: str, **others: Any) -> Case:
    app = f"tests.leakbench.apps.healthy_{name}"
    return Case(f"healthy-{name.replace('_', '-')}", title, app, path, **{"verdicts": QUIET, **others})


CASES: Final = (
    healthy("lru_cache", "a bounded lru_cache fills up", "/article/{n}"),
    healthy("ordered_lru", "an LRU cache on an OrderedDict, full", "/page/{n}", warm_up=150),
    healthy("ttl_cache", "a cache whose entries expire", "/rate/{n}"),
    healthy("simple_cache", "SimpleCache with a threshold", "/report/{n}", needs=("flask-caching",)),
    healthy("lazy_imports", "views import modules when first called", "/view/{n}"),
    healthy("templates", "templates are compiled when first rendered", "/page/{n}"),
    healthy("connection_pool", "a pool opens connections up to its size", "/sum/{n}"),
    healthy("thread_pool", "a pool starts threads up to its size", "/resize/{n}"),
    healthy("churn", "large temporary objects", "/export/{n}", requests=60),
    healthy("cycles", "garbage cycles in each request, collected in time", "/document/{n}"),
    healthy("deque_maxlen", "a deque with a greatest length fills up", "/search/{n}"),
    healthy("ring_buffer", "a ring of the latest requests", "/event/{n}"),
    healthy("regex_cache", "the cache of the module re fills up", "/match/{n}"),
    healthy("metrics", "metrics with a fixed set of labels", "/work/{n}", needs=("prometheus-client",)),
    healthy("memory_handler", "a logging handler with a bounded buffer", "/order/{n}"),
    healthy("sessions", "a session store that evicts", "/visit/{n}"),
    healthy("interned", "interned names of a fixed set", "/state/{n}"),
    healthy("class_registry", "a registry of classes filled at the start", "/model/{n}"),
    healthy("idle", "no requests at all", "/", warm_up=1, requests=0),
    healthy("shrinks", "a cache is emptied between snapshots", "/result/{n}"),
    healthy("weak_values", "a weak dictionary of shared documents", "/edit/{n}"),
    healthy("first_load", "a catalogue loaded by the first request", "/article/{n}"),
    healthy("toolbar", "a debug toolbar with the latest requests", "/list/{n}"),
    healthy("batches", "events written away in batches", "/click/{n}"),
    healthy("sqlalchemy", "sessions that are closed, statements cached", "/users/{n}", needs=("sqlalchemy",)),
    healthy("asyncio", "an event loop in each request", "/fetch/{n}"),
    healthy("gevent", "greenlets in each request", "/gather/{n}", server=Server.GEVENT, needs=("gevent",)),
    healthy("empty_places", "a list made with empty places fills up", "/step/{n}"),
    healthy("downloads", "the table of media types is read once", "/picture/{n}"),
    healthy("larger_entries", "a full cache gets larger entries", "/answer/{n}", warm_up=150),
    healthy("cachetools", "a TTLCache fills up", "/quote/{n}", needs=("cachetools",)),
    healthy("errors", "failing requests with tracebacks", "/order/{n}"),
)
