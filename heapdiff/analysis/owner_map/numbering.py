"""Numbers for distinct values, by a table where the values are dense enough: sorting millions is what would take the time."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
SPARSE: Final = 8  # so many places in the table for each value
SMALL: Final = 1 << 16


def number(values: Numbers, bound: int) -> tuple[Numbers, Numbers]:
    """The distinct values, ascending, and the place among them of each; all are from 0 up to below `bound`."""
    if bound > max(SMALL, SPARSE * len(values)):
        distinct, back = np.unique(values, return_inverse=True)
        return distinct, back.astype(np.int64)
    present = np.zeros(bound, np.bool_)
    present[values] = True
    distinct = np.flatnonzero(present)
    place = np.zeros(bound, np.int64)
    place[distinct] = np.arange(len(distinct))
    return distinct, place[values]


def number_pairs(
    one: Numbers, one_bound: int, other: Numbers, other_bound: int
) -> tuple[Numbers, Numbers, Numbers]:
    """The two halves of each distinct pair, ascending, and the place among these of each pair."""
    ones, one_at = number(one, one_bound)
    others, other_at = number(other, other_bound)
    count = max(1, len(others))
    keys, back = number(one_at * count + other_at, len(ones) * count)
    return ones[keys // count], others[keys % count], back


def find_first(back: Numbers, count: int) -> Numbers:
    """Where each of so many numbers stands first."""
    first = np.zeros(count, np.int64)
    first[back[::-1]] = np.arange(len(back) - 1, -1, -1)
    return first
