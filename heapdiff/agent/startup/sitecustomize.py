"""Runs when a Python starts under `heapdiff run`: waits for a server, and gives way to the host's own sitecustomize.

Every Python below the command runs this, so it loads nothing but what the interpreter has loaded already,
prints nothing and raises nothing. The agent is imported when one of the modules in `AWAITED` has been.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import FrameType, ModuleType
    from typing import Any

AWAITED = frozenset(  # the keys of heapdiff.agent.worker.hooks.PLACES
    (
        "cheroot.server",
        "flask.app",
        "gevent.pywsgi",
        "granian.server.mp",
        "granian.server.mt",
        "gunicorn.workers.base",
        "hypercorn.asyncio.run",
        "hypercorn.trio.run",
        "uvicorn.server",
        "waitress.server",
        "werkzeug._reloader",
        "werkzeug.serving",
        "wsgiref.simple_server",
    )
)
FLASK = "flask"  # awaited as well where there is a token
PLACES, ENDPOINTS = (
    "heapdiff.agent.worker.hooks",
    "heapdiff.flask.serving",
)  # who starts the parts knows them all
_sought: set[str] = set()  # names that we ask the other finders for: they may ask us
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))


class Awaiting:
    """A finder that finds nothing itself, but is told when an awaited module is imported."""

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name in _sought or not (name in AWAITED or (name == FLASK and os.environ.get("HEAPDIFF_TOKEN"))):
            return None
        _sought.add(name)
        try:
            for finder in sys.meta_path:
                spec = _ask(finder, name, path, target)
                if spec is not None:
                    _tell_when_loaded(spec)
                    return spec
            return None
        finally:
            _sought.discard(name)


class OurPackage:
    """Finds `heapdiff` where it lies when the interpreter of the server does not have it installed."""

    @classmethod
    def find_spec(cls, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        from importlib.machinery import PathFinder

        return PathFinder.find_spec(name, [ROOT]) if name == "heapdiff" else None


def _ask(
    finder: object, name: str, path: Sequence[str] | None, target: ModuleType | None
) -> ModuleSpec | None:
    find_spec = getattr(finder, "find_spec", None)
    spec: ModuleSpec | None = None if find_spec is None else find_spec(name, path, target)
    return spec


def _tell_when_loaded(spec: ModuleSpec) -> None:
    """Have our table applied as soon as the module's own code has run; leaves no trace on the loader."""
    loader: Any = spec.loader
    execute = getattr(loader, "exec_module", None)
    if execute is None:
        return

    def exec_module(module: ModuleType) -> None:
        vars(loader).pop("exec_module", None)
        execute(module)
        try:
            equipper = ENDPOINTS if module.__name__ == FLASK else PLACES
            __import__(equipper)
            sys.modules[equipper].equip(module)
        except Exception:  # the server starts without us
            return

    try:
        loader.exec_module = exec_module
    except AttributeError:
        return


def _start() -> None:
    sys.path[:] = [entry for entry in sys.path if entry != HERE]
    sys.meta_path.insert(0, Awaiting)
    sys.meta_path.append(OurPackage)
    _stay_first()


def _stay_first() -> None:
    """Where this process becomes a program that it has put a folder before ours for: the sitecustomize there may not give way."""
    execute, execute_with = os.execv, os.execve

    def execv(path: Any, argv: Any, /) -> Any:
        changed = _with_us_first(os.environ)
        return execute(path, argv) if changed is None else execute_with(path, argv, changed)

    def execve(path: Any, argv: Any, env: Any) -> Any:
        return execute_with(path, argv, _with_us_first(env) or env)

    if execute_with in os.supports_fd:
        os.supports_fd.add(execve)
    os.execv, os.execve = execv, execve


def _with_us_first(variables: Mapping[str, str]) -> dict[str, str] | None:
    """An environment that lacks nothing but that; None where it's another's, or right."""
    try:
        entries = variables["PYTHONPATH"].split(os.pathsep)
        if HERE not in entries[1:] or entries[0] == HERE:
            return None
        others = [entry for entry in entries if entry != HERE]
        return {**variables, "PYTHONPATH": os.pathsep.join([HERE, *others])}
    except Exception:
        return None


def _give_way(imported: bool) -> None:
    """Import the sitecustomize that would have been found without us; there may be none, which is an ImportError.

    Not for another that found us and had our loader run us in its own module.
    """
    found = sys.modules.pop("sitecustomize", None)
    try:
        __import__("sitecustomize")
    except ImportError as error:
        if imported or error.name != "sitecustomize":
            raise
    finally:
        if found is not None and not imported:
            sys.modules.setdefault("sitecustomize", found)


def _is_of_an_import(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code.co_filename.startswith("<frozen importlib"):
        if frame.f_code.co_name == "_find_and_load":
            return True
        frame = frame.f_back
    return False


if __name__ == "sitecustomize":
    _start()
    _give_way(_is_of_an_import(sys._getframe().f_back))
