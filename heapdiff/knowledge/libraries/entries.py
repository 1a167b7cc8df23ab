"""Where applications are entered: which function of a framework calls the view, the task, the job or the command.

Data, and how to read a stack by it. Whoever has the graph may know more of a view: its endpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from heapdiff.answers import Entry, EntryKind
from heapdiff.format import ModuleOwner
from heapdiff.knowledge.packages import OURS


class Code(Protocol):
    """The code of one frame: its file below the directory it was imported from, its qualified name, and whose it is."""

    @property
    def file(self) -> str: ...
    @property
    def function(self) -> str: ...
    @property
    def owner(self) -> ModuleOwner | None: ...


class Whose(Enum):
    """Which frame inside a door is the entry."""

    NEAREST = "the one that is called, whoever owns it"
    OWN_FIRST = "the application's first one; the one that is called if there is none: a library's decorator may stand between"
    OWN = "the application's first one, or none"


@dataclass(frozen=True, slots=True)
class Door:
    """Functions of a package that call what the application has registered; names may leave out the class.

    The application's functions called `passes` only pass the call on, if they do.
    """

    package: str
    functions: tuple[str, ...]
    kind: EntryKind
    whose: Whose = Whose.OWN_FIRST
    passes: str = ""

    def is_called(self, function: str) -> bool:
        return any(function == name or function.endswith(f".{name}") for name in self.functions)


@dataclass(frozen=True, slots=True)
class Entered:
    """The entry of a stack: its kind, the frame's place in the stack, and that of the frame by which it was called."""

    kind: EntryKind
    at: int
    door: int


DOORS: Final = (
    Door("flask", ("dispatch_request",), EntryKind.FLASK_VIEW),
    Door(
        "flask",
        (
            "preprocess_request",
            "process_response",
            "do_teardown_request",
            "do_teardown_appcontext",
            "handle_user_exception",
            "handle_http_exception",
            "handle_exception",
        ),
        EntryKind.FLASK_HOOK,
    ),
    Door("celery", ("trace_task",), EntryKind.CELERY_TASK, passes="__call__"),
    Door("rq", ("perform_job",), EntryKind.JOB, Whose.OWN),
    Door("apscheduler", ("run_job", "run_coroutine_job"), EntryKind.JOB),
    Door("concurrent", ("_WorkItem.run",), EntryKind.JOB, Whose.NEAREST),
    Door("click", ("Command.invoke", "Context.invoke"), EntryKind.COMMAND, Whose.OWN),
    Door("threading", ("Thread._bootstrap_inner",), EntryKind.THREAD, Whose.NEAREST),
    Door("asyncio", ("Handle._run",), EntryKind.ASYNCIO_TASK, Whose.NEAREST),
)
_BY_PACKAGE: Final = {
    each.package: [door for door in DOORS if door.package == each.package] for each in DOORS
}

DECIDED: Final = frozenset((EntryKind.FLASK_VIEW, EntryKind.FLASK_HOOK, EntryKind.CELERY_TASK, EntryKind.JOB))
"""What an event loop or a command inside it doesn't change: a view that calls `asyncio.run` is still the entry."""

MAKERS: Final = frozenset(("__init__", "__new__", "__post_init__"))
"""Functions that only make an object for somebody: whoever calls them is the one to name."""

_WRAPPERS: Final = """
asgiref contextlib ddtrace decorator elasticapm functools newrelic opentelemetry scout_apm sentry_sdk wrapt
"""
WRAPPERS: Final = frozenset(_WRAPPERS.split())
"""Packages whose functions only stand between the caller and what is called."""

_SERVERS: Final = """
aiohttp asyncio cheroot cherrypy concurrent daphne eventlet gevent granian gunicorn http hypercorn socketserver tornado
uvicorn waitress werkzeug wsgiref xmlrpc
"""
SERVERS: Final = frozenset((*_SERVERS.split(), OURS))
"""Packages whose threads and tasks only serve: they are no entries, what they call may be one."""


def find_entry(stack: Sequence[Code]) -> Entered | None:
    """The entry of a stack, innermost frame first. The innermost one counts, unless a view or task has been entered.

    Without any door it's the application's function that a thread or greenlet of C code started with, if it did.
    """
    found: Entered | None = None
    for at in range(len(stack) - 1, -1, -1):
        door = _door_at(stack[at])
        if door is None or (found is not None and found.kind in DECIDED and door.kind not in DECIDED):
            continue
        if (inside := _find_inside(stack, at, door)) >= 0:
            found = Entered(door.kind, inside, at)
    if found is None and stack and is_own(stack[-1]) and stack[-1].function not in ("", "<module>"):
        return Entered(EntryKind.OTHER, len(stack) - 1, len(stack))
    return found


def name_entry(stack: Sequence[Code], entered: Entered | None) -> Entry | None:
    """What `find_entry` found, named by the function: `shop.views.product`."""
    return None if entered is None else Entry(entered.kind, name_of(stack[entered.at]))


def _door_at(code: Code) -> Door | None:
    likely = () if is_own(code) else _BY_PACKAGE.get(package_of(code), ())
    return next((door for door in likely if door.is_called(code.function)), None)


def _find_inside(stack: Sequence[Code], at: int, door: Door) -> int:
    """The frame that is the entry behind a door, or -1."""
    nearest = -1
    for inside in range(at - 1, -1, -1):
        code, package = stack[inside], package_of(stack[inside])
        own = is_own(code)
        if not own and (package == door.package or package in WRAPPERS):
            continue
        if door.whose is Whose.NEAREST:
            return -1 if package in SERVERS and not own else inside
        if own and code.function.rpartition(".")[2] != door.passes:
            return inside
        if nearest < 0 and (own or door.whose is Whose.OWN_FIRST):
            nearest = inside
    return nearest


def is_own(code: Code) -> bool:
    """Whether the application owns it."""
    return code.owner is ModuleOwner.APPLICATION


def package_of(code: Code) -> str:
    """The top package of its file, or the module if that is in none."""
    return code.file.partition("/")[0].removesuffix(".py")


def name_of(code: Code) -> str:
    """Module and qualified name, as far as they are known."""
    module = code.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return ".".join(filter(None, (module, code.function)))
