"""Advice as text and as Markdown; the gold files are rewritten by `python -m tests.render.documents`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heapdiff.render.findings import render_advice_markdown
from heapdiff.render.terminal.advice import render_advice
from heapdiff.render.terminal.console import render_text
from tests.render.findings import advice

ADVICE = advice()


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    text = render_text(lambda console: render_advice(console, ADVICE, everything=True), width)
    assert max(map(len, text.splitlines())) <= width


def test_hints_are_counted_and_shown_when_asked_for() -> None:
    text = render_text(lambda console: render_advice(console, ADVICE))
    assert "1 smaller finding" in text
    assert "list-in-frame" not in text
    assert "list-in-frame" in render_text(lambda console: render_advice(console, ADVICE, everything=True))


def test_nothing_found_is_said() -> None:
    nothing = replace(ADVICE, findings=())
    assert render_text(lambda console: render_advice(console, nothing)).startswith("Nothing worth changing")
    assert render_advice_markdown(nothing).startswith("**0 findings**")


def test_names_from_a_snapshot_are_no_markup() -> None:
    hostile = replace(ADVICE.findings[0], title="<b>|x|\x1b[31m", holder="a`b|c", code=("```",))
    text = render_advice_markdown(replace(ADVICE, findings=(hostile,)))
    assert "\x1b" not in text
    assert "<b>" not in text.replace("`<b>", "")
    assert "````\n```\n````" in text


def test_hints_that_advise_the_same_share_their_advice() -> None:
    caches = [
        replace(
            ADVICE.findings[-1], rule="every-cache", title=f"lru_cache shop.{name}", holder=f"shop.{name}"
        )
        for name in ("quote", "price", "route")
    ]
    text = render_text(
        lambda console: render_advice(
            console, replace(ADVICE, findings=(*ADVICE.findings[:2], *caches)), True
        )
    )
    assert all(
        f"{number}. lru_cache shop.{name}" in text
        for number, name in ((3, "quote"), (4, "price"), (5, "route"))
    )
    assert text.count("change ") == 3


def test_code_is_wrapped_and_not_cut() -> None:
    long = replace(ADVICE.findings[0], code=("a" * 100,))
    text = render_text(lambda console: render_advice(console, replace(ADVICE, findings=(long,))))
    assert text.count("a" * 66) == 1
    assert sum(line.strip().strip("a") == "" for line in text.splitlines() if "aaaa" in line) == 2
