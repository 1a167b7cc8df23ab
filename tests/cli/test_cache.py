"""What commands store is the same user's next command's, is bounded, can be switched off, and is deleted when asked."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from heapdiff.graph.stored import shelf
from tests.cli.command import Done, run
from tests.cli.snapshot_files import SHOP_AFTER, SHOP_BEFORE, write_snapshot
from tests.graph.stored.cabinets import store_on_any_disk

Ask = Callable[..., Done]


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    return tmp_path / "xdg" / "heapdiff"


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Commands with a cache of their own, which store something of any snapshot."""
    monkeypatch.setattr(shelf, "LEAST_BYTES", 0)
    store_on_any_disk(monkeypatch)

    def run_with(*arguments: str | Path, **variables: str) -> Done:
        return run(*arguments, **{"XDG_CACHE_HOME": str(tmp_path / "xdg"), "HEAPDIFF_CACHE": "", **variables})

    return run_with


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_snapshot(tmp_path, SHOP_AFTER, 2)


def names(stored: Path) -> list[str]:
    return sorted(name.split(".")[1] for name in os.listdir(stored)) if stored.exists() else []


QUESTIONS = [
    ("why", "shop.models.Session"),
    ("tree",),
    ("show", "--by", "holder", "--retained"),
    ("graph", "--type", "shop.models.Session", "-o", "-"),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question[0])
def test_the_second_answer_is_the_first(
    ask: Ask, path: Path, stored: Path, tmp_path: Path, question: tuple[str, ...]
) -> None:
    command, *more = question
    more = [str(tmp_path / "a.dot") if each == "-" else each for each in more]
    plain = ask(command, path, *more, "--no-cache")
    assert (plain.exit_code, names(stored)) == (0, [])
    assert ask(command, path, *more) == plain
    assert "records" in names(stored)
    assert ask(command, path, *more) == plain


def test_a_command_that_fails_stores_what_it_computed(ask: Ask, path: Path, stored: Path) -> None:
    assert ask("why", path, "shop.models.Sesion").exit_code == 2
    assert names(stored) == ["records", "routes"]


def test_compare_and_advise_store_nothing(ask: Ask, path: Path, stored: Path, tmp_path: Path) -> None:
    """They need more memory than time: what they would store are two snapshots and more."""
    before = write_snapshot(tmp_path, SHOP_BEFORE, 1)
    plain = ask("compare", before, path)
    assert ask("advise", before, path).exit_code == 0
    assert names(stored) == []
    ask("why", path, "shop.models.Session")
    there = names(stored)
    assert ask("compare", before, path) == plain
    assert names(stored) == there


@pytest.mark.parametrize("word", ["off", "0", "no", "FALSE"])
def test_the_environment_switches_it_off(ask: Ask, path: Path, stored: Path, word: str) -> None:
    assert ask("tree", path, HEAPDIFF_CACHE=word).exit_code == 0
    assert names(stored) == []
    assert "Not used: HEAPDIFF_CACHE switches it off" in ask("cache", HEAPDIFF_CACHE=word).stdout


def test_the_environment_bounds_it(ask: Ask, path: Path, stored: Path) -> None:
    ask("tree", path, HEAPDIFF_CACHE="100")
    assert names(stored) == []
    assert "of at most 2.00 GB" in ask("cache", HEAPDIFF_CACHE="2GB").stdout
    wrong = ask("tree", path, HEAPDIFF_CACHE="plenty")
    assert wrong.exit_code == 2
    assert wrong.complaint == [
        "heapdiff: HEAPDIFF_CACHE: 'plenty' is not a size; write 4096, 10MB or 1.5GiB",
        "Set it to off, or to the most that may be stored, such as HEAPDIFF_CACHE=2GB.",
    ]


def test_cache_says_what_is_stored_and_deletes_it(ask: Ask, path: Path, stored: Path) -> None:
    empty = json.loads(ask("cache", "--format", "json").stdout)
    assert (empty["schema"], empty["directory"], empty["snapshots"]) == ("cache/1", str(stored), [])
    ask("tree", path)
    mine = stored / "mine.txt"
    mine.write_text("not heapdiff's")
    told = json.loads(ask("cache", "--format", "json").stdout)
    assert [each["path"] for each in told["snapshots"]] == [str(path.with_suffix(".heap"))]
    assert told["bytes"] == told["snapshots"][0]["bytes"] > 0
    assert told["bound_bytes"] == 10_000_000_000
    table = ask("cache")
    assert str(stored) in table.stdout.replace("\n", "")
    assert "1 snapshot" in table.stdout
    cleared = ask("cache", "--clear")
    assert (cleared.exit_code, cleared.stdout) == (0, "")
    assert cleared.stderr.startswith("heapdiff: deleted ")
    assert os.listdir(stored) == [mine.name]
    assert ask("cache", "--clear").stderr == "heapdiff: deleted 0 B\n"


def test_a_place_where_nothing_can_be_created_is_named_with_the_reason(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "xdg").write_text("a file")
    refusal = json.loads(ask("cache", "--format", "json").stdout)["refusal"]
    assert refusal.startswith(f"{tmp_path / 'xdg' / 'heapdiff'} can't be created")


def test_what_nobody_will_believe_is_counted_too(ask: Ask, path: Path, stored: Path) -> None:
    ask("tree", path)
    broken = next(stored.iterdir())
    broken.unlink()
    broken.write_bytes(b"broken")
    told = json.loads(ask("cache", "--format", "json").stdout)
    assert sorted(each["path"] for each in told["snapshots"]) == ["", str(path.with_suffix(".heap"))]
    assert "(incomplete, or can't be used)" in ask("cache").stdout


def test_names_in_the_cache_are_escaped(ask: Ask, tmp_path: Path) -> None:
    odd = tmp_path / "a\x1b[31m\n"
    odd.mkdir()
    ask("tree", write_snapshot(odd, SHOP_BEFORE, 1))
    assert "\x1b" not in ask("cache", COLUMNS="200").stdout
    assert "\\x1b[31m\\n" in ask("cache", COLUMNS="200").stdout


def test_a_directory_that_is_not_ours_alone_is_named_and_left(ask: Ask, path: Path, stored: Path) -> None:
    ask("tree", path)
    stored.chmod(0o755)
    said = f"{stored} is open to other users (mode 0755); chmod 700 it"
    assert json.loads(ask("cache", "--format", "json").stdout)["refusal"] == said
    refused = ask("cache", "--clear")
    assert (refused.exit_code, refused.complaint) == (2, [f"heapdiff: {said}", "Nothing was deleted."])
    assert ask("tree", path).exit_code == 0


@pytest.mark.parametrize(
    ("xdg", "home", "where"),
    [
        ("", "/h", "/h/.cache/heapdiff"),
        ("relative", "/h", "/h/.cache/heapdiff"),
        ("/x", "", "/x/heapdiff"),
        ("", "", None),
    ],
)
def test_it_is_where_the_user_keeps_such_files(
    ask: Ask, path: Path, xdg: str, home: str, where: str | None
) -> None:
    variables = {"XDG_CACHE_HOME": xdg, "HOME": home}
    assert json.loads(ask("cache", "--format", "json", **variables).stdout)["directory"] == where
    if where is None:
        assert ask("tree", path, **variables).exit_code == 0
        assert ask("cache", **variables).stdout == "Not used: neither XDG_CACHE_HOME nor HOME says where\n"
