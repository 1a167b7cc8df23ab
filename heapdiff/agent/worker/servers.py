"""Which server runs this process, and whether it serves requests or only watches over those that do.

Looks at the stack, at loaded modules and at what a request's environment says; imports no server.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import PurePath
from types import FrameType
from typing import Any, Final, NamedTuple

from heapdiff.agent.system.frames import frames_below


class Role(StrEnum):
    """What a process does for its server. A `master` is never armed: there the signal means another thing.

    Nor is the `reloader` that watches the files while a child of it serves.
    """

    MASTER = "master"
    RELOADER = "reloader"
    WORKER = "worker"
    PLAIN = "plain"


class ServerProcess(NamedTuple):
    """This process as a part of its server; `name` is None when no server was recognised."""

    name: str | None
    role: Role
    pid: int


SOFTWARE: Final = {  # how SERVER_SOFTWARE begins
    "gunicorn": "gunicorn", "werkzeug": "werkzeug", "waitress": "waitress", "gevent": "gevent",
    "hypercorn": "hypercorn", "granian": "granian", "uvicorn": "uvicorn", "cheroot": "cheroot",
    "meinheld": "meinheld",
}  # fmt: skip
ON_THE_STACK: Final = {  # a module (or package) that runs the server, innermost first
    "uvicorn": "uvicorn", "hypercorn": "hypercorn", "granian": "granian", "waitress": "waitress",
    "gevent.pywsgi": "gevent", "gevent.baseserver": "gevent", "werkzeug.serving": "werkzeug", "flask.cli": "werkzeug",
    "wsgiref": "wsgiref", "cheroot": "cheroot", "bjoern": "bjoern",
}  # fmt: skip
PROGRAMS: Final = {
    "gunicorn": "gunicorn", "waitress-serve": "waitress", "hypercorn": "hypercorn", "granian": "granian",
    "uvicorn": "uvicorn", "flask": "werkzeug", "wsgi-loader.py": "passenger",
}  # fmt: skip
EMBEDDED: Final = frozenset(("mod_wsgi", "passenger"))
"""No function of a Python module runs where they begin to serve; the process that loads the app serves it."""


def detect_server(environ: Mapping[str, Any] | None = None) -> ServerProcess:
    """This process's server and role. `environ` is a request's, which only a worker can have."""
    pid = os.getpid()
    if environ is not None:
        return ServerProcess(name_from_environ(environ) or name_from_process(), Role.WORKER, pid)
    if (worker_id := uwsgi_worker_id()) is not None:
        return ServerProcess("uwsgi", Role.WORKER if worker_id else Role.MASTER, pid)
    stack = frozenset(callers())
    modules = {module for module, _ in stack}
    if (
        any(module.startswith("gunicorn.workers.") for module in modules)
        or ("gunicorn.arbiter", "spawn_worker") in stack
    ):
        return ServerProcess("gunicorn", Role.WORKER, pid)
    if "gunicorn.arbiter" in modules:
        return ServerProcess("gunicorn", Role.MASTER, pid)
    name = name_from_process(modules)
    if name == "werkzeug" and is_reloader_parent():
        return ServerProcess(name, Role.RELOADER, pid)
    return ServerProcess(name, Role.PLAIN if name is None else Role.WORKER, pid)


def uwsgi_worker_id() -> int | None:
    """uWSGI's number for this process: 0 in the master and while it loads the app, None outside uWSGI."""
    worker_id = getattr(sys.modules.get("uwsgi"), "worker_id", None)
    if not callable(worker_id):
        return None
    found = worker_id()
    return found if isinstance(found, int) else None


def name_from_environ(environ: Mapping[str, Any]) -> str | None:
    if "uwsgi.version" in environ:
        return "uwsgi"
    if "mod_wsgi.version" in environ:
        return "mod_wsgi"
    software = str(environ.get("SERVER_SOFTWARE", "")).lower()
    return next((name for prefix, name in SOFTWARE.items() if software.startswith(prefix)), None)


def name_from_process(modules: set[str] | None = None) -> str | None:
    found = {module for module, _ in callers()} if modules is None else modules
    for package, name in ON_THE_STACK.items():
        if any(module == package or module.startswith(f"{package}.") for module in found):
            return name
    if "mod_wsgi" in sys.modules:
        return "mod_wsgi"
    return PROGRAMS.get(program_name())


def program_name() -> str:
    """What was started: the script's name, or the package after `python -m`."""
    path = PurePath(sys.argv[0] if sys.argv and isinstance(sys.argv[0], str) else "")
    return path.parent.name if path.name == "__main__.py" else path.name


def is_reloader_parent() -> bool:
    """Whether werkzeug's reloader will run the app in a child of this process."""
    if os.environ.get("WERKZEUG_RUN_MAIN") == "true":
        return False
    for frame in frames_below(sys._getframe(1)):
        if names_of(frame) == ("flask.cli", "run_command"):
            asked = frame.f_locals.get("reload")
            if isinstance(asked, bool):
                return asked
    return os.environ.get("FLASK_DEBUG", "").lower() in ("1", "true", "yes", "on")


def callers() -> Iterator[tuple[str, str]]:
    """Module and function of every frame below this one, and of the main thread's if this is another."""
    yield from map(names_of, frames_below(sys._getframe(1)))
    threading = sys.modules.get("threading")
    main = None if threading is None else threading.main_thread().ident
    if main is not None and main != threading.get_ident():  # type: ignore[union-attr]
        yield from map(names_of, frames_below(sys._current_frames().get(main)))


def names_of(frame: FrameType) -> tuple[str, str]:
    module = dict.get(frame.f_globals, "__name__")
    return module if isinstance(module, str) else "", frame.f_code.co_name
