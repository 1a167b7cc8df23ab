"""Which requests of this process overlap: a snapshot is of the whole process, so what one leaves can't be told from another's.

Requests for static files and the toolbar's own don't count: every page brings some, and they leave nothing.
"""

import os
import threading
from typing import Any, Final

from flask import Flask, request, request_started, request_tearing_down

COUNTED: Final = "heapdiff.toolbar.counted"
TOOLBAR: Final = "debugtoolbar"
STATIC: Final = "static"
RELOADED: Final = "WERKZEUG_RUN_MAIN"
ICON: Final = "/favicon.ico"  # browsers ask for it
OF_WERKZEUG: Final = "(process_request_thread)"  # how threads end that serve one request each
ACCEPTING: Final = (
    "(serve_forever)"  # and one that begins them, where the main thread has something else to do
)

_lock = threading.Lock()
_begun = 0
_running: set[str] = set()


def count_requests(app: Flask) -> None:
    """Follow an app's requests from their start to their end. Idempotent."""
    request_started.connect(_begin, app)
    request_tearing_down.connect(_end, app)


def number_begun() -> int:
    """How many requests that count have begun in this process."""
    return _begun


def name_serving() -> tuple[str, ...]:
    """The threads that serve a request that counts, this one's included."""
    with _lock:
        return tuple(sorted(_running))


def name_bystanders() -> tuple[str, ...]:
    """The main thread where it only watches the application's files, and walks through directories all the time."""
    return (threading.main_thread().name,) if os.environ.get(RELOADED) == "true" else ()


def find_lasting() -> frozenset[int]:
    """The threads that don't end with a request that they serve."""
    return frozenset(each.ident or 0 for each in threading.enumerate() if not each.name.endswith(OF_WERKZEUG))


def _begin(_sender: Flask, **_extra: Any) -> None:
    global _begun
    endpoint = request.endpoint or ""
    if request.blueprint == TOOLBAR or endpoint.rpartition(".")[2] == STATIC or request.path == ICON:
        return
    with _lock:
        request.environ[COUNTED] = True
        _begun += 1
        _running.add(threading.current_thread().name)


def _end(_sender: Flask, **_extra: Any) -> None:
    """Not of contexts that a test or a command pushes, which never began."""
    if request.environ.pop(COUNTED, None) is not None:
        with _lock:
            _running.discard(threading.current_thread().name)
