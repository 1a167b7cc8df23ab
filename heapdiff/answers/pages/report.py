"""The answer to `report`: what one page says of a process."""

from __future__ import annotations

from dataclasses import dataclass

from heapdiff.answers.comparison import Comparison, MemoryChange, TypeGrowth
from heapdiff.answers.pages.owner_map import OwnerMap
from heapdiff.answers.queries import Picture
from heapdiff.answers.reference import SnapshotRef
from heapdiff.model import Summary


@dataclass(frozen=True, slots=True)
class Report:
    """Snapshots of one process, oldest first, and all that is known of it from them.

    `comparison` is None for a single snapshot, `owners` None where none has a graph. `memory` has the terms of the memory
    equation, since the first snapshot, for each of them. `types` are all types, those that did not change last. `pictures`
    are of the first suspects, in their order.
    """

    snapshots: tuple[SnapshotRef, ...]
    summaries: tuple[Summary, ...]
    comparison: Comparison | None
    memory: tuple[tuple[MemoryChange, ...], ...]
    types: tuple[TypeGrowth, ...]
    owners: OwnerMap | None = None
    pictures: tuple[Picture, ...] = ()
