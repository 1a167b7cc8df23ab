"""How much this process has allocated, by two numbers that cost nothing: where neither rises, no snapshot is needed."""

from __future__ import annotations

import ctypes
import gc
import sys
from array import array
from functools import cache
from itertools import pairwise
from typing import Any


class _MallocInfo(ctypes.Structure):
    """`struct mallinfo2`, glibc 2.33."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


class Readings:
    """What was allocated at so many moments, in memory that it takes at once: an object for each would be growth, too."""

    def __init__(self, moments: int) -> None:
        self._blocks = array("q", bytes(8 * moments))
        self._bytes = array("q", bytes(8 * moments))
        self.read(0)  # what the first reading allocates is there before it counts

    def read(self, moment: int) -> None:
        """Python's small blocks, and the bytes of everything else, without what waits for the collector."""
        gc.collect()
        function = _find_mallinfo()
        if function is not None:
            info = function()
            self._bytes[moment] = info.uordblks + info.hblkhd
            del info
        self._blocks[moment] = sys.getallocatedblocks()

    def grew(self) -> bool:
        """Whether there was more of anything at one moment than at the one before, also where that can't be known.

        Whatever a call leaves behind is more blocks or more bytes; what comes and goes is less at some moments.
        """
        return _find_mallinfo() is None or any(
            after > before for numbers in (self._blocks, self._bytes) for before, after in pairwise(numbers)
        )


@cache
def _find_mallinfo() -> Any:
    function = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if function is not None:
        function.restype = _MallocInfo
    return function
