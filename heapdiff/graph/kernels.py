"""The kernels that this installation has: C, or the slow twins when the extension was not built. And two graphs at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

__all__ = ["SLOW", "kernels", "side_by_side"]

Item = TypeVar("Item")
Made = TypeVar("Made")

MOST_THREADS: Final = 2  # each needs memory of its own for what it works out
LEAST_OBJECTS: Final = 1 << 19  # in all; below this, threads cost more than they save

if TYPE_CHECKING:
    from heapdiff.graph import _kernels as kernels

    SLOW: Final[str | None] = None
else:
    try:
        from heapdiff.graph import _kernels as kernels

        SLOW = None
    except ImportError as error:
        from heapdiff.graph import fallback as kernels

        SLOW = (
            f"The graph kernels run in Python, which is slow: the C extension couldn't be loaded ({error}). "
            "Reinstall heapdiff on a machine with a C compiler."
        )


def side_by_side(make: Callable[[Item], Made], items: Sequence[Item], objects: int) -> list[Made]:
    """What `make` makes of each, in their order; in two threads where there are two processors and so many objects in all.

    The C kernels release the GIL. `make` may not change what another one reads. Raises what the first one that failed did.
    """
    threads = min(MOST_THREADS, len(items), count_processors())
    if threads < 2 or objects < LEAST_OBJECTS or SLOW is not None:
        return [make(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(make, items))


def count_processors() -> int:
    """Those that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        return os.cpu_count() or 1
