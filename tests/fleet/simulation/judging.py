"""What one comparison of two snapshots says of a holder's growth: the rule that the package's docstring tells, in arrays."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Truths = NDArray[np.bool_]
CONFIDENCES: Final = ("low", "medium", "high")
FEW, LISTED, LISTED_BYTES = 5, 20, 16 << 10
SURE, MANY, MANY_BYTES = 100, 1000, 1 << 20


def is_listed(entries: Integers, bytes_: Integers, own: bool) -> Truths:
    """Whether the holder is among the suspects."""
    some = (entries >= LISTED) | (bytes_ >= LISTED_BYTES)
    return (entries > 0) & (some | (own & (entries >= FEW)))


def judge(entries: Integers, bytes_: Integers, requests: Integers, own: bool, bounded: bool) -> Integers:
    """An index of CONFIDENCES each; `requests` below 0 are not known, `bounded` what has a bound that can be seen."""
    if bounded:
        return np.zeros(len(entries), np.int64)
    served = np.maximum(requests, 1)
    rate = np.where(requests > 0, entries / served, 1.0)
    whole = (np.rint(rate) >= 1) & (np.abs(rate - np.rint(rate)) <= 0.02) & (entries >= SURE)
    turns = 1 / np.maximum(rate, 1e-9)
    every = (entries >= 2 * SURE) & (rate >= 0.45) & (np.abs(turns - np.rint(turns)) < 0.02)
    high = (requests > 0) & (whole | every)
    much = ((entries >= SURE) & (rate >= 0.45)) | (entries >= MANY) | (bytes_ >= MANY_BYTES)
    medium = much & own
    return np.where(high, 2, np.where(medium, 1, 0)).astype(np.int64)
