"""Questions that take long are answered one at a time, in a process of their own; a page asks how far it is, or cancels."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from enum import Enum
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Any, Final

from heapdiff.viewer.apart import Work, find_apart

MOST_KEPT: Final = 32


class Progress(str, Enum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass
class Question:
    """`key` is its page's address."""

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
            question = self._waiting.get()
            try:
                self._answer(question)
            finally:
                question.done.set()

    def _answer(self, question: Question) -> None:
        if self._advance(question, Progress.RUNNING):
            outcome = find_apart(question.work, lambda: question.is_open)
            if outcome is not None:
                question.answer, question.problem = outcome.answer, outcome.problem
                self._advance(question, Progress.FAILED if outcome.problem else Progress.DONE)

    def _advance(self, question: Question, progress: Progress) -> bool:
        """Unless it was cancelled."""
        with self._lock:
            wanted = question.is_open
            if wanted:
                question.progress = progress
        return wanted
