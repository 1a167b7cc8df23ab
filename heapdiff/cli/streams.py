"""The two standard streams. Nothing else here writes to them; whatever is written, nothing in it can steer a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final, Protocol, TextIO, cast

from heapdiff.escaping import escape_lines, escape_terminal

NAMES: Final = ("stdout", "stderr")
PASSED_ON: Final = frozenset(
    ("closed", "encoding", "errors", "fileno", "flush", "isatty", "line_buffering", "mode", "name", "newlines",
     "readable", "seekable", "writable")
)  # fmt: skip


class Display(Protocol):
    """What is drawn again and again at the end of a terminal's text, such as a progress bar."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


_displays: list[Display] = []


class EscapingStream:
    """A stream of text that escapes what is written to it: by us, click, logging, warnings or a traceback.

    It hides its buffer, by which click would write past it. A console that styles its text, and escapes it itself,
    writes to the stream `behind`.
    """

    def __init__(self, behind: TextIO) -> None:
        self.behind = behind

    def write(self, text: str) -> int:
        self.behind.write(escape_lines(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        if name in PASSED_ON:
            return getattr(self.behind, name)
        raise AttributeError(name)


def say(text: str) -> None:
    """One line on standard error, whatever names it holds."""
    _write_line("stderr", text)


def print_line(text: str) -> None:
    """One line on standard output, whatever names it holds."""
    _write_line("stdout", text)


def print_document(text: str) -> None:
    """A finished text on standard output: its lines stay lines."""
    with _aside():
        sys.stdout.write(escape_lines(text))


def _write_line(name: str, text: str) -> None:
    with _aside():
        stream: TextIO = getattr(sys, name)
        stream.write(f"{escape_terminal(text)}\n")
        stream.flush()


def behind(stream: TextIO) -> TextIO:
    """The stream for a console of ours."""
    return stream.behind if isinstance(stream, EscapingStream) else stream


@contextmanager
def beside(display: Display) -> Iterator[None]:
    """Draw a display until the block ends; what is printed meanwhile stands above it."""
    _displays.append(display)
    display.start()
    try:
        yield
    finally:
        display.stop()
        _displays.remove(display)


@contextmanager
def _aside() -> Iterator[None]:
    """Take the displays away for as long as something is printed: they share the terminal's last lines."""
    for display in _displays:
        display.stop()
    try:
        yield
    finally:
        for display in _displays:
            display.start()


@contextmanager
def usable_streams() -> Iterator[None]:
    """Both streams escape. A closed one swallows what is written; a character that its encoding lacks becomes `?`."""
    with ExitStack() as opened:
        for name in NAMES:
            stream = getattr(sys, name)
            opened.callback(setattr, sys, name, stream)
            if stream is None:
                stream = opened.enter_context(open(os.devnull, "w", encoding="utf-8"))
            elif hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")
            setattr(sys, name, cast("TextIO", EscapingStream(stream)))
        yield


def drop_stdout() -> None:
    """Point standard output to nowhere, so that the interpreter's last flush does not fail again."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)
