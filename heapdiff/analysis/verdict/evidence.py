"""What a verdict rests on: everything that a comparison found."""

from collections.abc import Sequence
from dataclasses import dataclass

from heapdiff.analysis.native.beyond import Beyond
from heapdiff.answers import Garbage, MemoryChange, Suspect, TypeGrowth
from heapdiff.model import Summary


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
    garbage_delta: int
    snapshots: int
    graphs: int  # so many of the snapshots say who holds what
    steps: int  # between those, but idle ones
    same_process: bool
