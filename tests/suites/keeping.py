"""Keeps the results of parts in a file, a line each, so that several sessions make one table."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from tests.suites.judging import Difference
from tests.suites.page import Row
from tests.suites.taking import Taken

__all__ = ["keep", "read_kept"]


def keep(path: Path, row: Row) -> None:
    with path.open("a") as file:
        file.write(json.dumps(row, default=as_plain) + "\n")


def as_plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return sorted(value)


def read_kept(path: Path) -> list[Row]:
    return [as_row(json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []


def as_row(found: dict[str, Any]) -> Row:
    differences = [
        Difference(each["test"], tuple(each["without"]), tuple(each["with_agent"]))
        for each in found["differences"]
    ]
    taken = Taken(**found["taken"])
    taken.processes = {(pid, started) for pid, started in taken.processes}
    taken.failed = Counter(taken.failed)
    counts = (Counter(found["without"]), Counter(found["with_agent"]))
    return Row(found["title"], found["parts"], *counts, differences, taken, found.get("empty", []))
