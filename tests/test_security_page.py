"""Each promise of SECURITY.md names the test that holds it."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "SECURITY.md").read_text()
PROMISES = [line for line in PAGE.splitlines() if line.startswith("| ") and "promise |" not in line]


def test_each_promise_names_tests_that_exist() -> None:
    assert len(PROMISES) > 10
    for promise in PROMISES:
        tests = re.findall(r"`(tests/[\w./]+)`", promise)
        assert tests, promise
        assert [test for test in tests if not (ROOT / test).exists()] == []
