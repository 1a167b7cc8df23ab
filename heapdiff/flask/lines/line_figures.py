"""What was found out about each line of each profiled function, as the answer `lines/1`. Computes; measures nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Final

from heapdiff.flask.lines.functions import Profiled

SCHEMA: Final = "lines/1"
Figures = tuple[int, int, int, int]  # allocated bytes and blocks, kept bytes and blocks
Stack = Sequence[tuple[CodeType, int]]  # what runs watched code, a caller before what it calls, and where
NOTHING: Final[Figures] = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class LineFigures:
    """One line over all calls, with what it calls. `occurrences`: how often it ran; null where nothing tells."""

    line: int
    allocated_bytes: int
    allocated_blocks: int
    kept_bytes: int
    kept_blocks: int
    occurrences: int | None
    content: str


@dataclass(frozen=True, slots=True)
class FunctionFigures:
    """One function over all calls."""

    function: str
    file: str
    calls: int | None
    allocated_bytes: int
    allocated_blocks: int
    kept_bytes: int
    kept_blocks: int
    lines: tuple[LineFigures, ...]


@dataclass(frozen=True, slots=True)
class LinesAnswer:
    """The profiled functions; `notes` say what is missing in the figures, or how to read them."""

    requests: int | None
    functions: tuple[FunctionFigures, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """What the native counter knows: figures of each stack, and calls and runs of each code object, by its lines."""

    stacks: Sequence[tuple[Stack, int, int, int, int]]
    calls: Mapping[CodeType, int]
    runs: Mapping[CodeType, Mapping[int, int]]
    lost: int = 0
    complete: bool = True
    counts_runs: bool = True


def attribute(functions: Iterable[Profiled], measured: Measured) -> tuple[FunctionFigures, ...]:
    """Each function's figures. A line has what it called as well; one that called itself counts once."""
    return tuple(_of_function(function, measured) for function in functions)


def _of_function(function: Profiled, measured: Measured) -> FunctionFigures:
    own = frozenset(function.codes)
    total, lines = NOTHING, dict.fromkeys(range(function.first_line, function.end_line), NOTHING)
    for stack, *counted in measured.stacks:
        figures = _figures(counted)
        at = {line for code, line in stack if code in own}
        if at:
            total = _sum(total, figures)
        for line in at & lines.keys():
            lines[line] = _sum(lines[line], figures)
    runs = _runs(function, measured) if measured.counts_runs else {}
    return FunctionFigures(
        function.name,
        function.file,
        measured.calls.get(function.codes[0], 0) if measured.counts_runs else None,
        *total,
        tuple(
            LineFigures(line, *figures, runs.get(line), function.content(line))
            for line, figures in lines.items()
        ),
    )


def _runs(function: Profiled, measured: Measured) -> dict[int, int]:
    """How often each line ran: by the outermost code on it, for of a comprehension, older versions tell each round."""
    found: dict[int, int] = {}
    for code in function.codes:
        counted = measured.runs.get(code, {})
        for line in sorted({line for _, _, line in code.co_lines() if line is not None}):
            if line in counted:
                found.setdefault(line, counted[line])
    return found


def _figures(counted: Sequence[int]) -> Figures:
    allocated_bytes, allocated_blocks, kept_bytes, kept_blocks = counted
    return allocated_bytes, allocated_blocks, kept_bytes, kept_blocks


def _sum(one: Figures, other: Figures) -> Figures:
    return _figures([a + b for a, b in zip(one, other, strict=True)])
