"""Small files become few, with the same rows; readers, writers and crashes don't notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from heapdiff.fleet.ingest import ingesting, merging
from heapdiff.fleet.ingest.ingesting import ingest
from heapdiff.fleet.ingest.merging import merge_small
from heapdiff.fleet.lake.log import read_state
from heapdiff.fleet.lake.opening import open_lake, open_store
from tests.fleet.documents import comparison, summary, write
from tests.fleet.rows import count_rows, is_whole, rows_of, write_fleet


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With three files of each kind."""
    monkeypatch.setattr(ingesting, "MOST_SOURCES", 7)
    write_fleet(tmp_path / "heaps")
    ingest([str(tmp_path / "heaps")], str(tmp_path / "lake"))
    monkeypatch.setattr(merging, "MOST_FILES", 3)
    return tmp_path / "lake"


def test_the_rows_are_the_same(lake: Path) -> None:
    before = open_lake(str(lake))
    rows = {table: sorted(map(str, rows_of(before, table))) for table in before.files}
    done = ingest([str(lake.parent / "heaps")], str(lake))
    after = open_lake(str(lake))
    assert (done.new, done.merged) == (0, 12)
    assert {table: len(names) for table, names in after.files.items()} == dict.fromkeys(before.files, 1)
    for table in after.files:
        assert sorted(map(str, rows_of(after, table))) == rows[table]
        assert sorted(map(str, rows_of(before, table))) == rows[table], "who opened it before reads on"
    assert ingest([str(lake.parent / "heaps")], str(lake)).merged == 0


def test_what_was_merged_is_still_known(lake: Path, tmp_path: Path) -> None:
    heaps = tmp_path / "heaps"
    ingest([str(heaps)], str(lake))
    write_fleet(tmp_path / "copies")
    write(tmp_path / "copies" / "overlapping.json", comparison(1, (5, 15)))
    write(tmp_path / "copies" / "new.json", summary(9))
    done = ingest([str(tmp_path / "copies")], str(lake))
    assert (done.duplicates, done.overlapping, [each.rows for each in done.tables]) == (21, 1, [1, 0, 0])


def test_large_files_stay(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "SMALL_ROWS", 4)
    store = open_store(str(lake))
    state = read_state(store)
    assert state is not None
    merged = merge_small(store, state)[1]
    assert merged == 3, "those of the comparisons alone have less than four rows"
    assert is_whole(count_rows(lake))


def test_two_may_merge_the_same(lake: Path) -> None:
    store = open_store(str(lake))
    state = read_state(store)
    assert state is not None
    assert merge_small(store, state)[1] == 12
    assert merge_small(store, state)[1] == 0
    assert is_whole(count_rows(lake))
