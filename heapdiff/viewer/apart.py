"""Has a forked copy of this process find an answer, and ends it once nobody waits for that. Nothing else that it does stays."""

from __future__ import annotations

import functools
import gc
import logging
import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from threading import RLock
from typing import Any, Final

from heapdiff.errors import HeapdiffError

logger = logging.getLogger("heapdiff")

Work = Callable[[], Any]

LOOK_S: Final = 0.05  # between two looks at whether somebody still waits
STREAMS: Final = 3
VICTIM: Final = Path("/proc/self/oom_score_adj")
ENDINGS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FORK: Final = multiprocessing.get_context("fork")  # the graphs are shared, however large


@dataclass(frozen=True)
class Outcome:
    """What the work gave, or a sentence that says why it gave nothing."""

    answer: Any = None
    problem: str = ""


NO_MEMORY: Final = Outcome(problem="There isn't enough memory to answer this.")


def find(work: Work) -> Outcome:
    """Never raises."""
    try:
        return Outcome(work())
    except HeapdiffError as error:
        return Outcome(problem=f"{error.message}. {error.hint}")
    except MemoryError:
        return NO_MEMORY
    except Exception as error:
        logger.exception("heapdiff: a question failed")
        return Outcome(problem=f"This failed ({type(error).__name__}); the terminal says more.")


def find_apart(work: Work, is_wanted: Callable[[], bool]) -> Outcome | None:
    """The same in a copy; None, and the copy killed, soon after it isn't wanted any more.

    Where no process can be had, the work is done here and can't be ended.
    """
    out, into = FORK.Pipe(duplex=False)
    with out:
        child = FORK.Process(target=_answer, args=(work, into), daemon=True)
        try:
            with into:
                # It would warn of locks that other threads hold now; `_free_locks` has those that the work can meet.
                warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
                child.start()
        except OSError:
            return find(work)
        try:
            return _wait(out, is_wanted)
        except EOFError:
            return _explain(child)
        finally:
            child.kill()
            child.join()
            child.close()


def _wait(out: Connection, is_wanted: Callable[[], bool]) -> Outcome | None:
    while not out.poll(LOOK_S):
        if not is_wanted():
            return None
    found: Outcome = out.recv()
    return found


def _explain(child: multiprocessing.process.BaseProcess) -> Outcome:
    child.join()
    if child.exitcode == -signal.SIGKILL:
        return NO_MEMORY
    return Outcome(problem=f"This failed: its process ended with code {child.exitcode}.")


def _answer(work: Work, into: Connection) -> None:
    """The copy. It keeps no connection of the server's open, and can store nothing in a directory that was opened before."""
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_DFL)
    for number in map(int, os.listdir("/proc/self/fd")):
        if number >= STREAMS and number != into.fileno():
            with suppress(OSError):
                os.close(number)
    with suppress(OSError):
        VICTIM.write_text("1000")  # where memory gets short, it goes, and not the viewer
    _free_locks()
    gc.freeze()  # or the collector would copy the pages of all objects
    into.send(find(work))


def _free_locks() -> None:
    """A thread that isn't in the copy may have been computing such a property, and before 3.12 holds the lock of its class."""
    if sys.version_info < (3, 12):
        gc.unfreeze()  # what is frozen isn't looked at
        for each in gc.get_referrers(functools.cached_property):
            if isinstance(each, functools.cached_property):
                each.lock = RLock()  # type: ignore[attr-defined]
