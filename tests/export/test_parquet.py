"""Parquet files hold what the tables hold, whatever the names are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from heapdiff.export.parquet import write_tables
from tests.heaps import heap

duckdb = pytest.importorskip("duckdb")
HOSTILE = "'); DROP VIEW objects; --\x00\x1b[31m\udc80"


def test_names_are_values_and_nothing_else(tmp_path: Path) -> None:
    graph = heap("shop.A: x.Bad * 2")
    types = [replace(kind, name=HOSTILE) if kind.name == "x.Bad" else kind for kind in graph.types]
    roots = [replace(root, name=HOSTILE) for root in graph.roots]
    told: list[tuple[int, int]] = []
    write_tables(
        replace(graph, types=types, roots=roots), tmp_path, lambda done, whole: told.append((done, whole))
    )
    shown = HOSTILE.replace("\udc80", "\\udc80")
    read = duckdb.connect()
    assert read.execute(
        f"SELECT count FROM '{tmp_path}/types.parquet' WHERE type = $1", [shown]
    ).fetchall() == [(2,)]
    assert read.execute(f"SELECT name FROM '{tmp_path}/roots.parquet'").fetchall() == [(shown,)]
    assert told[-1] == (6, 6)


def test_an_empty_heap_has_empty_files(tmp_path: Path) -> None:
    write_tables(heap(""), tmp_path, lambda _done, _whole: None)
    for file in tmp_path.iterdir():
        assert duckdb.connect().execute(f"SELECT count(*) FROM '{file}'").fetchall() == [(0,)], file
    assert len([*tmp_path.iterdir()]) == 6
