"""What an assistant may read: snapshots in the directories given, and nothing that leads elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from heapdiff.agent.directory.names import default_directory
from heapdiff.assistants import questions
from heapdiff.assistants.places import Places, places_of
from heapdiff.errors import HeapdiffError, UsageError
from tests.cli.snapshot_files import SHOP_BEFORE, write_snapshot


@pytest.fixture
def heaps(tmp_path: Path) -> Path:
    directory = tmp_path / "heaps"
    directory.mkdir()
    return directory


def test_a_snapshot_is_found_by_its_name_and_by_its_path(heaps: Path) -> None:
    path = write_snapshot(heaps, SHOP_BEFORE)
    places = places_of([heaps])
    assert places.find(path.name) == path
    assert places.find(str(path)) == path
    assert places.name_of(path) == path.name


def test_of_two_directories_the_path_is_told(heaps: Path, tmp_path: Path) -> None:
    path = write_snapshot(heaps, SHOP_BEFORE)
    assert places_of([tmp_path, heaps]).find(path.name) == path
    assert places_of([tmp_path, heaps]).name_of(path) == str(path)


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../secret.json",
        "sub/inner.json",
        "../../../../../../etc/passwd",
        "link.json",
        "linked/secret.json",
        "gone.json",
        ".",
        "..",
        "",
        "a" * 2000,
        "a\0.json",
        "a\n.json",
        "\udce9.json",
        "\x1b[2J.json",
    ],
)
def test_what_lies_elsewhere_is_refused(heaps: Path, tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text("{}")
    (heaps / "sub").mkdir()
    (heaps / "sub" / "inner.json").write_text("{}")
    (heaps / "link.json").symlink_to(secret)
    (heaps / "linked").symlink_to(tmp_path)
    os.mkfifo(heaps / "pipe.json")
    places = places_of([heaps])
    with pytest.raises(HeapdiffError) as refused:
        places.find(name)
    assert "\x1b" not in str(refused.value)
    with pytest.raises(HeapdiffError):
        places.find("pipe.json")


def test_a_directory_that_becomes_a_link_later_is_refused(tmp_path: Path) -> None:
    """The default one lies where anybody may make one before its user does."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    write_snapshot(elsewhere, SHOP_BEFORE)
    places = Places((tmp_path / "heapdiff-1000",))
    (tmp_path / "heapdiff-1000").symlink_to(elsewhere)
    with pytest.raises(HeapdiffError):
        places.find(next(elsewhere.glob("*.json")).name)


def test_without_directories_it_is_the_one_of_the_users_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HEAPDIFF_DIR", raising=False)
    assert places_of([]).directories == (Path(os.path.realpath(default_directory())),)
    monkeypatch.setenv("HEAPDIFF_DIR", str(tmp_path))
    assert places_of([]).directories == (tmp_path,)


def test_what_is_no_directory_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="gone: is not a directory"):
        places_of([tmp_path / "gone"])


def test_what_an_assistant_says_is_never_an_option(heaps: Path) -> None:
    path = write_snapshot(heaps, SHOP_BEFORE)
    places = places_of([heaps])
    asked = questions.why(places, path.name, "--output=/etc/passwd", 3)
    assert asked[asked.index("--") :] == ("--", str(path), "--output=/etc/passwd")
    drawn = questions.graph(
        places, path.name, "", {"type": "-o/etc/passwd", "holder": "", "address": ""}, Path("p.svg")
    )
    assert "--type=-o/etc/passwd" in drawn


@pytest.mark.parametrize("n", [-1, 0, 10**30])
def test_rows_stay_within_their_bounds(heaps: Path, n: int) -> None:
    path = write_snapshot(heaps, SHOP_BEFORE)
    assert questions.why(places_of([heaps]), path.name, "str", n)[1] in ("-n1", f"-n{questions.MOST_ROWS}")


def test_as_many_snapshots_as_anybody_needs(heaps: Path) -> None:
    path = write_snapshot(heaps, SHOP_BEFORE)
    places = places_of([heaps])
    for names in ([], [path.name], [path.name] * (questions.MOST_SNAPSHOTS + 1)):
        with pytest.raises(UsageError, match="expected 2 to 20"):
            questions.compare(places, names, 3)
    with pytest.raises(UsageError, match="expected one of type, holder"):
        questions.show(places, path.name, "everything", False, 3)
