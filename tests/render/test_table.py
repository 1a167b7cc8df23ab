"""Tables keep their width whatever they hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from heapdiff.render.terminal.console import render_text
from heapdiff.render.terminal.table import Column, build_table, own_name

COLUMNS = (
    Column("Name", share=2, right=False),
    Column("Other", share=1, right=False, drop=1),
    Column("Count", drop=2),
    Column("Bytes"),
)


def lines(rows: list[tuple[str, str, str, str]], width: int) -> list[str]:
    return render_text(lambda console: console.print(build_table(COLUMNS, rows, width)), width).splitlines()


@given(
    st.lists(
        st.tuples(st.text(), st.text(), st.integers(0, 10**12).map(str), st.just("1.00 kB")), max_size=4
    ),
    st.integers(40, 200),
)
def test_every_row_is_one_line_of_the_same_width(rows: list[tuple[str, str, str, str]], width: int) -> None:
    shown = lines(rows, width)
    assert len(shown) == 2 + len(rows)
    assert {cell_len(line) for line in shown} == {width}


def test_a_name_is_cut_in_the_middle_and_numbers_never_are() -> None:
    row = lines([("a" * 50 + "z" * 50, "other", "1,234,567", "99.9 MB")], 60)[-1]
    assert "a…z" in row
    assert row.endswith("1,234,567  99.9 MB")


@pytest.mark.parametrize(
    ("paths", "shown"),
    [
        (
            ("shop.pricing.PriceList.quote.<lru_cache>", "shop.pricing.PriceList.discount.<lru_cache>"),
            ("…iceList.quote.<lru_cache>", "…List.discount.<lru_cache>"),
        ),
        (
            ("shop.orders.storage.by_user_and_day.items", "shop.basket.storage.by_user_and_day.items"),
            ("shop.orders.s…nd_day.items", "shop.basket.s…nd_day.items"),
        ),
    ],
)
def test_paths_are_cut_where_they_stay_apart(paths: tuple[str, str], shown: tuple[str, str]) -> None:
    columns = (Column("Holder", share=1, right=False, ends=True), Column("Bytes"))
    table = build_table(columns, [(path, "1.00 kB") for path in paths], 35)
    text = render_text(lambda console: console.print(table), 35).splitlines()
    assert tuple(row.split()[0] for row in text[2:]) == shown


def test_a_name_that_needs_less_leaves_the_rest_to_the_other() -> None:
    row = lines([("short", "o" * 40, "1", "1 B")], 80)[-1]
    assert "o" * 40 in row


def test_where_the_width_is_short_the_least_needed_columns_go_first() -> None:
    head = lines([("n" * 30, "o" * 30, "1,234,567", "99.9 MB")], 40)[0]
    assert head.split() == ["Name", "Other", "Bytes"]


PATHS = (Column("Holder", share=3, right=False, ends=True), *COLUMNS[1:])


@given(
    st.lists(st.tuples(st.text(max_size=90), st.text(), st.just("1,234"), st.just("1.00 kB")), max_size=4),
    st.integers(40, 200),
)
def test_a_table_of_paths_keeps_its_width_too(rows: list[tuple[str, ...]], width: int) -> None:
    text = render_text(lambda console: console.print(build_table(PATHS, rows, width)), width)
    assert {cell_len(line) for line in text.splitlines()} == {width}


@pytest.mark.parametrize(
    "own", ["PENDING_SESSIONS_BY_ACCOUNT", "quote_by_customer.<lru_cache>", "USERS_BY_ID['…']"]
)
def test_the_last_name_of_a_path_is_whole_as_long_as_another_column_can_give_way(own: str) -> None:
    rows = [(f"company.integrations.salesforce.{own}", "o" * 40, "1,234,567", "99.9 MB")]
    for width in range(len(own) + 30, 120):
        text = render_text(lambda console, width=width: console.print(build_table(PATHS, rows, width)), width)  # type: ignore[misc]
        assert own in text.splitlines()[-1], text


@pytest.mark.parametrize(
    ("path", "own"),
    [
        ("shop.cache.SESSIONS", "SESSIONS"),
        ("shop.PriceList.quote.<lru_cache>", "quote.<lru_cache>"),
        ("shop.cache.USERS['a.b'][0]", "USERS['a.b'][0]"),
        ("<thread mailer>.serve.<local backlog>", "serve.<local backlog>"),
        ("SESSIONS", "SESSIONS"),
        ("", ""),
        ("a.b.", ""),
    ],
)
def test_the_last_name_of_a_path(path: str, own: str) -> None:
    assert own_name(path) == own
