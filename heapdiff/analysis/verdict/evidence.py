"""What a verdict rests on: everything that a comparison found."""

from collections.abc import Sequence
from dataclasses import dataclass

from heapdiff.analysis.native.beyond import Beyond
from heapdiff.answers import Allocated, Garbage, MemoryChange, Suspect, TypeGrowth
from heapdiff.model import Collector, Summary


@dataclass(frozen=True, slots=True)
class Unreachable:
    """What no root reaches, and what the collector did meanwhile; one of each for each snapshot with a graph."""

    bytes: tuple[int, ...]
    steps: tuple[int, ...]  # how the bytes changed in each step but idle ones
    collectors: tuple[Collector | None, ...]  # None: an older file
    outlived: int = (
        0  # bytes that came after the first graph and outlived a collection of the oldest generation
    )

    @property
    def growth(self) -> int:
        return self.bytes[-1] - self.bytes[0] if self.bytes else 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the verdict rests on."""

    before: Summary
    after: Summary
    suspects: Sequence[Suspect]
    types: Sequence[TypeGrowth]
    memory: Sequence[MemoryChange]
    beyond: Beyond | None  # growth of the process beyond its Python objects
    garbage: Garbage
    unreachable: Unreachable
    snapshots: int
    graphs: int  # so many of the snapshots say who holds what
    steps: int  # between those, but idle ones
    same_process: bool
    unowned: Sequence[Allocated] = ()  # who got from Python's allocators what no object owns

    @property
    def more(self) -> str:
        """What to do when the snapshots aren't enough."""
        return f"Take {'a third' if self.snapshots == 2 else 'another'} snapshot after more requests"
