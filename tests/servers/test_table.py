"""`docs/servers.md` has a row for each server that is tested, and none has failed."""

from __future__ import annotations

from tests.servers.cases import CASES
from tests.servers.table import PAGE, Outcomes, render_table


def test_the_page_shows_what_the_tests_found() -> None:
    fine: Outcomes = {(case.name, way): "passed" for case in CASES for way in ("extension", "run")}
    assert render_table(fine) in PAGE.read_text("utf-8"), "python -m tests.servers --write-docs"


def test_a_failure_stands_out_and_what_was_not_tried_says_so() -> None:
    first = CASES[0].name
    table = render_table({(first, "extension"): "failed"})
    assert table.splitlines()[2:] == [f"| {first} | **FAILED** | not tried | the worker's start | killed |"]
