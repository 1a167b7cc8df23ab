"""Numbers written by the block are the numbers."""

from __future__ import annotations

import random

import numpy as np
import pytest

from heapdiff.export.chrome.numerals import write_rows

EDGES = sorted({0, 2**32 - 1, *(10**power + more for power in range(10) for more in (-1, 0, 1))})


@pytest.mark.parametrize("most", [9, 999, 1_000, 9_999_999, 10_000_000, 2**32 - 1])
def test_each_is_as_python_writes_it(most: int) -> None:
    some = [number for number in EDGES if number <= most] + random.Random(most).choices(
        range(most + 1), k=500
    )
    columns = np.array(some), np.array(some[::-1], np.uint32)
    expected = "".join(f"{one},7,{other}," for one, other in zip(some, some[::-1], strict=True))
    assert write_rows(columns[0], 7, columns[1]).decode() == expected


def test_one_row_of_constants_is_a_row() -> None:
    assert write_rows(1, 20_000_000, np.array([3])) == b"1,20000000,3,"
