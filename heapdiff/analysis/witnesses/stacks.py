"""What a stack says: the application's functions it went through, and the view, task or job in which that was.

    Entry.__init__ ◄── remember ◄── product ◄── Flask.dispatch_request ◄── …
                       └───── within ─────┘ product is the entry

Reads one stack at a time; what several of them have in common is found elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.witnesses.endpoints import Endpoints, find_endpoints
from heapdiff.answers import Entry, EntryKind
from heapdiff.format import ModuleOwner
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.samples import CodePlace, Samples
from heapdiff.knowledge.libraries.entries import MAKERS, Entered, find_entry, is_own, name_of, package_of
from heapdiff.knowledge.packages import OURS

MOST_FRAMES: Final = 1024
FRAMES_READ_MOST: Final = 4_000_000  # in all; of further stacks only the innermost frame
BELOW_LOOPS: Final = frozenset((EntryKind.ASYNCIO_TASK, EntryKind.JOB, EntryKind.THREAD, EntryKind.OTHER))
"""What an asynchronous view looks like from outside."""

Function = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Frame:
    """One position in code. Positions of one function have equal `of`."""

    place: CodePlace
    line: int
    of: Function


NOWHERE: Final = Frame(CodePlace("", ""), 0, ("", "", 0))


@dataclass(frozen=True, slots=True)
class Reading:
    """`within` are the frames that may be named, one at least: the application's from the innermost to the entry, constructors
    only if there's nothing else; where it has none, installed libraries'.

    Without an entry it's only the innermost of those, and if there's none, the innermost of all.
    """

    within: tuple[Frame, ...]
    entry: Entry | None

    @property
    def is_outside(self) -> bool:
        """It went through nothing of the application: a server or library made it, such as what was asked for."""
        return self.entry is None and not is_own(self.within[0].place)


@dataclass(frozen=True, slots=True)
class Pile:
    """The samples of one stack, and the bytes that they stand for."""

    reading: Reading
    samples: int
    bytes: float


@dataclass(frozen=True)
class Stacks:
    """The stacks of one graph's samples. Each is read once, and only if it's asked for: a forged file has millions."""

    graph: HeapGraph
    samples: Samples
    _read: dict[int, Reading] = field(default_factory=dict)
    _known: dict[int, tuple[int, Frame]] = field(default_factory=dict)
    _places: dict[int, CodePlace] = field(default_factory=dict)
    _spent: Counter[str] = field(default_factory=Counter)

    @cached_property
    def endpoints(self) -> Endpoints:
        return find_endpoints(self.graph)

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """The bytes that each sample stands for: `bytes / (1 - exp(-bytes / interval))`."""
        intervals = np.array([each.interval for each in self.samples.recordings], np.float64)
        size = self.samples.bytes.astype(np.float64)
        interval = intervals[self.samples.recording] if len(intervals) else np.zeros(len(size))
        sampled = (interval > 0) & (size > 0)
        size[sampled] /= -np.expm1(-size[sampled] / interval[sampled])
        return size

    def pile_up(self, chosen: NDArray[np.int64]) -> list[Pile]:
        """These samples by stack. What most are of is read first: as many frames in all as that takes seconds."""
        numbers, at = np.unique(self.samples.stacks[chosen], return_inverse=True)
        counts = np.bincount(at, minlength=len(numbers))
        weights = np.bincount(at, self.weights[chosen], len(numbers))
        for stack in numbers[np.argsort(-weights, kind="stable")].tolist():
            self.read(stack)
        return [
            Pile(self.read(stack), count, weight)
            for stack, count, weight in zip(numbers.tolist(), counts.tolist(), weights.tolist(), strict=True)
        ]

    def read(self, stack: int) -> Reading:
        if stack not in self._read:
            whole = MOST_FRAMES if self._spent.total() < FRAMES_READ_MOST else 1
            frames = [*islice(self._frames(stack), whole)]
            self._spent["frames"] += len(frames)
            self._read[stack] = self._make(frames)
        return self._read[stack]

    def _frames(self, stack: int) -> Iterator[Frame]:
        """Innermost first."""
        for _ in range(MOST_FRAMES):
            if not stack:
                break
            if stack not in self._known:
                self._known[stack] = self._look_up(stack)
            stack, frame = self._known[stack]
            yield frame

    def _look_up(self, stack: int) -> tuple[int, Frame]:
        """Its caller, and its own frame. Where functions have no name, each line is one."""
        samples = self.samples
        code, line = int(samples.codes[stack]), int(samples.lines[stack])
        place = self._places.get(code) or self._places.setdefault(code, _not_ours(samples.places[code]))
        nameless = line if place.file else -1 - code
        of = place.file, place.function, 0 if place.function else nameless
        return int(samples.callers[stack]), Frame(place, line, of)

    def _make(self, frames: list[Frame]) -> Reading:
        places = [frame.place for frame in frames]
        entered = find_entry(places)
        last = len(frames) if entered is None else entered.at + 1
        own = [frame for frame in frames[:last] if is_own(frame.place)]
        own = own or [frame for frame in frames[:last] if frame.place.owner is ModuleOwner.DISTRIBUTION]
        own = [frame for frame in own if not _only_makes(frame)] or own
        within = own if entered is not None else own[:1]
        entry = None if entered is None else self._name(places, entered)
        return Reading(tuple(within or frames[:1] or [NOWHERE]), entry)

    def _name(self, places: list[CodePlace], entered: Entered) -> Entry:
        """A view by its endpoint, if the graph tells it; the others by their function, of a view not by its decorator's."""
        at, kind = entered.at, entered.kind
        if kind is EntryKind.FLASK_VIEW or kind in BELOW_LOOPS:
            outermost = entered.door - 1 if kind is EntryKind.FLASK_VIEW else at
            inwards = places[outermost::-1] if kind is EntryKind.FLASK_VIEW else [places[at]]
            endpoint, telling = self.endpoints.find(
                -1 if place.node is None else int(place.node) for place in inwards
            )
            if endpoint:
                return Entry(EntryKind.FLASK_VIEW, endpoint)
            at = min(at, outermost - telling) if telling >= 0 else at
        return Entry(kind, name_of(places[at]))


def _not_ours(place: CodePlace) -> CodePlace:
    """heapdiff's own code is like something built in, also where it isn't installed and so looks like the application's."""
    return replace(place, owner=ModuleOwner.BUILT_IN) if package_of(place) == OURS else place


def _only_makes(frame: Frame) -> bool:
    """Also in a comprehension inside, which before Python 3.12 is a function."""
    parts = frame.place.function.split(".")
    while len(parts) > 2 and parts[-2] == "<locals>" and parts[-1].startswith("<"):
        parts = parts[:-2]
    return parts[-1] in MAKERS
