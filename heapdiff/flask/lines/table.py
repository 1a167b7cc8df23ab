"""The figures as text, in the columns that users of memory_profiler know."""

from __future__ import annotations

from typing import Final

from heapdiff.escaping import escape_terminal
from heapdiff.flask.lines.line_figures import FunctionFigures, LineFigures, LinesAnswer

ROW: Final = "{:>6} {:>14} {:>14} {:>11}  {:>11}   {}"
HEAD: Final = ROW.format("Line #", "Allocated", "Kept", "Blocks kept", "Occurrences", "Line Contents")
LEGEND: Final = (
    "Allocated, kept: bytes {}, with what the line calls. "
    "Kept: still there at the end, after a garbage collection.\n"
)


def render_table(answer: LinesAnswer) -> str:
    """A table for each function, and how to read it. Nothing in it can steer a terminal."""
    counted = all(function.calls is not None for function in answer.functions)
    parts = [_render_function(function) for function in answer.functions]
    parts += (
        [LEGEND.format("per call" if counted else "of all calls")]
        if parts
        else ["no function was profiled\n"]
    )
    return "\n".join([*parts, *(f"note: {escape_terminal(note)}\n" for note in answer.notes)])


def _render_function(function: FunctionFigures) -> str:
    calls = function.calls
    each = max(1, calls or 0) if calls is not None else 1
    called = "" if calls is None else f", {calls:,} call{'' if calls == 1 else 's'}"
    lines = [
        f"Filename: {escape_terminal(function.file)}",
        f"Function: {escape_terminal(function.function)}{called}",
        "",
        HEAD,
        "=" * len(HEAD),
        *(_render_line(line, each) for line in function.lines),
        ROW.format("", *_amounts(function, each), "", "in all").rstrip(),
    ]
    return "".join(f"{line}\n" for line in lines)


def _render_line(line: LineFigures, calls: int) -> str:
    content = escape_terminal(line.content.expandtabs())
    silent = not line.occurrences and not line.allocated_blocks and not line.kept_blocks
    amounts = ("", "", "") if silent else _amounts(line, calls)
    runs = f"{line.occurrences:,}" if line.occurrences else ""
    return ROW.format(line.line, *amounts, runs, content).rstrip()


def _amounts(figures: LineFigures | FunctionFigures, calls: int) -> tuple[str, str, str]:
    return (
        f"{_amount(figures.allocated_bytes, calls)} B",
        f"{_amount(figures.kept_bytes, calls)} B",
        _amount(figures.kept_blocks, calls),
    )


def _amount(total: int, calls: int) -> str:
    """Whole numbers, but for what is less than ten per call, and isn't whole."""
    each = total / calls
    if 0 < each < 0.05:
        return "<0.1"
    return f"{each:,.1f}" if each < 10 and total % calls else f"{each:,.0f}"
