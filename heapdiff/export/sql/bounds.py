"""How much memory and time a statement may take. DuckDB's own limit leaves out long strings, so the system enforces one, too."""

from __future__ import annotations

import resource
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from heapdiff.agent.system.memory_limits import memory_left
from heapdiff.errors import ENDINGS

T = TypeVar("T")

SHARE: Final = 0.5  # of what is left, once the snapshots are read
LEAST_BYTES: Final = 100_000_000
MOST_BYTES: Final = 16_000_000_000
BESIDE_BYTES: Final = 500_000_000  # of address space: threads, arenas, rows on their way out
STATM: Final = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a statement may take. `threads` is how many of the machine's CPUs it uses."""

    seconds: float
    memory_bytes: int
    threads: int = 2

    @classmethod
    def now(cls, seconds: float) -> Bounds:
        """With a share of the memory that is left at this moment."""
        left, _limit = memory_left()
        share = MOST_BYTES if left is None else min(MOST_BYTES, int(left * SHARE))
        return cls(seconds, max(share, LEAST_BYTES))


@contextmanager
def enforced(bounds: Bounds, interrupt: Callable[[], None]) -> Iterator[threading.Event]:
    """Take address space beyond the bound away from this process, and interrupt what takes too long.

    The event says whether time ran out. The limit that was there before comes back in the end.
    """
    before = resource.getrlimit(resource.RLIMIT_AS)
    most = _address_space() + bounds.memory_bytes + BESIDE_BYTES
    if before[0] == resource.RLIM_INFINITY or most < before[0]:
        resource.setrlimit(resource.RLIMIT_AS, (most, before[1]))
    late = threading.Event()

    def stop() -> None:
        late.set()
        interrupt()

    clock = threading.Timer(bounds.seconds, stop)
    clock.daemon = True
    clock.start()
    try:
        yield late
    finally:
        clock.cancel()
        resource.setrlimit(resource.RLIMIT_AS, before)


def attended(work: Callable[[], T], interrupt: Callable[[], None]) -> T:
    """What the work returns. It's done in another thread, so that this one hears of Ctrl-C and can interrupt it."""
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)

    thread = threading.Thread(target=run, daemon=True)
    try:
        thread.start()
        return done.result()
    except ENDINGS:
        interrupt()
        thread.join()
        raise


def _address_space() -> int:
    """Bytes that are mapped now."""
    return int(STATM.read_text().split()[0]) * resource.getpagesize()
