"""`query` on real files: formats, limits, and what goes wrong."""

from __future__ import annotations

import csv
import json
import sys
from io import StringIO
from pathlib import Path

import pytest

from tests.cli.command import run
from tests.cli.snapshot_files import SHOP_AFTER, write_snapshot, write_summary

SELECT = "SELECT type, bytes FROM types ORDER BY bytes DESC, type"


def test_without_the_extra_it_is_one_line_a_hint_and_exit_code_5(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    done = run("query", write_snapshot(tmp_path, SHOP_AFTER), SELECT)
    assert (done.exit_code, done.stdout) == (5, "")
    assert done.complaint[0].startswith("heapdiff: asking with SQL needs the package duckdb")
    assert done.complaint[1:] == ["pip install 'heapdiff[sql]'"]


def test_a_release_that_is_too_old_is_as_good_as_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    duckdb = pytest.importorskip("duckdb")
    monkeypatch.setattr(duckdb, "__version__", "1.4.4")
    done = run("query", write_snapshot(tmp_path, SHOP_AFTER), SELECT)
    assert done.exit_code == 5
    assert "version 2 or later (this is 1.4.4)" in done.complaint[0]


@pytest.mark.parametrize("given", [(SELECT,), ("a.json", "b.json", "c.json", SELECT)])
def test_one_or_two_snapshots_and_a_statement_are_expected(given: tuple[str, ...]) -> None:
    done = run("query", *given)
    assert done.exit_code == 2
    assert "expected one or two snapshots and then a statement" in done.complaint[0]


def test_parquet_needs_a_file() -> None:
    assert run("query", "a.json", SELECT, "--format", "parquet").complaint[1] == "Name a file with -o."


def test_a_table_is_cut_at_so_many_rows_and_json_says_so(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    path = write_snapshot(tmp_path, SHOP_AFTER)
    assert "Cut after 2 rows (-n 0 shows all)" in run("query", path, SELECT, "-n", "2").stdout
    answer = json.loads(run("query", path, SELECT, "-n", "2", "--format", "json").stdout)
    assert (answer["cut"], len(answer["rows"])) == (True, 2)
    assert answer["columns"] == [{"name": "type", "type": "VARCHAR"}, {"name": "bytes", "type": "BIGINT"}]


def test_csv_and_json_say_the_same_on_standard_output_and_in_a_file(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    path = write_snapshot(tmp_path, SHOP_AFTER)
    told = json.loads(run("query", path, SELECT, "--format", "json").stdout)["rows"]
    printed = run("query", path, SELECT, "--format", "csv").stdout
    assert [[name, int(size)] for name, size in [*csv.reader(StringIO(printed))][1:]] == told
    assert run("query", path, SELECT, "--format", "csv", "-o", tmp_path / "x.csv").exit_code == 0
    assert (tmp_path / "x.csv").read_text("utf-8") == printed
    assert (
        run("query", path, SELECT, "--format", "csv", "-n", "1").stdout.splitlines()
        == printed.splitlines()[:2]
    )


@pytest.mark.slow
def test_a_long_csv_comes_in_pieces_and_loses_no_row(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    path = write_snapshot(tmp_path, SHOP_AFTER)
    for rows in (9_999, 10_000, 20_000, 20_001):
        printed = run("query", path, f"SELECT range FROM range({rows})", "--format", "csv").stdout
        assert printed.splitlines() == ["range", *map(str, range(rows))]
        first = run(
            "query", path, f"SELECT range FROM range({rows})", "--format", "csv", "-n", "10000"
        ).stdout
        assert len(first.splitlines()) == min(rows, 10_000) + 1


def test_a_parquet_file_has_all_the_rows_and_no_trace_is_left_of_a_failed_one(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    path, output = write_snapshot(tmp_path, SHOP_AFTER), tmp_path / "it's.parquet"
    assert run("query", path, "FROM objects -- all", "--format", "parquet", "-o", output).exit_code == 0
    quoted = str(output).replace("'", "''")
    (read,) = duckdb.connect().execute(f"SELECT count(*), sum(bytes) FROM '{quoted}'").fetchall()
    told = run("query", path, "SELECT count(*), sum(bytes) FROM objects", "--format", "json").stdout
    assert json.loads(told)["rows"] == [list(read)]
    before = {*tmp_path.iterdir()}
    assert (
        run("query", path, "SELECT nonsense", "--format", "parquet", "-o", tmp_path / "y.parquet").exit_code
        == 2
    )
    assert run("query", path, "SELECT nonsense", "--format", "csv", "-o", tmp_path / "y.csv").exit_code == 2
    assert {*tmp_path.iterdir()} == before


def test_a_snapshot_is_never_overwritten(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    path = write_snapshot(tmp_path, SHOP_AFTER)
    assert run("query", path, SELECT, "--format", "csv", "-o", path).exit_code == 2


def test_a_directory_may_be_named_by_dots_and_its_snapshots_are_not_overwritten_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_snapshot(tmp_path, SHOP_AFTER)
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path)
    before = path.read_bytes()
    answers = [run("query", name, SELECT, "--format", "csv") for name in (path, ".", "below/..")]
    assert {(answer.exit_code, answer.stdout) for answer in answers} == {(0, answers[0].stdout)}
    refused = run("query", ".", SELECT, "--format", "csv", "-o", path.name)
    assert (refused.exit_code, path.read_bytes()) == (2, before)
    assert refused.complaint[0] == f"heapdiff: {path.name}: is a snapshot itself"


def test_a_wrong_statement_is_said_before_anything_is_read(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    done = run("query", tmp_path / "gone.json", "SELEC")
    assert done.exit_code == 2
    assert "Parser Error" in done.complaint[0]


def test_references_are_needed(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    assert run("query", write_summary(tmp_path, SHOP_AFTER), SELECT).exit_code == 3


def test_survivors_need_two_snapshots_of_one_process(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    paths = write_snapshot(tmp_path, SHOP_AFTER, 1), write_snapshot(tmp_path, SHOP_AFTER, 2, pid=77)
    done = run("query", *paths, "FROM survivors")
    assert done.exit_code == 2
    assert "different processes" in done.complaint[0]
