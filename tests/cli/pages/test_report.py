"""`report` on real files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import run
from tests.cli.snapshot_files import SHOP_AFTER, SHOP_BEFORE, write_snapshot, write_summary
from tests.heapfiles import write_snapshot as write_at
from tests.heaps import heap


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    return (
        write_at(heap(SHOP_BEFORE), tmp_path, "first", captured_at="2026-11-22T14:00:07.123456Z"),
        write_at(heap(SHOP_AFTER), tmp_path, "second", captured_at="2026-11-22T14:05:07.123456Z"),
    )


@pytest.fixture(autouse=True)
def _no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing starts a process each; tests/render/html looks at drawn ones."""
    monkeypatch.setattr("heapdiff.render.drawing.find_programs", list)


def test_it_writes_a_page_and_prints_where_it_is(pair: tuple[Path, Path], tmp_path: Path) -> None:
    page = tmp_path / "leak.html"
    done = run("report", *pair, "-o", page)
    assert (done.exit_code, done.stdout) == (0, f"{page}\n")
    assert "open it in a browser" in done.stderr
    text = page.read_text()
    assert "shop.cache.SESSIONS" in text
    assert f"heapdiff report {pair[0]} {pair[1]} -o {page}" in text


def test_the_order_of_the_snapshots_doesnt_matter(pair: tuple[Path, Path], tmp_path: Path) -> None:
    pages = [tmp_path / "one.html", tmp_path / "two.html"]
    run("report", *pair, "-o", pages[0])
    run("report", *reversed(pair), "-o", pages[1])
    data = [page.read_text().partition('id="data">')[2].partition("</script>")[0] for page in pages]
    assert json.loads(data[0]) == json.loads(data[1])


def test_a_directory_is_the_snapshots_in_it(pair: tuple[Path, Path], tmp_path: Path) -> None:
    page = tmp_path / "leak.html"
    assert run("report", pair[0].parent, "-o", page).exit_code == 0
    assert "2 snapshots" in page.read_text()


def test_one_snapshot_is_enough_and_what_is_missing_is_said(tmp_path: Path) -> None:
    page = tmp_path / "heap.html"
    done = run("report", write_snapshot(tmp_path, SHOP_AFTER), "-o", page)
    assert done.exit_code == 0
    assert "add an earlier or later one to show what grew" in done.stderr
    assert "One snapshot shows what memory holds" in page.read_text()


def test_without_references_there_are_types_and_no_map(tmp_path: Path) -> None:
    page = tmp_path / "heap.html"
    assert run("report", write_summary(tmp_path, SHOP_AFTER), "-o", page).exit_code == 0
    data = json.loads(page.read_text().partition('id="data">')[2].partition("</script>")[0])
    assert data["owners"] is None
    assert "shop.models.Session" in data["types"]["type"]


def test_a_redacted_snapshot_has_a_page_without_its_names(pair: tuple[Path, Path], tmp_path: Path) -> None:
    page, redacted = tmp_path / "leak.html", tmp_path / "redacted"
    redacted.mkdir()
    assert run("redact", pair[1], "-o", redacted / "second.json").exit_code == 0
    assert run("report", redacted / "second.json", "-o", page).exit_code == 0
    assert "SESSIONS" not in page.read_text()


def test_it_overwrites_no_snapshot(pair: tuple[Path, Path]) -> None:
    done = run("report", *pair, "-o", pair[0])
    assert done.exit_code == 2
    assert "is a snapshot itself" in done.stderr
    assert pair[0].read_text().startswith("{")


def test_it_needs_a_name_to_write_to(pair: tuple[Path, Path]) -> None:
    assert run("report", *pair).exit_code == 2
    assert run("report", *pair, "-o", "-").exit_code == 2
