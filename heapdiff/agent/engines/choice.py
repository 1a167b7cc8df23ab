"""Chooses the engine that takes the snapshots here, the native one or its slower twin, and says why."""

import contextlib
import functools
import os
import re
import sys
from collections.abc import Callable
from typing import Final, NamedTuple

from heapdiff.agent.engines.contract import Engine
from heapdiff.agent.system.installed import find_installed
from heapdiff.agent.writing.facts import as_lines
from heapdiff.errors import CaptureError, reason_of

AS_ASKED: Final = "set by HEAPDIFF_ENGINE"


class EngineChoice(NamedTuple):
    """The engine that runs here, and why it is this one. `fallback`: a better one was wanted."""

    name: str
    reason: str
    engine: Engine
    fallback: bool = False


def choose_engine(wanted: str | None) -> EngineChoice:
    """The engine that HEAPDIFF_ENGINE names, else the native one, else `gc`, which has no requirement.

    Raises CaptureError in an interpreter with a lock of its own: CPython 3.13 crashes of the threads that an
    engine starts there, and nothing may be forked. Also where the main interpreter has the agent: a second one would
    take its place beside the snapshots, and its socket away.
    """
    if is_isolated():
        raise CaptureError(
            f"process {os.getpid()}: the application runs in an isolated subinterpreter, which can't be captured",
            "Run it in the process's main interpreter.",
        )
    if works_in_main_interpreter():
        raise CaptureError(
            f"process {os.getpid()}: the agent is in the main interpreter, and sees no subinterpreter",
            "Run the application in the process's main interpreter.",
        )
    obstacles = []
    order = ENGINES if wanted is None else {wanted: ENGINES[wanted], **ENGINES}
    for name, load in order.items():
        loaded = load()
        if isinstance(loaded, str):
            obstacles.append(f"{name} is not available: {loaded}")
            continue
        if obstacles:
            return EngineChoice(name, "; ".join(obstacles), loaded, fallback=True)
        return EngineChoice(name, AS_ASKED if wanted else "its self-check passed", loaded)
    raise AssertionError("the gc engine is always available")


def is_isolated() -> bool:
    """Whether this interpreter refuses extensions that keep state for the whole process, as ours does."""
    try:
        from heapdiff.agent import _native  # noqa: F401
    except ImportError as error:
        return "subinterpreters" in str(error)
    return False


def works_in_main_interpreter() -> bool:
    """Whether this is another interpreter, and the extension, which is one for the whole process, is at work."""
    if not isinstance(load_native(), str):
        return False
    with contextlib.suppress(ImportError):
        from heapdiff.agent import _native

        return bool(_native.armed())
    return False


@functools.cache
def load_native() -> Engine | str:
    """The extension, or why it cannot be used here. Its self-check runs once in a process."""
    try:
        from heapdiff.agent import _native
    except ImportError as error:
        return explain_missing(error, sys.abiflags)
    try:
        obstacle: str | None = _native.self_check()
    except Exception as error:  # no process to be had, no memory: another engine may run all the same
        obstacle = f"its self-check could not run: {reason_of(error)}"
    if obstacle is not None:
        return obstacle
    standard, own, _ = find_installed()
    _native.know_modules(as_read("\n".join(standard)), as_read("\n".join(sorted(own))))
    _native.know_facts(as_lines())
    return _native


def as_read(text: str) -> str:
    """As the extension reads it: what is no text in a path, a byte of another encoding, is a mark."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def explain_missing(error: ImportError, abiflags: str) -> str:
    """Why there is no extension: nothing can be done about it in a free-threaded build."""
    if "t" in abiflags:
        return "this is a free-threaded build of CPython, where no lock stops the heap from changing while a capture forks"
    return f"the extension was not built for this Python ({error})"


def load_gc() -> Engine | str:
    from heapdiff.agent.engines.forked.watcher import ForkedEngine
    from heapdiff.agent.engines.gc.capture import capture_with_gc

    find_installed()  # no file of it is read in the child
    return ForkedEngine("gc", capture_with_gc)


ENGINES: dict[str, Callable[[], Engine | str]] = {"native": load_native, "gc": load_gc}
