"""`export` on real files: both formats, whole or not at all, and what is refused before any work."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from heapdiff.export.formats import FORMATS, Format
from heapdiff.export.sql import known_tables
from tests.cli.command import Done, run
from tests.cli.snapshot_files import SHOP_AFTER, SHOP_BEFORE, write_snapshot, write_summary


def export(*arguments: str | Path) -> Done:
    return run("export", *arguments)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_for_chrome_is_private_and_its_name_is_printed(tmp_path: Path) -> None:
    path, output = write_snapshot(tmp_path, SHOP_AFTER), tmp_path / "after.heapsnapshot"
    done = export(path, "--to", "chrome", "-o", output)
    assert (done.exit_code, done.stdout, done.stderr) == (0, f"{output}\n", "")
    told = json.loads(run("show", path, "--format", "json").stdout)
    names = json.loads(output.read_text("ascii"))
    assert names["strings"].count("shop.models.Session") == 1
    assert names["snapshot"]["node_count"] > sum(row["count"] for row in told["rows"])
    assert mode_of(output) == 0o600


def test_what_lives_on_has_the_same_number_in_both_files(tmp_path: Path) -> None:
    ids = []
    for number, text in enumerate((SHOP_BEFORE, SHOP_AFTER), 1):
        output = tmp_path / f"{number}.heapsnapshot"
        assert export(write_snapshot(tmp_path, text, number), "--to", "chrome", "-o", output).exit_code == 0
        ids.append(set(json.loads(output.read_text("ascii"))["nodes"][2::7]))
    assert ids[0] < ids[1]


@pytest.mark.slow
def test_a_directory_of_parquet_has_the_tables_of_query(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    path, output = write_snapshot(tmp_path, SHOP_AFTER), tmp_path / "it's tables"
    done = export(path, "--to", "parquet", "-o", output)
    assert (done.exit_code, done.stdout, done.stderr) == (0, f"{output}\n", "")
    assert sorted(output.iterdir()) == sorted(output / f"{name}.parquet" for name in known_tables(1))
    assert mode_of(output) == 0o700
    assert {mode_of(file) for file in output.iterdir()} == {0o600}
    for name in known_tables(1):
        file = str(output / f"{name}.parquet").replace("'", "''")
        read = duckdb.connect().execute(f"SELECT CAST(t AS VARCHAR) FROM '{file}' AS t").fetchall()
        told = run(
            "query", path, f"SELECT CAST(t AS VARCHAR) FROM {name} AS t -- *", "--format", "json", "-n", "0"
        )
        assert sorted(map(list, read)) == sorted(json.loads(told.stdout)["rows"]), name


def test_parquet_without_duckdb_is_one_line_a_hint_and_exit_code_5(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    done = export(write_snapshot(tmp_path, SHOP_AFTER), "--to", "parquet", "-o", tmp_path / "out")
    assert done.exit_code == 5
    assert done.complaint[0].startswith("heapdiff: writing Parquet needs the package duckdb")
    assert done.complaint[1:] == ["pip install 'heapdiff[sql]'"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("to", "output", "said"),
    [
        ("chrome", "x.json", "doesn't end in .heapsnapshot"),
        ("chrome", "-", "can't be written to standard output"),
        ("chrome", "", "the name is empty"),
        ("chrome", "there.heapsnapshot", "is a directory"),
        ("chrome", "gone/x.heapsnapshot", "there is no directory"),
        ("parquet", "-", "can't be written to standard output"),
        ("parquet", "", "the name is empty"),
        ("parquet", "there.heapsnapshot", "is not empty"),
        ("parquet", "file", "is not a directory"),
        ("parquet", "gone/x", "there is no directory"),
        ("parquet", "dangling", "is not a directory"),
    ],
)
def test_where_nothing_can_be_written_is_said_before_anything_is_read(
    to: str, output: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.heapsnapshot").mkdir()
    Path("there.heapsnapshot", "content").touch()
    Path("file").touch()
    Path("dangling").symlink_to("nowhere")
    done = export("gone.json", "--to", to, "-o", output)
    assert done.exit_code == 2
    assert said in done.complaint[0]


def test_an_empty_directory_may_be_there_and_be_named_by_a_link(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")
    assert (
        export(write_snapshot(tmp_path, SHOP_AFTER), "--to", "parquet", "-o", tmp_path / "link").exit_code
        == 0
    )
    assert (tmp_path / "there" / "objects.parquet").exists()
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("ending", [".x", ""], ids=["file", "directory"])
def test_nothing_is_left_of_what_failed(ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_graph: object, place: Path, _progress: object) -> None:
        (place / "part" if place.is_dir() else place).write_text("half")
        raise OSError(28, os.strerror(28))

    assert isinstance(FORMATS, dict)
    monkeypatch.setitem(FORMATS, "chrome", Format(ending, lambda: None, fail))
    path, kept = write_snapshot(tmp_path, SHOP_AFTER), tmp_path / "kept.x"
    if ending:
        kept.write_text("before")
    before = {*tmp_path.iterdir()}
    done = export(path, "--to", "chrome", "-o", kept)
    assert (done.exit_code, done.complaint[0]) == (2, f"heapdiff: {kept}: No space left on device")
    assert {*tmp_path.iterdir()} == before
    assert not ending or kept.read_text() == "before"


def test_a_snapshot_is_never_overwritten(tmp_path: Path) -> None:
    path = write_snapshot(tmp_path, SHOP_AFTER)
    link = tmp_path / "x.heapsnapshot"
    link.symlink_to(path)
    before = path.read_bytes()
    assert export(path, "--to", "chrome", "-o", link).exit_code == 2
    assert path.read_bytes() == before


def test_references_are_needed(tmp_path: Path) -> None:
    path = write_summary(tmp_path, SHOP_AFTER)
    assert export(path, "--to", "chrome", "-o", tmp_path / "x.heapsnapshot").exit_code == 3
