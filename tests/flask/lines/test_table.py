"""The table keeps memory_profiler's layout, and its figures are per call."""

from __future__ import annotations

from types import CodeType

from heapdiff.flask.lines.functions import Profiled
from heapdiff.flask.lines.line_figures import LinesAnswer, Measured, attribute
from heapdiff.flask.lines.table import render_table

SOURCE = "def f(n):\n    a = g(n)\n    b = [i for i in a]\n    if n: f(0)\n"


def code_of(source: str, name: str) -> CodeType:
    (code,) = (
        each
        for each in compile(source, "shop.py", "exec").co_consts
        if isinstance(each, CodeType) and each.co_name == name
    )
    return code


F = code_of(SOURCE, "f")
G = code_of("def g(n):\n    return n\n", "g")
FUNCTION = Profiled("shop.f", "shop.py", (F,), 1, 5, tuple(SOURCE.splitlines(keepends=True)))


def answer(*stacks: tuple[list[tuple[CodeType, int]], int, int, int, int], calls: int = 2) -> LinesAnswer:
    measured = Measured(stacks, {F: calls}, {F: {2: 3, 3: 2, 4: 1}})
    return LinesAnswer(20, attribute([FUNCTION], measured), ())


def test_a_stack_counts_once_for_each_line_on_it() -> None:
    (function,) = answer(
        ([(F, 4), (F, 4), (F, 2)], 100, 1, 50, 1), ([(F, 2), (G, 2)], 10, 1, 0, 0), ([(G, 2)], 7, 1, 7, 1)
    ).functions
    amounts = {line.line: line.allocated_bytes for line in function.lines}
    assert amounts == {1: 0, 2: 110, 3: 0, 4: 100}
    assert (function.allocated_bytes, function.kept_bytes, function.kept_blocks) == (110, 50, 1)


def test_the_columns_are_known_and_show_what_a_call_takes() -> None:
    text = render_table(answer(([(F, 2)], 3000, 4, 1, 1)))
    head, rule, first, second, *_ = text.splitlines()[3:]
    assert head.split() == [
        "Line",
        "#",
        "Allocated",
        "Kept",
        "Blocks",
        "kept",
        "Occurrences",
        "Line",
        "Contents",
    ]
    assert rule == "=" * len(head)
    assert first.split() == ["1", "def", "f(n):"]
    assert second.split() == ["2", "1,500", "B", "0.5", "B", "0.5", "3", "a", "=", "g(n)"]
    assert text.startswith("Filename: shop.py\nFunction: shop.f, 2 calls\n")


def test_little_is_not_shown_as_nothing() -> None:
    assert "<0.1 B" in render_table(answer(([(F, 2)], 1, 1, 1, 1), calls=1000))


def test_nothing_in_a_source_steers_the_terminal() -> None:
    evil = Profiled("shop.\x1b[2J", "a\nb.py", (F,), 1, 2, ("def f(): # \x1b]0;x\x07 \u202e\n",))
    text = render_table(LinesAnswer(1, attribute([evil], Measured((), {}, {})), ("note \x1b[31m",)))
    assert not set("\x1b\x07\u202e") & set(text)
    assert "a\\nb.py" in text
