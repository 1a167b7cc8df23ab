"""Takes the two snapshots of a request that the panel looks at. The request waits only for a fork; children look at the heap.

The one after is asked for when the response was sent. The one before is that of the request before, if no other began since;
else it's asked for when the request begins, and the one after waits for its end. Never raises: what went wrong is the visit's
`problem`.
"""

import logging
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from flask import request

from heapdiff.agent.system.code_names import CODE_TEXT_MOST
from heapdiff.agent.worker.asking import Ticket, ask, wait_for_fork
from heapdiff.agent.worker.installation import ensure_agent
from heapdiff.errors import BusyError, CaptureError, HeapdiffError, reason_of
from heapdiff.flask.toolbar.shelf import Visit, make_token, own_directory, shorten, tidy, write_visit
from heapdiff.flask.toolbar.traffic import find_lasting, name_bystanders, name_serving, number_begun

logger = logging.getLogger("heapdiff")

FORK_S: Final = 0.2
BUSY_S: Final = 0.01  # that the start of a request may wait for another snapshot
WALK_S: Final = 10.0  # that the end of one may wait for its own first snapshot; the response was sent
POLL_S: Final = 0.001
MOST_ENDPOINTS: Final = 1000
MOST_THREADS: Final = 100
SAMPLE_BYTES: Final = 512  # an object of 300 bytes is sampled as often as not, for 0.3 µs a sample
SAMPLE_S: Final = 600
BUSY: Final = "Another snapshot was being taken when this request began. Reload the page."


@dataclass(slots=True)
class Seen:
    """What the panel remembers of this process. `last_begun` is how many requests had begun when the last was closed."""

    pid: int = 0
    first: str = ""
    last: str = ""
    last_begun: int = 0
    last_threads: frozenset[int] = frozenset()
    first_threads: frozenset[int] = frozenset()
    endpoints: set[str] = field(default_factory=set)
    sampling: bool = False


@dataclass(slots=True)
class Look:
    """One request under way: the visit, the snapshot before it while that is being taken, and how many requests had begun."""

    visit: Visit
    begun: int
    serving: tuple[str, ...]
    ticket: Ticket | None = None
    threads: Mapping[str, frozenset[int]] = field(default_factory=dict)


_lock = threading.Lock()
_seen = Seen()


def begin() -> Look:
    """Have the snapshot before this request taken; it is forked when this returns."""
    visit = Visit(
        token=make_token(),
        request=f"{request.method} {request.path}",
        endpoint=request.endpoint or "",
        thread=threading.current_thread().name,
    )
    look = Look(shorten(visit), number_begun(), name_serving())
    try:
        _begin(look)
    except Exception as error:
        give_up(look, error)
    return look


def finish(look: Look) -> None:
    """The response was sent and the request's context is gone: have the other snapshot taken."""
    try:
        if not look.visit.problem:
            _finish(look)
        others = max(len({*look.serving} - {look.visit.thread}), number_begun() - look.begun)
        threads = {look.visit.thread, *look.serving, *name_serving(), *name_bystanders()}
        named = [name[:CODE_TEXT_MOST] for name in sorted(threads)[:MOST_THREADS]]
        look.visit = replace(look.visit, others=others, threads=named, closed=True)
        write_visit(look.visit)
        with _lock:
            tidy(own_directory(), _seen.first, _seen.last)
    except Exception as error:
        give_up(look, error)


def give_up(look: Look, error: Exception) -> None:
    """What went wrong goes into the panel, and once into the log if it isn't ours."""
    said = (
        error.message if isinstance(error, HeapdiffError) else f"{type(error).__name__}: {reason_of(error)}"
    )
    if not isinstance(error, HeapdiffError):
        logger.warning("heapdiff: the toolbar's panel: %s", said)
    look.visit = replace(look.visit, problem=said[:1000], closed=True)
    try:
        write_visit(look.visit)
    except Exception:
        look.ticket = None


def _begin(look: Look) -> None:
    global _seen
    agent = ensure_agent()
    if agent.choice.name != "native":
        raise CaptureError(
            f"The panel needs heapdiff's native engine, and it can't run here: {agent.choice.reason}", ""
        )
    with _lock:
        if _seen.pid != os.getpid():
            _seen = Seen(os.getpid())
        known = look.visit.endpoint in _seen.endpoints
        if len(_seen.endpoints) < MOST_ENDPOINTS:
            _seen.endpoints.add(look.visit.endpoint)
        look.visit = replace(
            look.visit, warm_up=not known, unsampled=_sample(), last=_seen.last, first=_seen.first
        )
        look.threads = {"last": _seen.last_threads, "first": _seen.first_threads, "request": find_lasting()}
    if _seen.last and _seen.last_begun == look.begun - 1:
        look.visit = replace(look.visit, before=_seen.last)
        look.threads = {**look.threads, "request": _seen.last_threads}
        write_visit(look.visit)
        return
    look.visit = replace(look.visit, before=f"{look.visit.token}-before")
    write_visit(look.visit)  # first, so that nobody tidies its snapshot away
    look.ticket = _ask(own_directory() / look.visit.before, BUSY_S)
    if look.ticket is None:
        raise BusyError(BUSY, "")


def _finish(look: Look) -> None:
    if look.ticket is not None:
        _await_end(look.ticket)
    stem = f"{look.visit.token}-after"
    ticket = _ask(own_directory() / stem, WALK_S)
    if ticket is None:
        raise BusyError("Another snapshot was being taken when this request ended. Reload the page.", "")
    now = find_lasting()
    new = [view for view, then in look.threads.items() if now - then]
    look.visit = replace(look.visit, after=stem, new_threads=new)
    with _lock:
        _seen.last_threads = now
        _seen.first_threads = _seen.first_threads if _seen.first else now
        _seen.last, _seen.last_begun = stem, number_begun()
        _seen.first = _seen.first or stem


def _ask(path: Path, limit_s: float) -> Ticket | None:
    """A snapshot that is forked; None if another is being taken for longer than that."""
    last = time.monotonic() + limit_s
    while True:
        try:
            ticket = ask("api", path=path)
        except BusyError:
            if time.monotonic() >= last:
                return None
            time.sleep(POLL_S)
            continue
        if not wait_for_fork(ticket, FORK_S):
            raise CaptureError(
                f"No snapshot: {ticket.agent.choice.engine.status()['error'] or 'no fork in time'}", ""
            )
        return ticket


def _await_end(ticket: Ticket) -> None:
    """Until the snapshot before the request is written. A child that walks doesn't stop anything but the next snapshot."""
    last = time.monotonic() + WALK_S
    while True:
        status = ticket.agent.choice.engine.status()
        if status["ticket"] != ticket.number or status["state"] == "done":
            return
        if status["state"] == "failed" or time.monotonic() >= last:
            raise CaptureError(
                f"No snapshot: {status['error'] or 'the one before the request took too long'}", ""
            )
        time.sleep(POLL_S)


def _sample() -> str:
    """Have allocations sampled for as long as the panel is used, unless they are already; or why that isn't possible."""
    from heapdiff.agent import _native

    state = _native.sampling()
    if state["on"] and not (_seen.sampling and state["interval"] == SAMPLE_BYTES):
        return ""
    obstacle = _native.sample(SAMPLE_BYTES, SAMPLE_S)
    _seen.sampling = obstacle is None
    return obstacle or ""
