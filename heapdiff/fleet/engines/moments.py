"""Moments as numbers, the same from each engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ibis.expr.types import IntegerValue, TimestampValue


def seconds_of(moment: TimestampValue) -> IntegerValue:
    """Whole seconds since 1970, rounded down.

    By itself DuckDB's are a fraction, which Ibis then can't read as the integer that it takes them for; Spark's are whole.
    """
    return moment.truncate("s").epoch_seconds()
