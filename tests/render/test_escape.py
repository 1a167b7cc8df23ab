"""Names from a snapshot cannot steer a terminal, reorder a line or break a table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from heapdiff.render.escape import escape_terminal, shorten, shorten_start


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain.name", "plain.name"),
        ("red\x1b[31m", "red\\x1b[31m"),
        ("two\nlines\r", "two\\nlines\\r"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("c1\x9b31m", "c1\\x9b31m"),
        ("line\u2028end", "line\\u2028end"),
        ("half \ud800", "half \\ud800"),
        ("[bold]not markup[/bold]", "[bold]not markup[/bold]"),
        ("größe_名前", "größe_名前"),
        ("arabic\u061cmark", "arabic\\u061cmark"),
        ("soft\u00adhyphen", "soft\\xadhyphen"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("filler\u3164\u2800", "filler\\u3164\\u2800"),
        ("hidden\ufe01\U000e0100", "hidden\\ufe01\\U000e0100"),
        ("\u0338 struck", "\\u0338 struck"),
        ("I \u2764\ufe0f it", "I \u2764\ufe0f it"),
        ("a" + "\u0301" * 5, "a\u0301\u0301\\u0301\\u0301\\u0301"),
    ],
)
def test_a_character_that_steers_is_shown_as_an_escape(name: str, shown: str) -> None:
    assert escape_terminal(name) == shown


@given(st.text())
def test_what_is_shown_is_printable_and_shown_once(name: str) -> None:
    shown = escape_terminal(name)
    assert shown.isprintable()
    assert escape_terminal(shown) == shown


@given(st.text(max_size=300), st.integers(1, 100))
def test_a_shortened_name_fits_its_width(name: str, width: int) -> None:
    for shown in (shorten(name, width), shorten_start(name, width)):
        assert cell_len(shown) <= width
        assert shown.isprintable()


def test_a_long_name_keeps_both_ends() -> None:
    assert shorten("shop.models.very.deep.Session", 15) == "shop.mo…Session"


def test_a_long_path_keeps_its_end() -> None:
    assert shorten_start("shop.models.very.deep.Session", 15) == "…y.deep.Session"


def test_a_symbol_in_emoji_style_takes_its_two_cells() -> None:
    """❤️ is a symbol of one cell and a selector of none, and two cells wide."""
    hearts = "\u2764\ufe0f" * 20
    for shown in (shorten(hearts, 9), shorten_start(hearts, 9)):
        assert cell_len(shown) <= 9
        assert shown.strip("\u2764\ufe0f") == "…"


def test_an_end_begins_with_no_mark_of_a_letter_that_is_gone() -> None:
    assert shorten_start("abcde\u0301f", 2) == "…f"


def test_a_short_name_stays_as_it_is() -> None:
    assert shorten("shop.cache", 10) == shorten_start("shop.cache", 10) == "shop.cache"


def test_a_name_of_a_million_characters_keeps_both_ends() -> None:
    assert shorten("a" + "x" * 1_000_000 + "z", 5) == "ax…xz"
