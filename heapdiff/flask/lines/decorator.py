"""`profile_lines`: marks functions to be profiled. With HEAPDIFF_LINES, a process profiles them and ends with the tables."""

from __future__ import annotations

import atexit
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, TypeVar

from heapdiff.errors import HeapdiffError
from heapdiff.flask.lines.profile import LineProfile

SETTING: Final = "HEAPDIFF_LINES"
OFF: Final = frozenset(("", "0", "false", "no", "off"))
F = TypeVar("F", bound=Callable[..., Any])

logger = logging.getLogger("heapdiff")
_marked: list[Callable[..., Any]] = []
_running: LineProfile | None = None


def profile_lines(view: F) -> F:
    """Mark a function or view for `flask heapdiff lines`, which then shows it as well; returns it as it is.

    In a process with HEAPDIFF_LINES=1 in its environment, it's profiled from here on, and its table is printed to stderr at the
    process's end. Otherwise this does nothing: the function isn't wrapped, so a call costs what it did. Never raises.
    """
    _marked.append(view)
    if os.environ.get(SETTING, "").strip().lower() not in OFF:
        try:
            _profile(view)
        except HeapdiffError as error:
            logger.warning("heapdiff: lines aren't profiled: %s", error.message)
    return view


def marked() -> list[Callable[..., Any]]:
    """The functions that were decorated, in that order."""
    return list(_marked)


def _profile(view: Callable[..., Any]) -> None:
    global _running
    if _running is not None:
        _running.add(view)
        return
    starting = LineProfile(view)
    starting.start()
    _running = starting
    atexit.register(_print, starting, os.getpid())


def _print(profile: LineProfile, pid: int) -> None:
    """Only in the process that began: a fork has another one's figures."""
    if os.getpid() == pid:
        from heapdiff.cli.streams import say

        profile.stop()
        with suppress(AttributeError, OSError):  # there is no stderr, or nobody reads it
            for line in profile.table().splitlines():
                say(line)
