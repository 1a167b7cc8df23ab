"""`show --since` on real files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import run
from tests.cli.snapshot_files import SHOP_AFTER, SHOP_BEFORE, write_snapshot


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    return write_snapshot(tmp_path, SHOP_BEFORE, 1), write_snapshot(tmp_path, SHOP_AFTER, 2)


def test_show_since_lists_who_keeps_what_is_new(pair: tuple[Path, Path]) -> None:
    done = run("show", pair[1], "--since", pair[0])
    assert (done.exit_code, done.stderr) == (0, "")
    assert "1  shop.cache.SESSIONS\n   +200 shop.models.Session" in done.stdout
    assert done.stdout.startswith("600 new objects, 39.8 kB")


def test_show_since_as_json_names_its_schema(pair: tuple[Path, Path]) -> None:
    found = json.loads(run("show", pair[1], "--since", pair[0], "--format", "json").stdout)
    assert found["schema"] == "since/1"
    assert [each["path"] for each in found["snapshots"]] == [str(path) for path in pair]
    assert found["keepers"][0]["path"] == "shop.cache.SESSIONS"


def test_show_since_the_same_snapshot_says_that_nothing_is_new(pair: tuple[Path, Path]) -> None:
    assert run("show", pair[0], "--since", pair[0]).stdout.startswith("Nothing new is kept")


@pytest.mark.parametrize("more", [("--by", "holder"), ("--retained",)])
def test_show_since_takes_no_other_grouping(pair: tuple[Path, Path], more: tuple[str, ...]) -> None:
    done = run("show", pair[1], "--since", pair[0], *more)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 2)


def test_show_since_a_later_snapshot_is_refused(pair: tuple[Path, Path]) -> None:
    done = run("show", pair[0], "--since", pair[1])
    assert done.exit_code == 2
    assert "is later than" in done.stderr
