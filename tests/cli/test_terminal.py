"""On a real terminal: its width, colours, progress."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.cli.snapshot_files import SHOP_AFTER, SHOP_BEFORE, write_snapshot
from tests.cli.terminals import show_on_a_terminal

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("columns", [60, 80, 132])
def test_a_table_is_as_wide_as_the_terminal(tmp_path: Path, columns: int) -> None:
    lines = COLOUR.sub(
        "", show_on_a_terminal(columns, "show", write_snapshot(tmp_path, SHOP_AFTER))
    ).splitlines()
    rules = [cell_len(line) for line in lines if set(line) == {"─"}]
    assert rules == [columns]


@pytest.mark.slow
def test_a_terminal_gets_colours_unless_it_does_not_want_them(tmp_path: Path) -> None:
    pair = write_snapshot(tmp_path, SHOP_BEFORE, 1), write_snapshot(tmp_path, SHOP_AFTER, 2)
    assert "\x1b[1;31mLEAK" in show_on_a_terminal(80, "compare", *pair)
    assert "\x1b[1;31m" not in show_on_a_terminal(80, "compare", *pair, NO_COLOR="1")


def test_a_terminal_sees_what_is_being_read(tmp_path: Path) -> None:
    path = write_snapshot(tmp_path, SHOP_AFTER)
    assert f"reading {path.stem}" in show_on_a_terminal(120, "why", path, "dict")
