"""The peers, as their manuals say to hunt a leak: each measures twice in the worker and prints what grew.

Nothing of a peer is imported before its measurement starts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

__all__ = ["LINES", "PEERS", "Peer"]

LINES: Final = 10


class Peer(Protocol):
    """A tool that compares two moments of the process that it runs in."""

    def start(self) -> None: ...

    def lines(self) -> list[str]:
        """What a user reads, without the head: at most `LINES` lines, as the tool orders them."""
        ...


class Objgraph:
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


class Guppy:
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


class Pympler:
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


PEERS: Final[Mapping[str, Callable[[], Peer]]] = {
    "objgraph": Objgraph,
    "guppy3": Guppy,
    "pympler": Pympler,
}
