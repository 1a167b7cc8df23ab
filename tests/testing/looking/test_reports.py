"""The words of a failure, and its files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from heapdiff.analysis.holders.shapes import length_of
from heapdiff.analysis.reach.routes import compute_routes
from heapdiff.testing.looking.answering import Found, count_of, is_covered, is_nearly_full
from heapdiff.testing.looking.reports import Report, name_files, write_report
from heapdiff.testing.looking.telling import Course, tell_failure
from tests.analysis.summaries import captures, compared
from tests.heaps import heap

GROWING = [f"shop.x.OPEN: dict $d -> [?]: shop.Session * {count} size=50" for count in (10, 110, 310, 710)]
COMPARED = compared(*GROWING, requests=100)


def test_a_leak_and_what_still_fills_are_two_sentences() -> None:
    (suspect,) = COMPARED.suspects
    leak = tell_failure([(suspect, Course.STEADY)], 700, 3, "0 objects")
    assert "memory grows with every call (700 calls in 3 rounds after a warm-up; allowed: 0 objects)" in leak
    assert "shop.x.OPEN gained 700 entries (" in leak
    assert "), one per call, with no end in sight" in leak
    filling = tell_failure([(suspect, Course.SLOWING)], 700, 3, "0 objects")
    assert "something is still filling" in filling
    assert "shop.x.OPEN is still filling: " in filling
    assert "no bound was reached after 700 calls" in filling
    assert "If it's a cache, bound it" in filling


@pytest.mark.parametrize(
    ("calls", "pace"),
    [(700, "one per call"), (280, "2.5 per call"), (2100, "one per 3 calls"), (7000, "one per 10 calls")],
)
def test_the_pace_is_said_per_call(calls: int, pace: str) -> None:
    (suspect,) = COMPARED.suspects
    assert f", {pace}, with" in tell_failure([(suspect, Course.STEADY)], calls, 3, "0 objects")


def test_names_from_the_application_cannot_steer_a_terminal() -> None:
    (suspect,) = COMPARED.suspects
    evil = replace(suspect, holder=replace(suspect.holder, path="shop.\x1b[2J\nfake"))
    told = tell_failure([(evil, Course.STEADY)], 700, 3, "0 objects")
    assert "\x1b" not in told
    assert "\nfake" not in told


def test_what_was_allowed_covers_all_that_grew_together() -> None:
    (suspect,) = COMPARED.suspects
    found = Found(((suspect, Course.STEADY), (suspect, Course.STEADY)), ())
    assert (count_of(suspect), found.objects) == (1400, 2800)
    assert is_covered(found, 2800, None)
    assert not is_covered(found, 2799, None)
    assert is_covered(found, None, found.bytes)
    assert not is_covered(found, None, found.bytes - 1)


def test_a_finite_number_of_keys_is_not_still_filling_once_hardly_any_is_left() -> None:
    first, later = (
        compute_routes(heap(f"shop.x.KNOWN: dict $d -> [*]: str * {count}")) for count in (98, 100)
    )
    (node,) = [node for node in range(len(later.graph)) if length_of(later.graph, node) == 100]
    assert is_nearly_full(first, later, node, calls=640)
    assert not is_nearly_full(first, later, node, calls=100)


def test_file_names_are_safe_and_differ() -> None:
    names = {
        name_files(test)
        for test in ("a.py::t[x/../..]", "a.py::t[x..]", "a.py::t[é]", "a.py::t[ü]", "x" * 500)
    }
    assert len(names) == 5
    assert all(len(name) < 120 and "/" not in name and not name.startswith(".") for name in names)


def test_a_report_that_cannot_be_written_says_so_and_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    graphs = captures(*GROWING, requests=100)
    report = Report("t", COMPARED, COMPARED.suspects[0].holder, (graphs[0], graphs[-1]))
    assert "not written: " in write_report(tmp_path / "file" / "below", report, "it grew")


@pytest.mark.process
def test_a_report_has_the_words_the_comparison_and_a_picture(tmp_path: Path) -> None:
    graphs = captures(*GROWING, requests=100)
    report = Report("a.py::t[`x`]", COMPARED, COMPARED.suspects[0].holder, (graphs[0], graphs[-1]))
    path = Path(write_report(tmp_path / "new", report, "it grew"))
    text = path.read_text()
    assert text.startswith("# ``a.py::t[`x`]``\n\n```\nit grew\n```\n")
    assert f"]({path.stem}.svg)" in text
    assert "### 1. `shop.x.OPEN`" in text
    assert path.with_suffix(".svg").read_text().lstrip().startswith("<?xml")
