"""A profile of some functions, line by line: one at a time in a process."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from types import FunctionType, TracebackType
from typing import Any, Final, Self

from heapdiff.errors import CaptureError, MissingToolError, UsageError
from heapdiff.flask.lines.functions import Profiled, functions_behind, profiled
from heapdiff.flask.lines.line_figures import LinesAnswer, Measured, attribute
from heapdiff.flask.lines.table import render_table

OTHER_EVENTS: Final = (
    "another tool (a debugger, coverage) uses line events, so calls and occurrences weren't counted"
)
TAKEN_OUT: Final = (
    "another profiler took heapdiff out of Python's allocators meanwhile, so the figures are too low"
)

_one = threading.Lock()


class LineProfile:
    """What each line of some functions, or Flask views, allocates while the profile is on, and what of that is kept.

    Use it as a context manager; ask it for `figures()` or `table()`, also while it's on. Only what runs below one of its
    functions counts, in every thread.
    """

    def __init__(self, *functions: Callable[..., Any]) -> None:
        from heapdiff.flask.lines.events import LineEvents

        self._functions: dict[FunctionType, Profiled] = {}
        self._events = LineEvents()
        self._on = False
        self._turn = threading.RLock()  # threads may share a profile; a destructor may, which collecting runs
        self._last: LinesAnswer | None = None
        for function in functions:
            self.add(function)

    def add(self, function: Callable[..., Any], method: str = "GET") -> None:
        """Profile one more function; what is below its decorators. Raises UsageError if that isn't written in Python."""
        found = functions_behind(function, method)
        with self._turn:
            for each in found:
                if each not in self._functions:
                    self._functions[each] = profiled(each)
                    if self._on:
                        self._watch(self._functions[each])

    def start(self) -> None:
        """From zero. Raises UsageError if another profile is on, CaptureError if something stands in the way."""
        with self._turn:
            if self._on:
                self._count()
                return
            if not _one.acquire(blocking=False):
                raise UsageError(
                    "lines are being profiled already", "Stop that profile first: there's one at a time."
                )
            self._on = True
            try:
                self._events.start()
                for function in self._functions.values():
                    self._watch(function)
                self._count()
            except BaseException:
                self._off()
                raise

    def stop(self) -> None:
        """Keeps the figures. Idempotent."""
        with self._turn:
            if self._on:
                try:
                    found = self._read(final=True)
                    self._last = found if self._on else self._last
                finally:
                    self._off()

    def figures(self, requests: int | None = None) -> LinesAnswer:
        """What was found until now, or until it was stopped; collects garbage first, for that isn't kept."""
        with self._turn:
            answer = self._read(final=False) if self._on else self._last
        answer = answer or LinesAnswer(None, (), ())
        return LinesAnswer(requests, answer.functions, answer.notes)

    def table(self) -> str:
        return render_table(self.figures())

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _watch(self, function: Profiled) -> None:
        native = load_native()
        for code in function.codes:
            refusal = native.lines_watch(code, function.first_line, function.end_line - function.first_line)
            if refusal is not None:
                raise CaptureError(refusal, "Profile fewer functions at a time.")
        self._events.add(function.codes)

    def _count(self) -> None:
        gc.collect()  # what is garbage from before is none of theirs
        refusal = load_native().lines_start()
        if refusal is not None:
            raise CaptureError(refusal, "Stop it, or sample with heapdiff instead.")

    def _read(self, final: bool) -> LinesAnswer:
        native = load_native()
        gc.collect()
        complete = native.lines_stop() if final else True
        stacks, codes, lost = native.lines_read()
        measured = Measured(
            stacks,
            {code: calls for code, _, calls, _ in codes},
            {code: dict(enumerate(runs, first)) for code, first, _, runs in codes},
            lost,
            complete,
            self._events.active,
        )
        notes = [] if complete else [TAKEN_OUT]
        notes += [] if measured.counts_runs else [OTHER_EVENTS]
        notes += [f"{lost:,} blocks weren't counted: too many were alive at once"] if lost else []
        return LinesAnswer(None, attribute(self._functions.values(), measured), tuple(notes))

    def _off(self) -> None:
        """Whatever another tool did to our events: the next profile must find its place free."""
        if not self._on:  # a destructor stopped it
            return
        self._on = False
        try:
            self._events.stop()
        finally:
            load_native().lines_forget()
            _one.release()


def load_native() -> Any:
    """The agent's extension. Raises MissingToolError without it."""
    try:
        from heapdiff.agent import _native
    except ImportError as error:
        raise MissingToolError(
            f"lines can't be profiled without heapdiff's native part: {error}",
            "Install a C compiler and Python's headers, and reinstall heapdiff (docs/how-to/no-compiler.md).",
        ) from error
    return _native
