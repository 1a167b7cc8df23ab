"""Rows of SQL as CSV and as a table: whatever is in them, they are inert."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import pytest
from rich.cells import cell_len

from heapdiff.answers import RowColumn, Rows
from heapdiff.render.rows.grid import render_rows
from heapdiff.render.rows.separated import render_csv
from heapdiff.render.terminal.console import render_text

HOSTILE = (
    "=cmd()|'/C calc'!A0",
    "+1",
    "-x",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "\x1b[31m",
    "a\nb",
    '"',
    "\u202eabc",
    "x" * 10_000,
    "[bold]",
)


def rows(*values: Any, cut: bool = False) -> Rows:
    return Rows(
        (RowColumn("name", "VARCHAR"), RowColumn("=n", "BIGINT")), tuple((each, 7) for each in values), cut
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_is_a_formula_and_none_breaks_its_line(text: str) -> None:
    printed = render_csv(rows(text))
    head, cells = csv.reader(StringIO(printed))
    assert head == ["name", "'=n"]
    assert cells[1] == "7"
    assert not cells[0].lstrip().startswith(("=", "+", "-", "@"))
    assert printed.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("a;=1", "a;'=1"), ("a; =1;-2", "a;' =1;'-2"), ("a|@SUM(A1)", "a|'@SUM(A1)"), ("\uff1d1", "'\uff1d1"),
        (";", ";"), ("a=1", "a=1"), ("a;b-c", "a;b-c"),
    ],
)  # fmt: skip
def test_none_becomes_one_where_semicolons_separate(text: str, cell: str) -> None:
    _, (printed, _) = csv.reader(StringIO(render_csv(rows(text))))
    assert printed == cell


def test_numbers_stay_numbers_and_nothing_is_an_empty_cell() -> None:
    found = Rows(
        (RowColumn("a", "X"), RowColumn("b", "X"), RowColumn("c", "X"), RowColumn("d", "X")),
        ((-5, 0.1, None, True),),
        False,
    )
    assert render_csv(found) == "a,b,c,d\n-5,0.1,,true\n"
    assert render_csv(found, headed=False) == "-5,0.1,,true\n"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_table_is_inert_and_eighty_columns_wide(text: str) -> None:
    printed = render_text(lambda console: render_rows(console, rows(text, "other")))
    assert printed.replace("\n", "").isprintable()
    assert max(map(cell_len, printed.splitlines())) <= 80


def test_a_table_says_where_it_was_cut_and_that_there_is_nothing() -> None:
    assert "Cut after 1 row (-n 0 shows all)" in render_text(
        lambda console: render_rows(console, rows("x", cut=True))
    )
    assert "no rows" in render_text(lambda console: render_rows(console, rows()))
    assert "-" in render_text(lambda console: render_rows(console, rows(None)))
