"""`tree` on real files, and what `why` says of cutting."""

from __future__ import annotations

import json
from pathlib import Path

from rich.cells import cell_len

from tests.cli.command import run
from tests.cli.snapshot_files import SHOP_AFTER, write_snapshot, write_summary


def test_tree_shows_who_retains_what_in_eighty_columns(tmp_path: Path) -> None:
    done = run("tree", write_snapshot(tmp_path, SHOP_AFTER))
    assert (done.exit_code, done.stderr) == (0, "")
    assert "220 \u00d7 shop.models.Session" in done.stdout
    assert max(map(cell_len, done.stdout.splitlines())) <= 80


def test_tree_as_json_names_its_schema_and_nests_its_rows(tmp_path: Path) -> None:
    path = write_snapshot(tmp_path, SHOP_AFTER)
    found = json.loads(run("tree", path, "--from", "shop.cache.SESSIONS", "--format", "json").stdout)
    assert found["schema"] == "tree/1"
    (top,) = found["rows"]
    assert (top["path"], top["retained_bytes"]) == ("shop.cache.SESSIONS", found["retained_bytes"])
    assert "shop.models.Session" in {row["type"] for row in top["children"]}


def test_tree_shows_as_many_rows_as_asked_for(tmp_path: Path) -> None:
    path = write_snapshot(tmp_path, SHOP_AFTER)
    rows = run("tree", path, "-n", "3").stdout.split("Share\n")[1].splitlines()
    assert len(rows) == 3


def test_tree_from_what_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    done = run("tree", write_snapshot(tmp_path, SHOP_AFTER), "--from", "shop.cache.SESSION")
    assert done.exit_code == 2
    assert "shop.cache.SESSIONS" in done.complaint[1]


def test_tree_needs_the_references(tmp_path: Path) -> None:
    assert run("tree", write_summary(tmp_path, SHOP_AFTER)).exit_code == 3


def test_why_says_what_cutting_the_last_named_reference_frees(tmp_path: Path) -> None:
    path = write_snapshot(tmp_path, SHOP_AFTER)
    tree = json.loads(run("tree", path, "--from", "shop.cache.SESSIONS", "--format", "json").stdout)
    why = json.loads(run("why", path, "shop.models.Session", "--format", "json").stdout)
    cut = {"path": "shop.cache.SESSIONS", "freed_bytes": tree["retained_bytes"]}
    assert why["paths"][0]["cut"] == cut
    assert "clearing shop.cache.SESSIONS would free" in run("why", path, "shop.models.Session").stdout
