"""Where text goes: one console for everything, with markup off and a width that a pipe cannot change."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Sequence
from io import StringIO
from typing import TYPE_CHECKING, TextIO

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from heapdiff.escaping import escape_lines
from heapdiff.render.amounts import plural
from heapdiff.render.escape import shorten

if TYPE_CHECKING:
    from rich.live import Live
    from rich.progress import Progress

DEFAULT_WIDTH = 80
MIN_WIDTH = 40
MAX_LINE = 800


class _Console(Console):
    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is printed after all: a name that nobody escaped is escaped here, if too late to fit its column."""
        return map(_escape, super().render(renderable, options))

    def on_broken_pipe(self) -> None:
        """Rich ends the program with 1 here; the command line has a code of its own for it."""
        self.quiet = True
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def _escape(segment: Segment) -> Segment:
    text = segment.text
    if segment.control or (text.isascii() and text.isprintable()) or text == "\n":
        return segment
    return Segment(escape_lines(text), segment.style)


def make_console(stream: TextIO) -> Console:
    """A console on a stream: colours only on a terminal and without NO_COLOR; else 80 columns, or COLUMNS."""
    terminal = stream.isatty()
    width = _columns() or (None if terminal else DEFAULT_WIDTH)
    console = _Console(
        file=stream,
        width=width,
        force_terminal=terminal,
        no_color=None if terminal else True,
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=False,
    )
    if console.width < MIN_WIDTH:
        console.width = MIN_WIDTH
    return console


def make_bars(stream: TextIO, timed: bool = False) -> Progress:
    """Lines with a spinner on a terminal, gone in the end. Their text is escaped by who adds them."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        *((TimeElapsedColumn(),) if timed else ()),
    )
    console = make_console(stream)
    return Progress(
        *columns,
        console=console,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
        disable=not console.is_interactive,
    )


def make_live(stream: TextIO) -> Live:
    """A part of a terminal that is drawn again on request, gone in the end."""
    from rich.live import Live

    console = make_console(stream)
    return Live(
        console=console, transient=True, redirect_stdout=False, redirect_stderr=False, auto_refresh=False
    )


def render_text(render: Callable[[Console], None], width: int = DEFAULT_WIDTH) -> str:
    """What a renderer prints, as plain text of a fixed width: for a file, and for tests."""
    stream = StringIO()
    console = _Console(
        file=stream,
        width=width,
        force_terminal=False,
        color_system=None,
        markup=False,
        emoji=False,
        highlight=False,
    )
    render(console)
    return stream.getvalue()


def line(text: str, style: str = "", limit: int = MAX_LINE) -> Text:
    """Text that may hold names from a snapshot: escaped, never read as markup, of a bearable length."""
    return Text(shorten(text, limit), style=style)


def paragraph(console: Console, text: Text, first: str = "", rest: str | None = None) -> None:
    """Print text wrapped to the width: the first line after `first`, the others after `rest` or as far in."""
    indent = " " * cell_len(first) if rest is None else rest
    for number, part in enumerate(text.wrap(console, console.width - cell_len(first))):
        part.rstrip()
        console.print(Text(first if number == 0 else indent) + part, no_wrap=True, overflow="crop")


def print_rest(console: Console, hidden: int, noun: str) -> None:
    """How many more there are, if any."""
    if hidden > 0:
        console.print(line(f"… and {plural(hidden, f'more {noun}')} (-n 0 shows all)", "dim"))


def print_notes(console: Console, notes: Sequence[str]) -> None:
    if notes:
        console.print()
    for note in notes:
        paragraph(console, line(note), "note: ")


def _columns() -> int | None:
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdecimal() and int(columns) > 0 else None
