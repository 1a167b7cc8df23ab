"""Leaks in event loops, threads, the interpreter's own tables and native code; and memory beyond objects."""

from __future__ import annotations

from heapdiff.answers import VerdictKind
from tests.leakbench.case import Case, Server

__all__ = ["CASES"]


def _case(
    name: str,
    title: str,
    path: str,
    *holders: str,
    leaked: str | None = None,
    verdict: VerdictKind = VerdictKind.LEAK,
    server: Server = Server.GTHREAD,
    needs: tuple[str, ...] = (),
    requests: int = 200,
) -> Case:
    """A case whose app has its name. A leading dot of a holder or of the type stands for the app's module."""
    module = f"tests.leakbench.apps.{name}"
    home = module.replace(".", r"\.")
    return Case(
        name,
        title,
        module,
        path,
        tuple(rf"{home}\{holder}" if holder.startswith(".") else holder for holder in holders),
        f"{module}{leaked}" if leaked and leaked.startswith(".") else leaked,
        (verdict,),
        server,
        requests=requests,
        needs=needs,
    )


_CONCURRENCY = (
    _case(
        "asyncio_tasks", "Tasks in a set, never discarded", "/orders/{n}", r".TASKS", leaked="_asyncio.Task"
    ),
    _case(
        "asyncio_sleepers",
        "Coroutines that sleep for a day",
        "/remind/{n}",
        r".LOOP\._scheduled",
        leaked="_asyncio.Task",
    ),
    # The list of callbacks is the future's own, in C; Python shows it as `_callbacks`.
    _case(
        "asyncio_future_callbacks",
        "Callbacks of a future that is never done",
        "/catalogue/{n}",
        r".CATALOGUE_READY\._callbacks",
        r".CATALOGUE_READY",
        leaked="functools.partial",
    ),
    _case(
        "futures_queue",
        "Work that waits for a stuck pool",
        "/mails/{n}",
        r".POOL\._work_queue",
        leaked="concurrent.futures.thread._WorkItem",
    ),
    _case(
        "futures_kept",
        "Futures kept with their results",
        "/prices/{n}",
        r".STATUS",
        leaked="concurrent.futures._base.Future",
    ),
    _case(
        "threading_timers",
        "A timer thread per token",
        "/login/{n}",
        r"threading\._active",
        leaked="threading.Timer",
        requests=60,
    ),
    _case(
        "gevent_greenlets",
        "Greenlets that never finish",
        "/hooks/{n}",
        r".DELIVERIES\.greenlets",
        leaked="gevent._gevent_cgreenlet.Greenlet",
        server=Server.GEVENT,
        needs=("gevent",),
    ),
    # The queue is compiled; its deque is its own affair.
    _case(
        "gevent_queue",
        "A gevent queue that nobody reads",
        "/events/{n}",
        r".OUTBOX\.queue",
        r".OUTBOX",
        leaked="dict",
        server=Server.GEVENT,
        needs=("gevent",),
    ),
)

_INTERPRETER = (
    _case("sys_modules", "A module per customer", "/discount/{n}", r"sys\.modules", leaked="module"),
    # The dict of implementations is a variable that `register` and `dispatch` share; `registry` shows it.
    _case(
        "singledispatch_registry",
        "An implementation per class made per request",
        "/events/{n}",
        r".render\.registry",
        r".render\.(?:register|dispatch)\.<closure registry>",
        leaked="type",
    ),
    # Each call is noted in two lists of the same mock.
    _case(
        "mock_calls",
        "A mock in production remembers its calls",
        "/mails/{n}",
        r".SEND_MAIL\._mock_call_args_list",
        r".SEND_MAIL\._mock_mock_calls",
        leaked="unittest.mock._Call",
    ),
)

_NUMPY = (
    _case(
        "numpy_arrays",
        "Arrays in a list",
        "/embed/{n}",
        r".HISTORY",
        leaked="numpy.ndarray",
        needs=("numpy",),
    ),
    _case(
        "numpy_views",
        "Views that keep whole pictures",
        "/pictures/{n}",
        r".FIRST_ROWS",
        leaked="numpy.ndarray",
        needs=("numpy",),
    ),
    _case(
        "numpy_object_array",
        "Objects in an array that is rebuilt",
        "/orders/{n}",
        r".TABLE\.orders",
        leaked="dict",
        needs=("numpy",),
    ),
)

_BEYOND_OBJECTS = (
    _case("bytesio_uploads", "Uploads kept in BytesIO", "/uploads/{n}", r".UPLOADS", leaked="_io.BytesIO"),
    _case("native_malloc", "Buffers of a C library", "/thumbnails/{n}", verdict=VerdictKind.NATIVE),
    _case("native_strdup", "Many small strings of a C library", "/index/{n}", verdict=VerdictKind.NATIVE),
    _case(
        "fragmentation_reports",
        "Ever larger reports, all freed, pinned here and there",
        "/report",
        verdict=VerdictKind.FRAGMENTATION,
        requests=60,
    ),
)

CASES: tuple[Case, ...] = _CONCURRENCY + _INTERPRETER + _NUMPY + _BEYOND_OBJECTS
