"""What an object really takes: the allocator's size classes, which are what a change saves."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

GRANULE: Final = 16
SMALL: Final = 512  # up to here blocks come from Python's pools, in steps of 16 bytes
MALLOC_HEADER: Final = 8  # above, from malloc, whose blocks have a header
POINTER: Final = 8


def occupy(sizes: ArrayLike) -> NDArray[np.int64]:
    """The bytes that blocks of these sizes take; 0 stays 0: there is no block."""
    wanted = np.asarray(sizes, np.int64)
    wanted = np.where(wanted > SMALL, wanted + MALLOC_HEADER, wanted)
    return (wanted + GRANULE - 1) // GRANULE * GRANULE


def occupied(size: int) -> int:
    """The same for one block."""
    return int(occupy(size))
