"""How a finding grew from snapshot to snapshot, what it newly holds, and what is known of its kind. Judges nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.growth.attribution import Group
from heapdiff.analysis.growth.findings import Finding, Later
from heapdiff.analysis.holders.holder import is_own
from heapdiff.analysis.reach.ownership import is_ours
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.trends.lengths import Lengths
from heapdiff.analysis.trends.recall import recall
from heapdiff.analysis.trends.trend import Trend
from heapdiff.answers import Held
from heapdiff.graph.heap import HeapGraph
from heapdiff.knowledge.pattern import Pattern, Traits

OFTEN: Final = 0.25  # of the entries: of a dict's, a key and its value are two
TELLING: Final = 8  # what a class of the application or a library holds tells more than the strings in it
CONTAINERS: Final = frozenset(("tuple", "list", "dict", "set", "frozenset"))
PLAIN: Final = CONTAINERS | {"str", "bytes", "int", "float", "bool", "weakref.ReferenceType"}


@dataclass(frozen=True, slots=True)
class Measured:
    """One finding as it was followed through all snapshots; `code` are the modules and classes that came meanwhile."""

    finding: Finding
    last: Later
    lengths: Lengths
    held: tuple[Held, ...]
    patterns: tuple[Pattern, ...]
    trend: Trend
    code: int = 0

    @property
    def reading(self) -> Trend:
        """The trend without idle steps."""
        return self.trend.readings[0]

    @property
    def own(self) -> bool:
        """Whether it is the application's own code that fills the holder."""
        return is_own(self.last.routes, self.finding.place)

    @property
    def graph(self) -> HeapGraph:
        return self.last.routes.graph


def measure(
    finding: Finding,
    first: Routes,
    steps: Sequence[Later],
    requests: tuple[int, ...],
    seconds: tuple[float, ...],
    code: int = 0,
) -> Measured:
    """Growth in entries if the holder is known to have more, else in objects. Costs a little per group."""
    last, lengths = steps[-1], Lengths(finding, (first, *(step.routes for step in steps)))
    held = _sum_held([last.growth.groups[number] for number in finding.groups], _entry_types(last, finding))
    patterns = _recall(last.routes.graph, finding, held)
    known = lengths.known
    same = len(set(known)) == 1 and known[0] > 0
    taken, kept = (lengths.count_taken(), lengths.compare_keys()) if same else ((), None)
    entries = known if known and known[-1] > known[0] else taken
    found = [[], *(_same_groups(step, last, finding.groups) for step in steps)]
    objects = _differences([sum(group.objects for group in groups) for groups in found])
    countless = not (held or known) or (kept is True and sum(objects) <= 0)
    trend = Trend(
        units=_differences(entries) if entries else objects,
        bytes=_differences([sum(group.bytes for group in groups) for groups in found]),
        requests=requests,
        unit="entry" if entries else "byte" if countless else "object",
        objects=objects,
        seconds=seconds,
        lengths=known,
        kept=kept,
    )
    return Measured(finding, last, lengths, held, patterns, trend, code)


def _recall(graph: HeapGraph, finding: Finding, held: Sequence[Held]) -> tuple[Pattern, ...]:
    place = finding.place
    traits = Traits(
        place.path,
        graph.type_name(place.node),
        place.kind,
        [entry.type for entry in held],
        [step.type for step in place.chain],
        bounded=place.node in graph.bounds,
    )
    return recall(traits)


def _differences(values: Sequence[int]) -> tuple[int, ...]:
    return tuple(int(change) for change in np.diff(np.array(values, np.int64)))


def _same_groups(step: Later, last: Later, numbers: Sequence[int]) -> list[Group]:
    """The groups of the last step as they are in another: the same keepers and slots, where these grew there."""
    groups = [last.growth.groups[number] for number in numbers]
    if step is last:
        return groups
    keepers = np.array([group.keeper for group in groups], np.int64)
    there = step.routes.graph.indexes_of(last.routes.graph.addresses[np.maximum(keepers, 0)])
    there[keepers < 0] = -1
    keys = zip(there.tolist(), (group.slot for group in groups), strict=True)
    found = (step.growth.index.get(key) for key in keys)
    return [step.growth.groups[number] for number in found if number is not None]


def _entry_types(step: Later, finding: Finding) -> frozenset[str]:
    """The types of most of the new entries themselves, but for plain values and containers."""
    graph = step.routes.graph
    entries = _entries(step, finding)
    types, counts = np.unique(graph.type_ids[entries], return_counts=True)
    often = types[counts >= OFTEN * len(entries)]
    return frozenset(graph.types[number].name for number in often.tolist()) - PLAIN


def _entries(step: Later, finding: Finding) -> NDArray[np.int64]:
    """The new objects directly below the holder; where that is new itself, too, they are not those below its keeper."""
    growth = step.growth
    if growth.group_at(finding.place.node) >= 0:
        below: NDArray[np.int64] = growth.fresh[step.routes.parent[growth.fresh] == finding.place.node]
        return below
    return growth.entries(finding.own)


def _sum_held(groups: Sequence[Group], first: frozenset[str]) -> tuple[Held, ...]:
    """What they newly hold; types in `first` come first."""
    sums: dict[str, tuple[int, int]] = {}
    for group in groups:
        for name, (count, size) in group.held.items():
            before = sums.get(name, (0, 0))
            sums[name] = (before[0] + count, before[1] + size)
    held = (Held(name, *sums[name]) for name in sums if sums[name][0] > 0 and not is_ours(name))
    return tuple(sorted(held, key=lambda entry: (entry.type not in first, *_importance(entry))))


def _importance(entry: Held) -> tuple[int, int, str]:
    weight = entry.bytes_delta * (TELLING if "." in entry.type else 1)
    return -weight, -entry.count_delta, entry.type
