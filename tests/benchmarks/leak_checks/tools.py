"""The tests that are written for each tool, as its manual says, and how its users would: the same sixty functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

HEAD: Final = """
import os

import pytest
from tests.benchmarks.leak_checks import leaky, tidy
from tests.benchmarks.leak_checks.cases import CASES, sometimes

CHOSEN = {chosen}

@pytest.fixture(params=CHOSEN, ids=lambda chosen: "-".join(map(str, chosen)))
def work(request, record_property):
    name, times, _ = request.param
    made = CASES[name].make()
    work = sometimes(made, times) if times > 1 else made
    for _ in range(10):  # every tool gets them warm
        work()
    before = sum(os.times()[:4])
    yield work
    record_property("cpu", sum(os.times()[:4]) - before)
"""


@dataclass(frozen=True, slots=True)
class Tool:
    """`test` is how it's used; `needs` is the module without which it isn't there, `options` what its plugin needs."""

    name: str
    needs: str
    test: str
    options: tuple[str, ...] = ()
    python: tuple[int, ...] = (3, 11)


TOOLS: Final[Mapping[str, Tool]] = {
    tool.name: tool
    for tool in (
        Tool(
            "heapdiff",
            "heapdiff",
            "def test(work, heapdiff_growth):\n    heapdiff_growth(work)\n",
        ),
        Tool(
            "leak-hunter",
            "leak_hunter",
            "def test(work, leak_check):\n    leak_check(work)\n",
        ),
        Tool(
            "pytest-memray",
            "pytest_memray",
            "@pytest.mark.limit_leaked_objects\ndef test(work):\n    for _ in range(100):\n        work()\n",
            python=(3, 13, 3),
        ),
    )
}
