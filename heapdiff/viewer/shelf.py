"""The snapshots that somebody looks at, and how far each is. They are read one after the other, beside the server."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from threading import Thread

from heapdiff.analysis.browsing.prepared import Prepared, prepare
from heapdiff.analysis.comparison.captured import process_of
from heapdiff.errors import HeapdiffError
from heapdiff.graph import load
from heapdiff.graph.heap import HeapGraph
from heapdiff.snapshot import Snapshot
from heapdiff.snapshot.sections import Progress

logger = logging.getLogger("heapdiff")

Read = Callable[[Snapshot, Progress], HeapGraph]


class State(str, Enum):
    WAITING = "waiting"
    READING = "reading"
    READY = "ready"
    FAILED = "failed"


@dataclass
class Spot:
    """One snapshot, from 1 on in the order of capture. `share` is how much of the step is done, if that's known."""

    number: int
    snapshot: Snapshot
    state: State = State.WAITING
    step: str = "waiting for its turn"
    share: float | None = None
    prepared: Prepared | None = None
    problem: str = ""

    @property
    def name(self) -> str:
        """As the user knows it: the file's name."""
        return self.snapshot.path.name

    def advance(self, done: int, size: int) -> None:
        self.share = done / size if size else None

    def say(self, step: str) -> None:
        self.step, self.share = step, None

    def get_ready(self, read: Read = load) -> None:
        """Never raises: what went wrong is what its pages say."""
        self.state = State.READING
        try:
            self.say("reading the file")
            self.prepared = prepare(read(self.snapshot, self.advance), self.say)
        except HeapdiffError as error:
            self.fail(f"{error.message}. {error.hint}")
        except MemoryError:
            self.fail("There isn't enough memory for this snapshot.")
        except Exception as error:
            logger.exception("heapdiff: reading %s failed", self.name)
            self.fail(f"Reading it failed ({type(error).__name__}); the terminal says more.")
        else:
            self.state = State.READY

    def fail(self, problem: str) -> None:
        self.problem, self.state = problem, State.FAILED


class Shelf:
    """All of them, oldest first. `read` gets a snapshot's graph: whoever has stored something knows how."""

    def __init__(self, snapshots: Sequence[Snapshot], read: Read = load) -> None:
        self._read = read
        ordered = sorted(snapshots, key=lambda each: (each.summary.captured_at, each.summary.id))
        self.spots = tuple(Spot(number, each) for number, each in enumerate(ordered, 1))

    def find(self, number: int) -> Spot | None:
        return self.spots[number - 1] if 1 <= number <= len(self.spots) else None

    def of_process(self, number: int) -> tuple[Spot, ...]:
        """The snapshots of one's process, with it."""
        process = process_of(self.spots[number - 1].snapshot.summary)
        return tuple(spot for spot in self.spots if process_of(spot.snapshot.summary) == process)

    def comparable(self) -> tuple[Spot, ...]:
        """What a comparison is offered of first: the process that was looked at last, of those with several snapshots."""
        for spot in reversed(self.spots):
            if len(series := self.of_process(spot.number)) > 1:
                return series
        return self.spots

    def get_ready(self) -> None:
        """The last first: it is the one that people open."""
        for spot in reversed(self.spots):
            spot.get_ready(self._read)

    def start(self) -> Thread:
        """The same beside whoever calls."""
        thread = Thread(target=self.get_ready, name="heapdiff-view-reading", daemon=True)
        thread.start()
        return thread
