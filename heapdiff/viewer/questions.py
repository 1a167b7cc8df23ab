"""Questions that take long are answered one at a time by a thread of their own; a page asks how far it is, or cancels."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Any, Final

from heapdiff.errors import HeapdiffError

logger = logging.getLogger("heapdiff")

MOST_KEPT: Final = 32
Check = Callable[[], None]
Work = Callable[[Check], Any]


class Progress(str, Enum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class CancelledError(Exception):
    """Nobody waits for the answer any more."""


@dataclass
class Question:
    """`key` is its page's address. A step that runs when it's cancelled is finished, and its answer thrown away."""

    key: str
    work: Work
    progress: Progress = Progress.WAITING
    answer: Any = None
    problem: str = ""
    asked_at: float = field(default_factory=time.monotonic)
    done: Event = field(default_factory=Event)

    @property
    def is_open(self) -> bool:
        return self.progress in (Progress.WAITING, Progress.RUNNING)

    @property
    def waited_s(self) -> float:
        return time.monotonic() - self.asked_at

    def check(self) -> None:
        """For the work to call between its steps."""
        if self.progress is Progress.CANCELLED:
            raise CancelledError

    def find_answer(self) -> None:
        """Never raises."""
        try:
            self._find_answer()
        finally:
            self.done.set()

    def _find_answer(self) -> None:
        try:
            self.check()
            self.progress = Progress.RUNNING
            answer = self.work(self.check)
            self.check()
        except CancelledError:
            return
        except HeapdiffError as error:
            self.fail(f"{error.message}. {error.hint}")
        except MemoryError:
            self.fail("There isn't enough memory to answer this.")
        except Exception as error:
            logger.exception("heapdiff: a question failed")
            self.fail(f"This failed ({type(error).__name__}); the terminal says more.")
        else:
            self.answer, self.progress = answer, Progress.DONE

    def fail(self, problem: str) -> None:
        self.problem, self.progress = problem, Progress.FAILED


class Questions:
    """The last MOST_KEPT of them, by key."""

    def __init__(self) -> None:
        self._asked: OrderedDict[str, Question] = OrderedDict()
        self._waiting: SimpleQueue[Question] = SimpleQueue()
        self._lock = Lock()
        self._thread: Thread | None = None

    def find(self, key: str) -> Question | None:
        with self._lock:
            return self._asked.get(key)

    def ask(self, key: str, work: Work) -> Question:
        """The same question is asked once: until it is cancelled or has failed."""
        with self._lock:
            known = self._asked.get(key)
            if known is not None and (known.is_open or known.progress is Progress.DONE):
                return known
            question = self._asked[key] = Question(key, work)
            self._asked.move_to_end(key)
            self._drop_oldest()
            if self._thread is None:
                self._thread = Thread(target=self._run, name="heapdiff-view-questions", daemon=True)
                self._thread.start()
        self._waiting.put(question)
        return question

    def cancel(self, key: str) -> None:
        with self._lock:
            question = self._asked.get(key)
            if question is not None and question.is_open:
                question.progress = Progress.CANCELLED
                del self._asked[key]

    def _drop_oldest(self) -> None:
        closed = [key for key, each in self._asked.items() if not each.is_open]
        for key in closed[: max(0, len(self._asked) - MOST_KEPT)]:
            del self._asked[key]

    def _run(self) -> None:
        while True:
            self._waiting.get().find_answer()
