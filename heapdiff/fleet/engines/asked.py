"""A lake's tables in some engine, and how rows come out of it. Where an answer leaves it, its values are Python's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import pyarrow
    from ibis import Table

Row = TypeVar("Row")


@dataclass(frozen=True)
class Asked:
    """The three tables as Ibis has them, with the columns of `fleet.tables`. Moments are whole seconds since 1970, as integers:
    engines differ in what a time zone does, and in what it costs to work one out for each row. `keep` is for what several
    questions go on from: the same rows, worked out once where the engine can do that.
    """

    snapshots: Table
    comparisons: Table
    suspects: Table
    to_arrow: Callable[[Any], pyarrow.Table]
    keep: Callable[[Table], Table]

    def rows(self, expression: Table, make: Callable[..., Row]) -> list[Row]:
        """Each row made into a value, by position. Whoever asks fills nulls: engines disagree on what comes back for one."""
        found = self.to_arrow(expression)
        return list(map(make, *(found.column(at).to_pylist() for at in range(found.num_columns))))


def is_plain(paths: Iterable[str]) -> bool:
    """Whether none of the paths is one that an engine would take for a pattern."""
    return not any(sign in path for path in paths for sign in "*?[]{}")
