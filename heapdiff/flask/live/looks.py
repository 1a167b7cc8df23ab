"""Looks at the living objects of the worker that answers. Each is made in a forked child, one at a time in a process."""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from flask import Response, g, request

from heapdiff.errors import BusyError, MissingToolError
from heapdiff.flask.apart.forked import Limits, Work, ask_child
from heapdiff.flask.apart.questions import draw_graph
from heapdiff.flask.live.growing import siblings
from heapdiff.flask.live.living import list_objects, show_object
from heapdiff.flask.live.partitions import REFERRER, TYPE, partition_heap
from heapdiff.flask.live.picturing import describe_referrers
from heapdiff.flask.live.rendering import PICTURE_POLICY, page, problem

ADDRESS: Final = re.compile(r"0x[0-9a-f]{1,16}", re.ASCII)
TYPE_MOST: Final = 300
BLOCKED_S: Final = 25.0  # gunicorn ends a worker that does nothing else for 30
PACKAGES: Final = {"guppy": "guppy3", "objgraph": "objgraph"}

_looking = threading.Lock()


@contextmanager
def _alone() -> Iterator[None]:
    """A second look would take the memory once more."""
    if not _looking.acquire(blocking=False):
        raise BusyError("somebody is already looking at this worker's objects", "Try again in a moment.")
    try:
        yield
    finally:
        _looking.release()


def look(work: Work) -> bytes:
    with _alone():
        return ask_child(work, Limits(g.heapdiff_directory, patience_s()))


def patience_s() -> float:
    """How long an answer may take: as long as a snapshot where other requests go on meanwhile, else less than servers wait."""
    deadline_s = float(g.heapdiff_settings.deadline_s)
    return deadline_s if request.environ.get("wsgi.multithread") else min(BLOCKED_S, deadline_s)


def require(module: str) -> None:
    """Raises MissingToolError; imports nothing."""
    if importlib.util.find_spec(module) is None:
        name = PACKAGES[module]
        raise MissingToolError(
            f"{name} isn't installed", "Install it where the application runs: pip install 'heapdiff[live]'"
        )


def objects() -> Response:
    """The living objects of a type."""
    wanted, values = request.args.get("type", "").strip()[:TYPE_MOST], g.heapdiff_settings.live_values
    if elsewhere := answer_elsewhere():
        return elsewhere
    if not wanted:
        return problem(400, "No type was named.", "Name one as snapshots do: shop.cache.Session, or dict.")
    found = json.loads(look(lambda: list_objects(wanted, values)))
    return page("objects", found=found)


def one_object() -> Response:
    """One living object: what refers to it, and what it refers to."""
    if elsewhere := answer_elsewhere():
        return elsewhere
    address, values = read_address(), g.heapdiff_settings.live_values
    if address is None:
        return problem(400, "That isn't an address.", "An address looks like 0x7f87c6e12a40.")
    found = json.loads(look(lambda: show_object(address, values)))
    return page("object", found=found)


def picture() -> Response:
    """Who refers to an object, drawn. The picture is in the page: another request for it may reach another worker."""
    if elsewhere := answer_elsewhere():
        return elsewhere
    address, values = read_address(), g.heapdiff_settings.live_values
    if address is None:
        return problem(400, "That isn't an address.", "An address looks like 0x7f87c6e12a40.")
    require("objgraph")
    drawn = draw_graph(look(lambda: describe_referrers(address, values)).decode(), patience_s())
    source = f"data:image/svg+xml;base64,{base64.b64encode(drawn).decode()}"
    answer = page("picture", source=source, address=hex(address))
    answer.headers["Content-Security-Policy"] = PICTURE_POLICY
    return answer


def heapy() -> Response:
    """The whole heap in parts, as Heapy sees it."""
    by = request.args.get("by", TYPE)
    if by not in (TYPE, REFERRER):
        return problem(400, "Heapy parts the heap by type or by referrer here.")
    if elsewhere := answer_elsewhere():
        return elsewhere
    require("guppy")
    values = g.heapdiff_settings.live_values
    return page("heapy", found=json.loads(look(lambda: partition_heap(by, values))))


def read_address() -> int | None:
    given = request.args.get("address", "")
    return int(given, 16) if ADDRESS.fullmatch(given) else None


def answer_elsewhere() -> Response | None:
    """Where the page is about another worker: objects are only in their own, and a server gives a request to any."""
    given = request.args.get("pid", str(os.getpid()))
    if given == str(os.getpid()):
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= 10):
        return problem(400, "That isn't a process ID.")
    if not any(worker.pid == int(given) for worker in siblings(g.heapdiff_directory)):
        return problem(404, f"Worker {given} has ended.", "Its objects ended with it.")
    again = f"{request.path}?{request.query_string.decode('ascii', 'replace')}"
    return page("elsewhere", 409, wanted=int(given), again=request.root_path + again)


LOOKS: Final[Mapping[str, Callable[..., Response]]] = {
    "objects": objects,
    "object": one_object,
    "picture": picture,
    "heapy": heapy,
}
