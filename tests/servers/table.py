"""The table of results in `docs/servers.md`: what each test of a server found, gathered while pytest runs."""

from __future__ import annotations

import platform
import textwrap
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

import pytest

from tests.servers.cases import CASES, Case

PACKAGES = (
    *("flask", "gunicorn", "gevent", "greenlet", "uvicorn", "uvicorn-worker", "uwsgi", "mod-wsgi"),
    *("waitress", "werkzeug", "hypercorn", "granian"),
)
__all__ = ["PAGE", "Results", "render_table", "replace_table"]

PAGE = Path(__file__).parents[2] / "docs" / "servers.md"
BEGIN, END = "<!-- written by: python -m tests.servers --write-docs -->", "<!-- end -->"
HEAD = (
    "| server | `HeapDiff(app)`: socket, signal, endpoint | `heapdiff run`: socket, signal, endpoint "
    "| armed from | again after a new worker |",
    "|---|---|---|---|---|",
)
WORDS = {"passed": "works", "failed": "**FAILED**"}

Outcomes = Mapping[tuple[str, str], str]


class Results:
    """A plugin of pytest that keeps the outcome of each case and way of starting it."""

    def __init__(self) -> None:
        self.outcomes: dict[tuple[str, str], str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if "test_servers.py" in report.nodeid and (report.when == "call" or report.failed):
            name, _, way = report.nodeid.partition("[")[2].removesuffix("]").rpartition("-")
            self.outcomes[name, way] = report.outcome


def render_table(outcomes: Outcomes) -> str:
    return "\n".join([*HEAD, *(row for case in CASES for row in _row(case, outcomes))])


def _row(case: Case, outcomes: Outcomes) -> Iterator[str]:
    if not any(name == case.name for name, _ in outcomes):
        return
    cells = [WORDS.get(outcomes.get((case.name, way), ""), "not tried") for way in ("extension", "run")]
    yield f"| {case.name} | {' | '.join(cells)} | {case.first} | {case.revival.value} |"


def versions() -> str:
    """What the table was made with."""
    found = [f"{name} {metadata.version(name)}" for name in PACKAGES]
    return textwrap.fill(f"With CPython {platform.python_version()}, {', '.join(found)}.", 118)


def replace_table(page: Path, outcomes: Outcomes) -> None:
    """Write the table between its two marks."""
    before, _, rest = page.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{render_table(outcomes)}\n\n{versions()}\n\n{END}{after}", "utf-8")
