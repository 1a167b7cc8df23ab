"""Thirty functions that leave nothing behind, or nothing for long, or nothing beyond a bound."""

from __future__ import annotations

import asyncio
import collections
import concurrent.futures
import contextvars
import functools
import itertools
import json
import logging
import logging.handlers
import queue
import random
import re
import threading
import warnings
import weakref
from collections.abc import Iterator
from typing import Final
from unittest import mock

import flask

from tests.benchmarks.leak_checks.cases import Work, clean

numbers = itertools.count(10_000)
chance = random.Random(7)


class Row:
    def __init__(self, number: int) -> None:
        self.number = number
        self.other: Row | None = None


CACHE: Final[dict[int, Row]] = {}
NEWEST: Final[collections.OrderedDict[int, Row]] = collections.OrderedDict()
FRESH: Final[dict[int, int]] = {}
LAST: Final[collections.deque[Row]] = collections.deque(maxlen=100)
LONG: Final[collections.deque[Row]] = collections.deque(maxlen=3000)
ALIVE: Final[weakref.WeakValueDictionary[int, Row]] = weakref.WeakValueDictionary()
OPEN: Final[weakref.WeakSet[Row]] = weakref.WeakSet()
BATCH: Final[list[Row]] = []
RING: Final[list[Row | None]] = [None] * 50
KNOWN: Final[dict[int, str]] = {}
LIMITS: Final[dict[str, collections.deque[int]]] = {}
user = contextvars.ContextVar[str]("user")


@clean
def arithmetic() -> Work:
    return lambda: sum(number * number for number in range(100))


@clean
def json_there_and_back() -> Work:
    return lambda: json.loads(json.dumps({"rows": [{"number": next(numbers)} for _ in range(10)]}))


@functools.lru_cache(maxsize=128)
def small(number: int) -> str:
    return str(number)


@functools.lru_cache(maxsize=4096)
def large(number: int) -> str:
    return str(number)


@clean
def lru_cache_full() -> Work:
    return lambda: small(next(numbers))


@clean
def lru_cache_still_filling() -> Work:
    return lambda: large(next(numbers))


@clean
def cache_cleared_when_full() -> Work:
    def work() -> None:
        if len(CACHE) >= 256:
            CACHE.clear()
        number = next(numbers)
        CACHE[number] = Row(number)

    return work


@clean
def cache_that_evicts_the_oldest() -> Work:
    def work() -> None:
        number = next(numbers)
        NEWEST[number] = Row(number)
        if len(NEWEST) > 200:
            NEWEST.popitem(last=False)

    return work


@clean
def entries_that_expire() -> Work:
    def work() -> None:
        now = next(numbers)
        FRESH[now] = now + 60
        for key in [key for key, until in FRESH.items() if until <= now]:
            del FRESH[key]

    return work


@clean
def deque_with_bound() -> Work:
    return lambda: LAST.append(Row(next(numbers)))


@clean
def deque_with_a_far_bound() -> Work:
    return lambda: LONG.append(Row(next(numbers)))


@clean
def weak_values() -> Work:
    def work() -> None:
        row = Row(next(numbers))
        ALIVE[row.number] = row

    return work


@clean
def cycles() -> Work:
    def work() -> None:
        one, other = Row(1), Row(2)
        one.other, other.other = other, one

    return work


@clean
def threads_that_end() -> Work:
    def work() -> None:
        thread = threading.Thread(target=lambda: [Row(1)])
        thread.start()
        thread.join()

    return work


@clean
def thread_pool() -> Work:
    pool = concurrent.futures.ThreadPoolExecutor(4)
    return lambda: pool.submit(Row, 1).result()


@clean
def context_variable() -> Work:
    def work() -> None:
        token = user.set(str(next(numbers)))
        user.reset(token)

    return work


def stream() -> Iterator[int]:
    rows = [Row(1)]
    yield from (row.number for row in rows * 3)


def make_app() -> flask.Flask:
    app = flask.Flask("tidy")
    app.secret_key = "for tests"
    app.add_url_rule("/", view_func=lambda: "ok")

    @app.get("/session")
    def session() -> str:
        flask.session["seen"] = flask.session.get("seen", 0) + 1
        flask.g.rows = [Row(1)]
        return "ok"

    @app.get("/page")
    def page() -> str:
        return flask.render_template_string("{% for n in rows %}{{ n }} {% endfor %}", rows=range(10))

    return app


@clean
def flask_request() -> Work:
    client = make_app().test_client()
    return lambda: client.get("/")


@clean
def flask_session() -> Work:
    client = make_app().test_client()
    return lambda: client.get("/session")


@clean
def flask_not_found() -> Work:
    client = make_app().test_client()
    return lambda: client.get(f"/missing/{next(numbers)}")


@clean
def flask_template() -> Work:
    client = make_app().test_client()
    return lambda: client.get("/page")


@clean
def log_lines() -> Work:
    logger = logging.getLogger("tidy")
    return lambda: logger.warning("request %d", next(numbers))


@clean
def memory_handler() -> Work:
    logger = logging.getLogger("tidy.buffered")
    logger.propagate = False
    logger.addHandler(logging.handlers.MemoryHandler(50, target=logging.NullHandler()))
    return lambda: logger.warning("request %d", next(numbers))


@clean
def printed() -> Work:
    return lambda: print("request", next(numbers))


@clean
def exceptions_caught() -> Work:
    def work() -> None:
        try:
            raise KeyError(next(numbers))
        except KeyError as error:
            str(error)

    return work


@clean
def patterns() -> Work:
    return lambda: re.compile(rf"a{next(numbers)}+").match("a1")


@clean
def random_keys_of_a_hundred() -> Work:
    def work() -> None:
        key = chance.randrange(100)
        KNOWN.setdefault(key, str(key))

    return work


@clean
def ring() -> Work:
    def work() -> None:
        number = next(numbers)
        RING[number % len(RING)] = Row(number)

    return work


@clean
def queue_with_reader() -> Work:
    jobs: queue.Queue[Row] = queue.Queue()

    def read() -> None:
        while True:
            jobs.get()
            jobs.task_done()

    threading.Thread(target=read, daemon=True).start()

    def work() -> None:
        jobs.put(Row(1))
        jobs.join()

    return work


@clean
def event_loops() -> Work:
    return lambda: asyncio.run(asyncio.sleep(0))


@clean
def test_double() -> Work:
    send = mock.Mock()
    return lambda: send(next(numbers))


@clean
def warned() -> Work:
    def work() -> None:
        warnings.warn("old", DeprecationWarning, stacklevel=1)

    return work


@clean
def sliding_window() -> Work:
    def work() -> None:
        now = next(numbers)
        window = LIMITS.setdefault(f"client {now % 5}", collections.deque())
        window.append(now)
        while window[0] < now - 100:
            window.popleft()

    return work
