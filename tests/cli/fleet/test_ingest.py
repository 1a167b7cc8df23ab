"""`fleet ingest` as it's typed: what it says, where, and how it ends."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.cli.command import run
from tests.fleet.documents import comparison, summary, write
from tests.fleet.rows import rows_of, write_fleet


def test_the_answer_says_what_was_gained(tmp_path: Path) -> None:
    write_fleet(tmp_path / "heaps")
    write(tmp_path / "heaps" / "package.json", {"name": "shop"})
    done = run("fleet", "ingest", tmp_path / "heaps", "--to", tmp_path / "lake")
    assert (done.exit_code, done.stderr) == (0, "")
    first, second = " ".join(done.stdout.split()).replace(str(tmp_path), "").split(" 22 sources")
    assert first.startswith("/lake gained 12 snapshots, 9 comparisons, 18 suspects: ")
    assert second == ": 21 new, 1 not from heapdiff"
    assert len(rows_of(tmp_path / "lake", "snapshots")) == 12


def test_unreadable_ones_are_named_and_end_nothing(tmp_path: Path) -> None:
    heaps = tmp_path / "heaps"
    for number in range(12):
        write(heaps / f"{number:02}.json", summary(number)).write_text('{"schema": "snapshot/1", "x\u202e')
    write(heaps / "whole.json", summary(1))
    done = run("fleet", "ingest", heaps, "--to", tmp_path / "lake")
    assert (done.exit_code, done.complaint) == (0, ["heapdiff: 12 sources couldn't be read"])
    assert "cut off or damaged at byte" in done.stdout
    assert "… and 2 more" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_json_has_it_all(tmp_path: Path) -> None:
    write(tmp_path / "a.json", comparison(suspects=60))
    done = run("fleet", "ingest", tmp_path / "a.json", "--to", tmp_path / "lake", "--format", "json")
    answer = json.loads(done.stdout)
    assert (answer["schema"], answer["new"], answer["shortened"]) == ("ingested/1", 1, 1)
    assert answer["tables"][2] == {"table": "suspects", "rows": 50}


@pytest.mark.parametrize(
    ("source", "lake", "says"),
    [("nowhere", "lake", "nowhere: there is nothing"), (".", "http://x/y", "http://x/y: can't be opened")],
)
def test_other_addresses_are_wrong_usage(tmp_path: Path, source: str, lake: str, says: str) -> None:
    done = run("fleet", "ingest", tmp_path / source, "--to", lake if "://" in lake else tmp_path / lake)
    assert done.exit_code == 2
    assert says in done.complaint[0]


def test_a_lake_that_is_a_file_is_said_in_a_line(tmp_path: Path) -> None:
    write(tmp_path / "heaps" / "a.json", summary(1))
    (tmp_path / "lake").write_text("")
    done = run("fleet", "ingest", tmp_path / "heaps", "--to", tmp_path / "lake")
    assert done.exit_code == 2
    assert done.complaint[0] == f"heapdiff: {tmp_path / 'lake'}: is not a directory"


def test_without_the_extra_it_is_one_line_a_hint_and_exit_code_5(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.fs", None)
    done = run("fleet", "ingest", tmp_path, "--to", tmp_path / "lake")
    assert (done.exit_code, done.stdout) == (5, "")
    assert done.complaint == ["heapdiff: fleet needs the package pyarrow", "pip install 'heapdiff[fleet]'"]
