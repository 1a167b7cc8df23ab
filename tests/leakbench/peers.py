"""The peers, as their manuals say to hunt a leak: each measures in the worker and prints what grew.

Nothing of a peer is imported before its measurement starts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

__all__ = ["LINES", "PEERS", "Peer"]

LINES: Final = 10


class Peer(Protocol):
    """A tool that compares moments of the process that it runs in."""

    def start(self) -> None: ...

    def middle(self, requests: int) -> None:
        """Half of the requests are done: so many."""
        ...

    def lines(self) -> list[str]:
        """What a user reads, without the head: what grew in at most `LINES` lines, as the tool orders them."""
        ...


class TwoMoments:
    """A peer for which only the start and the end count."""

    def middle(self, requests: int) -> None: ...


class Objgraph(TwoMoments):
    """`objgraph.growth()`: types whose number of objects reached a new peak."""

    def __init__(self) -> None:
        self.peaks: dict[str, int] = {}

    def start(self) -> None:
        import objgraph

        objgraph.growth(limit=LINES, peak_stats=self.peaks)

    def lines(self) -> list[str]:
        import objgraph

        found = objgraph.growth(limit=LINES, peak_stats=self.peaks)
        return [f"{name} {count:9d} {delta:+9d}" for name, count, delta in found]


class Guppy(TwoMoments):
    """guppy3: `setrelheap()`, then `heap()`: the objects that are new, by class."""

    def __init__(self) -> None:
        self.heapy: Any = None

    def start(self) -> None:
        from guppy import hpy

        self.heapy = hpy()
        self.heapy.setrelheap()

    def lines(self) -> list[str]:
        rows = str(self.heapy.heap()).splitlines()
        return [row for row in rows if row.strip()[:1].isdigit()][:LINES]


class Pympler(TwoMoments):
    """`SummaryTracker`: the difference of two summaries by type, largest first."""

    def __init__(self) -> None:
        self.tracker: Any = None

    def start(self) -> None:
        from pympler.tracker import SummaryTracker

        self.tracker = SummaryTracker()  # type: ignore[no-untyped-call]

    def lines(self) -> list[str]:
        from pympler import summary

        difference = self.tracker.diff()
        return list(summary.format_(difference, limit=LINES, sort="size"))[2:]  # type: ignore[no-untyped-call]


class LeakHunter:
    """python-leak-hunter: `check`, types that grow in both of two windows; then `why` of the one it proposes.

    These are the steps of `measure_growth`, which would call the work itself; here it comes from outside.
    `why` leaves out what was there before, as the tool's command does.
    """

    def __init__(self) -> None:
        self.windows: Any = None
        self.existing: frozenset[int] = frozenset()

    def start(self) -> None:
        import gc

        from leak_hunter.growth import _Windows

        self.windows = _Windows(
            iterations=1, min_per_call=0.5, include=None, ignore=(), trace_allocations=False
        )
        self.windows.start()
        self.existing = frozenset(map(id, gc.get_objects()))

    def middle(self, requests: int) -> None:
        self.windows._iterations = max(1, requests)
        self.windows._threshold = 0.5 * self.windows._iterations
        self.windows.middle()

    def lines(self) -> list[str]:
        from leak_hunter import why_alive

        report = self.windows.finish()
        if not report.leaked:
            return []
        grown = [row for row in report.format(LINES).splitlines() if " per call" in row]
        chains = why_alive(report.suspect, exclude=self.existing).format()
        return [row.strip() for row in (*grown, *chains.splitlines())]


PEERS: Final[Mapping[str, Callable[[], Peer]]] = {
    "objgraph": Objgraph,
    "guppy3": Guppy,
    "pympler": Pympler,
    "python-leak-hunter": LeakHunter,
}
