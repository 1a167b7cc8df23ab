"""The process's threads and their running frames, under names that give nothing private away."""

import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Thread
from types import FrameType
from typing import Final

from heapdiff.agent.system.code_names import is_thread_name
from heapdiff.agent.system.frames import frames_below
from heapdiff.agent.system.unpatched import original

GREENLET: Final = "greenlet"


@dataclass(frozen=True, slots=True)
class ThreadFrames:
    """A thread of the process at the fork: its running frames, innermost first."""

    name: str
    frames: list[FrameType]


@dataclass(frozen=True, slots=True)
class RunningThreads:
    """The threads at the fork, and what `threading` knew of them, which it forgets in the child."""

    frames: tuple[ThreadFrames, ...]
    active: dict[int, Thread]
    main: list[Thread]


def look_at_threads() -> RunningThreads:
    """Every thread but this one, main thread first. Taken just before the fork, which forgets the others.

    Others may still go on until the fork: a greenlet that runs here can be one that waits there.

    The frames keep their variables alive, so the caller must let go of them at once. This function's own
    frame would make a cycle with them, and is left out first.
    """
    tops = sys._current_frames()
    tops.pop(original("_thread", "get_ident")(), None)
    main, active = threading.main_thread(), dict(threading._active)  # type: ignore[attr-defined]
    names = {ident: thread.name for ident, thread in active.items()}
    order = sorted(tops, key=lambda ident: (ident != main.ident, ident))
    frames = tuple(
        ThreadFrames(public_name(names.get(ident), number), list(frames_below(tops[ident])))
        for number, ident in enumerate(order, 1)
    )
    return RunningThreads(frames, active, [main])


def restore_threads(threads: RunningThreads) -> None:
    """In the child: undo what `threading` did after the fork, so that its table is the parent's again."""
    threading._active.clear()  # type: ignore[attr-defined]
    threading._active.update(threads.active)  # type: ignore[attr-defined]
    threading._main_thread = threads.main.pop()  # type: ignore[attr-defined]
    threads.active.clear()


def suspended_greenlets(objects: list[object]) -> Iterator[ThreadFrames]:
    """The frames of greenlets that wait for their turn, asked of greenlet itself: a subclass may say otherwise."""
    module = sys.modules.get("greenlet")
    kind = getattr(module, "greenlet", None)
    if isinstance(kind, type):
        look = kind.__dict__["gr_frame"].__get__
        for found in objects:
            if kind in type(found).__mro__ and (frame := look(found)) is not None:
                yield ThreadFrames(GREENLET, list(frames_below(frame)))


def public_name(name: object, number: int) -> str:
    """Its own name, if that is none of a user's data."""
    return name if type(name) is str and is_thread_name(name) else f"thread-{number}"
