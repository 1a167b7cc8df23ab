"""`show` and `dump` on real files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from rich.cells import cell_len

from tests.cli.command import START, environment, run, run_process
from tests.cli.snapshot_files import SHOP_AFTER, SHOP_SAMPLED, write_snapshot, write_summary


def test_show_lists_types_by_bytes_in_eighty_columns(tmp_path: Path) -> None:
    done = run("show", write_snapshot(tmp_path, SHOP_AFTER))
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[2].split() == ["Type", "Objects", "Bytes", "Share"]
    assert lines[4].split()[:2] == ["list", "221"]
    assert {cell_len(line) for line in lines[2:]} == {80}


def test_show_reads_the_heap_file_alone_too(tmp_path: Path) -> None:
    path = write_snapshot(tmp_path, SHOP_AFTER)
    beside = run("show", path.with_suffix(".heap"), "--format", "json")
    path.unlink()
    alone = run("show", path.with_suffix(".heap"), "--format", "json")
    assert json.loads(beside.stdout)["rows"] == json.loads(alone.stdout)["rows"]


def test_show_as_json_names_its_schema_and_holds_every_row_unless_told(tmp_path: Path) -> None:
    path = write_summary(tmp_path, SHOP_AFTER)
    everything = json.loads(run("show", path, "--format", "json").stdout)
    assert everything["schema"] == "show/1"
    assert everything["snapshot"]["pid"] == 4242
    session = {"name": "shop.models.Session", "count": 220, "bytes": 12320, "retained_bytes": None}
    assert session in everything["rows"]
    assert (
        json.loads(run("show", path, "--format", "json", "-n", "2").stdout)["rows"] == everything["rows"][:2]
    )


def test_every_way_to_show_names_the_snapshot_alike(tmp_path: Path) -> None:
    path = write_snapshot(tmp_path, SHOP_AFTER)
    by_type, by_holder = (
        json.loads(run("show", path, "--by", by, "--format", "json").stdout)["snapshot"]
        for by in ("type", "holder")
    )
    assert by_type == by_holder
    assert by_type["host"]


def test_show_tells_what_would_go_with_the_rows_shown(tmp_path: Path) -> None:
    path = write_snapshot(tmp_path, SHOP_AFTER)
    found = json.loads(run("show", path, "--retained", "-n", "3", "--format", "json").stdout)
    assert all(row["retained_bytes"] >= row["bytes"] for row in found["rows"])
    assert "Retained" in run("show", path, "--by", "holder", "--retained").stdout


def test_show_says_how_many_rows_it_left_out(tmp_path: Path) -> None:
    path = write_summary(tmp_path, SHOP_AFTER)
    assert "more types (-n 0 shows all)" in run("show", path, "-n", "2").stdout
    assert "more types" not in run("show", path, "-n", "0").stdout


def test_a_pipe_gets_neither_colours_nor_another_width_than_asked(tmp_path: Path) -> None:
    path = write_summary(tmp_path, SHOP_AFTER)
    plain = run("show", path)
    assert "\x1b" not in plain.stdout
    wide = run("show", path, COLUMNS="120")
    assert {cell_len(line) for line in wide.stdout.splitlines()[2:]} == {120}
    narrow = run("show", path, COLUMNS="10")
    assert max(map(cell_len, narrow.stdout.splitlines())) <= 40


def test_a_reader_that_goes_away_ends_the_command_in_silence(tmp_path: Path) -> None:
    command = [sys.executable, "-c", START, "show", str(write_summary(tmp_path, SHOP_AFTER)), "-n", "0"]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        command, stdout=write, stderr=subprocess.PIPE, env=environment(), text=True, timeout=60, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


def test_an_encoding_without_our_signs_is_no_crash(tmp_path: Path) -> None:
    done = run_process("show", write_summary(tmp_path, SHOP_AFTER), PYTHONIOENCODING="latin-1")
    assert done.exit_code == 0


def test_dump_prints_every_section_in_plain_characters(tmp_path: Path) -> None:
    done = run("dump", write_snapshot(tmp_path, SHOP_AFTER))
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.isascii()
    for tag in ("INFO", "NAME", "TYPE", "OBJS", "ROOT", "MEMO", "TAIL"):
        assert f"'{tag}'" in done.stdout


def test_show_by_site_of_a_snapshot_without_samples_says_how_to_get_some(tmp_path: Path) -> None:
    done = run("show", write_snapshot(tmp_path, SHOP_AFTER), "--by", "site")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "doesn't say what allocated its objects" in done.stderr
    assert "heapdiff sample 4242 on" in done.stderr


def test_samples_have_no_retained_size(tmp_path: Path) -> None:
    done = run("show", write_snapshot(tmp_path, SHOP_SAMPLED), "--by", "entry", "--retained")
    assert done.exit_code == 2
    assert "Leave out --retained." in done.stderr


def test_entries_as_json_are_rows_like_all_others(tmp_path: Path) -> None:
    path = write_snapshot(tmp_path, SHOP_SAMPLED)
    found = json.loads(run("show", path, "--by", "entry", "--format", "json").stdout)
    assert (found["schema"], found["by"]) == ("show/1", "entry")
    assert found["rows"][0]["name"] == "view shop.views.product"
