"""Thirty functions that leave something behind with every call, or with every third or tenth."""

from __future__ import annotations

import array
import asyncio
import atexit
import collections
import contextvars
import functools
import io
import itertools
import logging
import queue
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any, Final

import blinker
import flask

from tests.benchmarks.leak_checks.cases import Work, leaking, sometimes

numbers = itertools.count(10_000)


class Session:
    def __init__(self, number: int) -> None:
        self.number = number
        self.tags = [number]


SESSIONS: Final[dict[str, Session]] = {}
EVENTS: Final[list[dict[str, int]]] = []
SEEN: Final[set[tuple[int, str]]] = set()
INDEX: Final[dict[str, dict[int, list[str]]]] = {"a": {}, "b": {}}
HISTORY: Final[collections.deque[object]] = collections.deque()
BY_DAY: Final[collections.defaultdict[int, list[int]]] = collections.defaultdict(list)
RECENT: Final[collections.OrderedDict[int, str]] = collections.OrderedDict()
RARE: Final[list[bytes]] = []
STREAMS: Final[list[Iterator[int]]] = []
CONTEXTS: Final[list[contextvars.Context]] = []
current = contextvars.ContextVar[list[int]]("current")
LOCAL: Final = threading.local()
JOBS: Final[queue.Queue[object]] = queue.Queue()
FAILURES: Final[list[Exception]] = []
BUFFERS: Final[list[array.array[float]]] = []
JOURNAL: Final = io.StringIO()
BLOB: Final = bytearray()
CLASSES: Final[dict[str, type]] = {}
saved: Final = blinker.Signal()


@leaking
def module_dict() -> Work:
    def work() -> None:
        number = next(numbers)
        SESSIONS[f"user-{number}"] = Session(number)

    return work


@leaking
def module_list() -> Work:
    return lambda: EVENTS.append({"number": next(numbers)})


@leaking
def module_set() -> Work:
    return lambda: SEEN.add((next(numbers), "path"))


class Registry:
    instances: Final[list[Session]] = []

    def __init__(self) -> None:
        self.names: dict[int, str] = {}


registry = Registry()


@leaking
def class_attribute() -> Work:
    return lambda: Registry.instances.append(Session(next(numbers)))


@leaking
def instance_attribute() -> Work:
    def work() -> None:
        number = next(numbers)
        registry.names[number] = f"name {number}"

    return work


@leaking
def closure() -> Work:
    pending: list[Session] = []
    return lambda: pending.append(Session(next(numbers)))


@leaking
def unbounded_lru_cache() -> Work:
    return lambda: price_of(next(numbers))


@functools.cache
def price_of(number: int) -> str:
    return f"{number} EUR"


class Report:
    @functools.cache  # noqa: B019
    def rows(self) -> list[int]:
        return [1, 2, 3]


@leaking
def cache_on_method() -> Work:
    return lambda: Report().rows()


def collect(number: int, found: list[tuple[int, int]] = []) -> int:  # noqa: B006
    found.append((number, number))
    return len(found)


@leaking
def mutable_default() -> Work:
    return lambda: collect(next(numbers))


@leaking
def deque_without_bound() -> Work:
    return lambda: HISTORY.append(object())


@leaking
def defaultdict_of_lists() -> Work:
    return lambda: BY_DAY[next(numbers)].append(1)


@leaking
def nested_dicts() -> Work:
    def work() -> None:
        number = next(numbers)
        INDEX["ab"[number % 2]][number] = [str(number)]

    return work


@leaking
def every_third_call() -> Work:
    kept: list[Session] = []
    return sometimes(lambda: kept.append(Session(next(numbers))), 3)


@leaking
def every_tenth_call() -> Work:
    return sometimes(lambda: RARE.append(bytes(2000)), 10)


def count_up() -> Iterator[int]:
    rows = [next(numbers)]
    while True:
        yield rows[0]


@leaking
def generators_kept() -> Work:
    def work() -> None:
        stream = count_up()
        next(stream)
        STREAMS.append(stream)

    return work


@leaking
def contexts_kept() -> Work:
    def work() -> None:
        context = contextvars.copy_context()
        context.run(current.set, [next(numbers)])
        CONTEXTS.append(context)

    return work


@leaking
def thread_local() -> Work:
    def work() -> None:
        if not hasattr(LOCAL, "rows"):
            LOCAL.rows = []
        LOCAL.rows.append(object())

    return work


@leaking
def queue_without_reader() -> Work:
    return lambda: JOBS.put(Session(next(numbers)))


@leaking
def loggers() -> Work:
    return lambda: logging.getLogger(f"leaky.request.{next(numbers)}")


@leaking
def signal_receivers() -> Work:
    def work() -> None:
        session = Session(next(numbers))
        saved.connect(lambda _: session.tags, weak=False)

    return work


@leaking
def flask_before_request() -> Work:
    app = flask.Flask("leaky")
    app.add_url_rule("/", view_func=lambda: register_hook(app))
    client = app.test_client()
    return lambda: client.get("/")


def register_hook(app: flask.Flask) -> str:
    app.before_request_funcs.setdefault(None, []).append(lambda: None)
    return "ok"


@leaking
def flask_extension_cache() -> Work:
    app = flask.Flask("caching")
    app.extensions["pages"] = {}

    @app.get("/page")
    def page() -> str:
        number = flask.request.args["n"]
        return str(app.extensions["pages"].setdefault(number, "x" * 100))

    client = app.test_client()
    return lambda: client.get("/page", query_string={"n": next(numbers)})


@leaking
def exceptions_kept() -> Work:
    def work() -> None:
        try:
            raise ValueError(next(numbers))
        except ValueError as error:
            FAILURES.append(error)

    return work


@leaking
def at_exit() -> Work:
    return lambda: atexit.register(int, next(numbers))


@leaking
def finalizers() -> Work:
    return lambda: weakref.finalize(registry, int, next(numbers))


@leaking
def native_buffers() -> Work:
    return lambda: BUFFERS.append(array.array("d", bytes(800)))


@leaking
def one_growing_buffer() -> Work:
    return lambda: BLOB.extend(b"a line of forty characters, more or less\n")


@leaking
def classes_made() -> Work:
    def work() -> None:
        name = f"Row{next(numbers)}"
        CLASSES[name] = type(name, (Session,), {})

    return work


class Node:
    __slots__ = ("before", "number")

    def __init__(self, number: int, before: Node | None) -> None:
        self.number, self.before = number, before


class Chain:
    def __init__(self) -> None:
        self.newest: Node | None = None


CHAIN: Final = Chain()


@leaking
def linked_list() -> Work:
    def work() -> None:
        CHAIN.newest = Node(next(numbers), CHAIN.newest)

    return work


@leaking
def futures_pending() -> Work:
    loop = asyncio.new_event_loop()
    pending: set[asyncio.Future[Any]] = set()
    return lambda: pending.add(loop.create_future())


Callbacks = list[Callable[[], object]]
OBSERVERS: Final[Callbacks] = []
