"""A statement over graphs of the heap language, as rows."""

from __future__ import annotations

from typing import Any

from heapdiff.export.sql import Bounds, open_query
from tests.heaps import heap

__all__ = ["BOUNDS", "ask"]

BOUNDS = Bounds(seconds=60.0, memory_bytes=300_000_000)


def ask(statement: str, *texts: str, bounds: Bounds = BOUNDS) -> list[tuple[Any, ...]]:
    with open_query([heap(text) for text in texts or ("shop.A: list",)], statement, bounds) as asked:
        return list(asked.rows(None).rows)
