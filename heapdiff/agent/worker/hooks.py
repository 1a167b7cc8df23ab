"""Where known servers begin to serve: there a worker is armed, without a change to the application.

The table names functions of servers that run in workers only. Each is wrapped to call us first; nothing here
imports a server, and what fails here fails silently, for the server's start comes first.
"""

import contextlib
import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final, NamedTuple

from heapdiff.agent.worker import installation

Wrapper = Callable[[Callable[..., Any], str], Callable[..., Any]]
TEST_CLIENT: Final = "werkzeug.debug.preserve_context"  # Flask's test client leaves this; no server does


class Place(NamedTuple):
    """A function of a server, as `function` or `Class.method`, and what is put around it."""

    name: str
    wrapper: Wrapper


def arm_first(original: Callable[..., Any], server: str) -> Callable[..., Any]:
    """A function that only a worker calls, when it begins to serve."""

    @functools.wraps(original)
    def begin_to_serve(*args: Any, **kwargs: Any) -> Any:
        installation.join(server)
        return original(*args, **kwargs)

    return begin_to_serve


def arm_after_signals(original: Callable[..., Any], server: str) -> Callable[..., Any]:
    """gunicorn's `Worker.init_process`: it resets the signals through `init_signals`, and right then we arm.

    Each kind of worker has an `init_signals` of its own, so it is replaced on the worker, not on a class.
    """

    @functools.wraps(original)
    def init_process(self: Any, *args: Any, **kwargs: Any) -> Any:
        with contextlib.suppress(Exception):
            reset = self.init_signals

            def init_signals() -> None:
                del self.init_signals
                with installation.signal_held():
                    reset()
                    installation.join(server)

            self.init_signals = init_signals
        return original(self, *args, **kwargs)

    return init_process


def leave_first(original: Callable[..., Any], _server: str) -> Callable[..., Any]:
    """A function by which a process that loaded the app leaves serving it to a child."""

    @functools.wraps(original)
    def leave(*args: Any, **kwargs: Any) -> Any:
        installation.leave()
        return original(*args, **kwargs)

    return leave


def arm_if_embedded(original: Callable[..., Any], _server: str) -> Callable[..., Any]:
    """`Flask.__init__`: a server written in C calls no function of Python before the first request."""

    @functools.wraps(original)
    def __init__(*args: Any, **kwargs: Any) -> None:
        original(*args, **kwargs)
        installation.join_embedded()

    return __init__


def count_requests(original: Callable[..., Any], _server: str) -> Callable[..., Any]:
    """`Flask.full_dispatch_request`, once a request: counts it, unless the app has the extension, which does."""
    request = original.__globals__["request"]
    count: Callable[[], None] | None = None
    count_call: Callable[[str | None], None] | None = None

    @functools.wraps(original)
    def full_dispatch_request(self: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal count, count_call
        with contextlib.suppress(Exception):
            if "heapdiff" not in self.extensions:
                if count is None or not installation.is_settled():
                    environ = request.environ
                    if TEST_CLIENT not in environ:
                        installation.join_serving(environ, self.import_name)
                        count, count_call = installation.count_function(), installation.call_function()
                if count is not None and count_call is not None:
                    count()
                    count_call(request.endpoint)
        return original(self, *args, **kwargs)

    return full_dispatch_request


GRANIAN: Final = tuple(
    Place(f"{{}}._spawn_{kind}_worker", arm_first) for kind in ("asgi", "asgi_lifespan", "rsgi", "wsgi")
)
PLACES: Final[dict[str, tuple[str, tuple[Place, ...]]]] = {
    "gunicorn.workers.base": ("gunicorn", (Place("Worker.init_process", arm_after_signals),)),
    "werkzeug.serving": ("werkzeug", (Place("BaseWSGIServer.serve_forever", arm_first),)),
    "werkzeug._reloader": ("werkzeug", (Place("ReloaderLoop.restart_with_reloader", leave_first),)),
    "waitress.server": (
        "waitress",
        (Place("BaseWSGIServer.run", arm_first), Place("MultiSocketServer.run", arm_first)),
    ),
    "gevent.pywsgi": ("gevent", (Place("WSGIServer.start", arm_first),)),
    "uvicorn.server": ("uvicorn", (Place("Server.serve", arm_first),)),
    "hypercorn.asyncio.run": ("hypercorn", (Place("worker_serve", arm_first),)),
    "hypercorn.trio.run": ("hypercorn", (Place("worker_serve", arm_first),)),
    "granian.server.mp": ("granian", tuple(Place(p.name.format("MPServer"), p.wrapper) for p in GRANIAN)),
    "granian.server.mt": ("granian", tuple(Place(p.name.format("MTServer"), p.wrapper) for p in GRANIAN)),
    "cheroot.server": ("cheroot", (Place("HTTPServer.serve", arm_first),)),
    "wsgiref.simple_server": ("wsgiref", (Place("WSGIServer.serve_forever", arm_first),)),
    "flask.app": (
        "",
        (Place("Flask.__init__", arm_if_embedded), Place("Flask.full_dispatch_request", count_requests)),
    ),
}


def equip(module: ModuleType) -> None:
    """Wrap the functions that the table names for a module. Idempotent; what is not there is left out."""
    server, places = PLACES.get(module.__name__, ("", ()))
    for place in places:
        with contextlib.suppress(Exception):
            put_around(module, place, server)


def put_around(module: ModuleType, place: Place, server: str) -> None:
    *holders, name = place.name.split(".")
    holder: Any = module
    for part in holders:
        holder = getattr(holder, part)
    if "__heapdiff__" in vars(getattr(holder, name)):
        return
    static = isinstance(vars(holder).get(name), staticmethod)
    wrapped = place.wrapper(getattr(holder, name), server)
    wrapped.__heapdiff__ = True  # type: ignore[attr-defined]
    setattr(holder, name, staticmethod(wrapped) if static else wrapped)
