"""The page's twelve questions, each put to small snapshots: the answers are right, and the same as other commands'."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import heapdiff
from tests.cli.command import run
from tests.cli.snapshot_files import SHOP_AFTER, SHOP_BEFORE, write_snapshot

pytest.importorskip("duckdb")

PAGE = Path(heapdiff.__file__).parents[1] / "docs" / "how-to" / "query.md"
LOOSE = "\n    orphan: list -> []: shop.models.Lost * 2 size=48\n    shop.BIG: dict -> [*]: str * 150 size=50 text=9"
BEFORE, AFTER = SHOP_BEFORE, SHOP_AFTER + LOOSE
QUESTIONS = re.findall(
    r"\*\*(?P<title>[^*]+)\*\*[^`]*(?:`[^`]+`[^`]*)*?```sql\n(.+?)```", PAGE.read_text("utf-8"), re.DOTALL
)


@pytest.fixture
def snapshots(tmp_path: Path) -> tuple[Path, Path]:
    return write_snapshot(tmp_path, BEFORE, 1), write_snapshot(tmp_path, AFTER, 2)


def asked(statement: str, *paths: Path) -> list[list[Any]]:
    done = run("query", *paths, statement, "--format", "json", "-n", "0")
    assert (done.exit_code, done.stderr) == (0, ""), done
    answer = json.loads(done.stdout)
    assert (answer["schema"], answer["cut"]) == ("query/1", False)
    rows: list[list[Any]] = answer["rows"]
    return rows


def question(beginning: str) -> str:
    (found,) = [statement for title, statement in QUESTIONS if title.startswith(beginning)]
    return str(found)


def test_there_are_twelve() -> None:
    assert len(QUESTIONS) == 12


@pytest.mark.parametrize("number", range(12))
def test_each_question_has_an_answer(number: int, snapshots: tuple[Path, Path]) -> None:
    title, statement = QUESTIONS[number]
    before, after = snapshots
    paths = (before, after) if "other_node" in statement else (after,)
    if title == "What was freed?":
        after.unlink()
        after = write_snapshot(before.parent, BEFORE.replace("* 3", "* 1"), 2)
        paths = (before, after)
    rows = asked(statement, *paths)
    assert rows, title


def test_types_are_those_of_show(snapshots: tuple[Path, Path]) -> None:
    told = json.loads(run("show", snapshots[1], "--format", "json", "-n", "0").stdout)["rows"]
    shown = sorted(
        ([each["name"], each["count"], each["bytes"]] for each in told), key=lambda each: (-each[2], each[0])
    )
    assert asked(question("Which types"), snapshots[1]) == shown[:10]


def test_what_is_retained_is_what_tree_says(snapshots: tuple[Path, Path]) -> None:
    told = json.loads(run("tree", snapshots[1], "--from", "shop.cache.SESSIONS", "--format", "json").stdout)
    address = told["rows"][0]["address"]
    for of in (
        "retained_bytes FROM objects",
        "d.retained_bytes FROM dominators d JOIN objects o USING (node)",
    ):
        statement = f"SELECT {of} WHERE address = '{address}'"
        assert asked(statement, snapshots[1]) == [[told["retained_bytes"]]]


def test_what_is_new_is_what_show_since_says(snapshots: tuple[Path, Path]) -> None:
    told = json.loads(run("show", snapshots[1], "--since", snapshots[0], "--format", "json").stdout)
    (sessions,) = [each for each in told["keepers"] if each["path"] == "shop.cache.SESSIONS"]
    new = {name: count for name, count, _ in asked(question("What is new"), *snapshots)}
    held = {each["type"]: each["count_delta"] for each in sessions["holds"]}
    assert held["shop.models.Session"] == new["shop.models.Session"] == 200


def test_referrers_dicts_garbage_and_texts_are_counted_right(snapshots: tuple[Path, Path]) -> None:
    after = snapshots[1]
    referrers = asked(question("Who refers"), after)
    assert referrers[0][:2] == ["dict", "value"]
    assert referrers[0][3] == 220
    assert sorted(row[1] for row in asked(question("Which dicts"), after)) == [150, 220]
    assert ["shop.models.Lost", 2, 96] in asked(question("What is unreachable"), after)
    strings = asked(question("How much text"), after)
    assert strings[0][0] >= 150
    shapes = asked(question("Which attributes"), after)
    assert ["shop.models.Session", "basket", 220] in shapes
