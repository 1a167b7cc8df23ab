"""The answer to a question in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Value = Any  # None, a bool, a number or a text, or a tuple of such: what JSON can say


@dataclass(frozen=True, slots=True)
class RowColumn:
    """A column's name, and its type as SQL calls it."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Rows:
    """What a statement found, in its order. `cut`: there were more rows."""

    columns: tuple[RowColumn, ...]
    rows: tuple[tuple[Value, ...], ...]
    cut: bool
