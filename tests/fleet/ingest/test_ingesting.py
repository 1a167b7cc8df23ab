"""What lies at the sources is in the lake once, whatever was there before, and whatever else lies there."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from heapdiff.answers.ingesting import Ingested
from heapdiff.errors import UsageError
from heapdiff.fleet.ingest import ingesting
from heapdiff.fleet.ingest.ingesting import ingest
from heapdiff.fleet.lake.opening import open_lake
from tests.fleet.documents import comparison, identity, moment, process, summary, suspect, write
from tests.fleet.rows import count_rows, is_whole, rows_of, write_fleet


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return tmp_path / "lake"


@pytest.fixture
def heaps(tmp_path: Path) -> Path:
    folder = tmp_path / "heaps"
    folder.mkdir()
    return folder


def take(lake: Path, *sources: Path) -> Ingested:
    return ingest([str(each) for each in sources], str(lake))


def gained(done: Ingested) -> tuple[int, ...]:
    return tuple(each.rows for each in done.tables)


def test_a_summary_becomes_a_row(lake: Path, heaps: Path) -> None:
    write(heaps / "a.json", summary(7, 3))
    assert gained(take(lake, heaps)) == (1, 0, 0)
    (row,) = rows_of(lake, "snapshots")
    assert (row["worker"], row["host"], row["pod"], row["pid"]) == (identity(7), "host-7", "shop-7", 107)
    assert (row["service"], row["environment"], row["release"]) == ("shop", "production", "1.4.2")
    assert (row["day"], row["captured_at"].isoformat()) == ("2026-11-20", "2026-11-20T08:03:00+00:00")
    assert row["started_at"].isoformat() == "2026-11-20T07:00:00+00:00"
    assert (row["rss_bytes"], row["limit_bytes"], row["group_bytes"]) == (
        38_518_784,
        2_000_000_000,
        892_116_992,
    )
    assert (row["objects"], row["python_object_bytes"], row["with_graph"]) == (181_696, 23_335_223, False)


def test_a_comparison_becomes_a_row_and_one_for_each_suspect(lake: Path, heaps: Path) -> None:
    write(heaps / "a.json", comparison(7, (0, 10, 30), 2))
    assert gained(take(lake, heaps)) == (0, 1, 2)
    (row,) = rows_of(lake, "comparisons")
    assert (row["before_at"].minute, row["after_at"].minute, row["snapshots"]) == (0, 30, 3)
    assert (row["age_s"], row["requests"], row["rss_delta"]) == (3600, 300, 30_000)
    assert (row["verdict"], row["suspects"], row["service"]) == ("leak", 2, "shop")
    first, second = sorted(rows_of(lake, "suspects"), key=lambda each: str(each["fingerprint"]))
    assert (first["comparison"], first["fingerprint"], second["fingerprint"]) == (
        row["key"], "163171cfad01", "163171cfad02",
    )  # fmt: skip
    assert (first["path"], first["holder_type"], first["kind"]) == (
        "shop.cache.SESSIONS",
        "dict",
        "module-global",
    )
    assert (first["held"], first["own"], first["confidence"]) == ("shop.models.Session", True, "high")
    assert (first["bytes_delta"], first["objects_delta"], first["entries_delta"]) == (1_137_324, 14_500, 2000)
    assert (first["site"], first["entry"]) == (
        "shop/cache.py:24 in session_for",
        "hook shop.views.open_session",
    )


def test_each_process_of_comparisons_is_a_row(lake: Path, heaps: Path) -> None:
    several = {"schema": "comparisons/1", "processes": [comparison(1), comparison(2)]}
    write(heaps / "a.json", several)
    assert gained(take(lake, heaps)) == (0, 2, 2)


def test_of_several_processes_there_is_no_interval(lake: Path, heaps: Path) -> None:
    mixed = comparison(1)
    mixed["snapshots"][1] = comparison(2)["snapshots"][1]
    write(heaps / "a.json", mixed)
    done = take(lake, heaps)
    assert (gained(done), done.passed_over) == ((0, 0, 0), 1)


def test_a_second_run_reads_nothing_again(lake: Path, heaps: Path) -> None:
    write_fleet(heaps)
    first = take(lake, heaps)
    files = open_lake(str(lake)).files
    second = take(lake, heaps)
    assert (first.new, first.known, second.new, second.known) == (21, 0, 0, 21)
    assert (gained(second), second.files, open_lake(str(lake)).files) == ((0, 0, 0), 0, files)
    assert is_whole(count_rows(lake))


def test_copies_count_once_wherever_they_lie(lake: Path, heaps: Path, tmp_path: Path) -> None:
    write_fleet(heaps)
    shutil.copytree(heaps / "host-1", heaps / "copies")
    first = take(lake, heaps, heaps)
    shutil.copytree(heaps, tmp_path / "elsewhere")
    for path in (tmp_path / "elsewhere").rglob("*.json"):
        os.utime(path, (1_000_000, 1_000_000))
    second = take(lake, tmp_path / "elsewhere")
    assert (first.sources, first.duplicates, second.new, second.duplicates) == (28, 7, 28, 28)
    assert is_whole(count_rows(lake))


def test_batches_are_committed_one_after_the_other(
    lake: Path, heaps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingesting, "MOST_SOURCES", 2)
    write_fleet(heaps)
    shutil.copytree(heaps / "host-1", heaps / "copies")
    assert take(lake, heaps).duplicates == 7
    assert is_whole(count_rows(lake))
    assert take(lake, heaps).new == 0


def test_what_is_packed_is_unpacked(lake: Path, heaps: Path) -> None:
    (heaps / "a.json.gz").write_bytes(gzip.compress(json.dumps(summary(1)).encode()))
    (heaps / "b.json.gz").write_bytes(gzip.compress(json.dumps(summary(2)).encode())[:-30])
    done = take(lake, heaps)
    assert (done.new, done.unreadable) == (1, 1)


def test_a_file_that_grows_is_taken_once_it_is_whole(lake: Path, heaps: Path) -> None:
    whole = json.dumps(summary(1)).encode()
    path = heaps / "a.json"
    for end in range(0, len(whole) - 1, 100):
        path.write_bytes(whole[:end])
        done = take(lake, heaps)
        assert (done.unreadable, done.known, done.failures[0].source) == (1, 0, str(path)), end
    path.write_bytes(whole)
    assert gained(take(lake, heaps)) == (1, 0, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"captured_at": "yesterday"},
        {"captured_at": "1969-12-31T23:59:59Z"},
        {"id": "x" * 300},
        {"process": process(1, pid=-1)},
        {"process": process(1, identity="x" * 300)},
        {"process": []},
        {"memory": {"rss_bytes": 1e400}},
        {"schema": "snapshot/2"},
    ],
    ids="-".join,
)
def test_what_is_forged_is_left_out_and_the_rest_is_taken(
    lake: Path, heaps: Path, change: dict[str, Any]
) -> None:
    write(heaps / "a.json", summary(1, **change))
    write(heaps / "b.json", summary(2))
    done = take(lake, heaps)
    assert (gained(done), done.unreadable, len(done.failures)) == ((1, 0, 0), 1, 1)
    assert take(lake, heaps).unreadable == 1


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b"NaN", b"", b"{"])
def test_no_content_stops_a_run(lake: Path, heaps: Path, content: bytes) -> None:
    (heaps / "a.json").write_bytes(content)
    write(heaps / "b.json", summary(2))
    done = take(lake, heaps)
    assert (gained(done), done.unreadable) == ((1, 0, 0), 1)


def test_what_is_too_long_is_not_parsed(lake: Path, heaps: Path) -> None:
    write(heaps / "a.json", {**summary(1), "notes": ["x" * (9 << 20)]})
    (failure,) = take(lake, heaps).failures
    assert failure.reason == "longer than 8 MB"


def test_other_json_is_passed_over_once(lake: Path, heaps: Path) -> None:
    write(heaps / "package.json", {"name": "shop"})
    write(heaps / "list.json", [1, 2])
    write(heaps / "graph.json", {"schema": "picture/1"})
    assert take(lake, heaps).passed_over == 3
    assert take(lake, heaps).known == 3


def test_links_and_hidden_files_are_no_sources(lake: Path, heaps: Path, tmp_path: Path) -> None:
    outside = write(tmp_path / "outside" / "a.json", summary(1))
    (heaps / "a.json").symlink_to(outside)
    (heaps / "folder").symlink_to(outside.parent)
    write(heaps / ".b.json", summary(2))
    write(heaps / ".hidden" / "c.json", summary(3))
    assert take(lake, heaps).sources == 0


def test_a_lake_among_its_sources_is_none(heaps: Path) -> None:
    write(heaps / "a.json", summary(1))
    for known in (0, 1):
        done = take(heaps / "lake", heaps)
        assert (done.sources, done.known) == (1, known)


def test_a_source_that_is_not_there_is_said(lake: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is nothing"):
        take(lake, tmp_path / "nowhere")
    assert not lake.exists()


def test_no_service_is_a_path(lake: Path, heaps: Path) -> None:
    names = ["", "..", "a/../../b", "__none__", "é" * 200, "x\0y", "shop=1"]
    for at, name in enumerate(names):
        write(heaps / f"{at}.json", summary(at, process=process(at, service=name)))
    take(lake, heaps)
    assert sorted(row["service"] for row in rows_of(lake, "snapshots")) == sorted(names)
    (day,) = (lake / "snapshots").iterdir()
    assert len(list(day.iterdir())) == len(names)
    assert [path.name for path in lake.iterdir() if path.name not in ("_lake", "snapshots")] == []


def test_at_most_fifty_suspects_are_kept_and_long_names_cut(lake: Path, heaps: Path) -> None:
    many = comparison(1, suspects=70)
    many["suspects"][0] = suspect(1, holder={"path": "p" * 5000, "type": "dict", "kind": "module-global"})
    write(heaps / "a.json", many)
    done = take(lake, heaps)
    assert (gained(done), done.shortened) == ((0, 1, 50), 1)
    assert rows_of(lake, "comparisons")[0]["suspects"] == 50
    assert max(len(row["path"]) for row in rows_of(lake, "suspects")) == 500


def test_a_clock_ahead_is_set_to_when_the_file_was_written(lake: Path, heaps: Path, tmp_path: Path) -> None:
    path = write(heaps / "a.json", summary(1, captured_at="2031-01-01T00:00:00Z"))
    written = time.time() - 3 * 86_400
    os.utime(path, (written, written))
    write(heaps / "b.json", summary(1, captured_at="1970-01-01T00:10:00Z"))
    done = take(lake, heaps)
    assert (gained(done), done.moved) == ((2, 0, 0), 1)
    assert sorted(row["captured_at"].timestamp() for row in rows_of(lake, "snapshots")) == pytest.approx(
        [600, written]
    )
    (tmp_path / "copy").mkdir()
    shutil.copy(path, tmp_path / "copy")
    assert gained(take(lake, tmp_path / "copy")) == (0, 0, 0)


def test_intervals_of_a_worker_never_overlap(lake: Path, heaps: Path) -> None:
    write(heaps / "1.json", comparison(1, (0, 20)))
    write(heaps / "2.json", comparison(1, (20, 30)))
    write(heaps / "3.json", comparison(1, (10, 25)))
    write(heaps / "4.json", comparison(2, (10, 25)))
    done = take(lake, heaps)
    assert (gained(done)[1], done.overlapping) == (3, 1)
    write(heaps / "5.json", comparison(1, (0, 30)))
    write(heaps / "6.json", comparison(1, (30, 60 * 24 * 3)))
    write(heaps / "7.json", comparison(1, (60, 70)))
    done = take(lake, heaps)
    assert (gained(done)[1], done.overlapping) == (1, 2)


def test_the_same_moment_twice_is_no_interval(lake: Path, heaps: Path) -> None:
    write(heaps / "1.json", comparison(1, (10, 10)))
    assert take(lake, heaps).passed_over == 1


def test_sources_of_a_later_day_come_in_their_own_folder(lake: Path, heaps: Path) -> None:
    write(heaps / "1.json", summary(1, 0))
    write(heaps / "2.json", summary(1, 60 * 24))
    take(lake, heaps)
    assert [path.name for path in sorted((lake / "snapshots").iterdir())] == [
        "day=2026-11-20",
        "day=2026-11-21",
    ]
    assert moment(60 * 24).startswith("2026-11-21")
