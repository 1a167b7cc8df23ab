"""How a finding grew from snapshot to snapshot, what it newly holds, and what is known of its kind. Judges nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from heapdiff.analysis.growth.attribution import Group
from heapdiff.analysis.growth.between import Between
from heapdiff.analysis.growth.entries import Entries, count_dragging, find_entries_of
from heapdiff.analysis.growth.findings import Finding, Later
from heapdiff.analysis.growth.sightings import Sightings
from heapdiff.analysis.holders.holder import find_library, is_own
from heapdiff.analysis.reach.ancestors import find_ancestors
from heapdiff.analysis.reach.ownership import is_ours
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.trends.lengths import Lengths
from heapdiff.analysis.trends.recall import recall_ends
from heapdiff.analysis.trends.trend import LISTED, Trend
from heapdiff.answers import Held
from heapdiff.format import RootKind, TypeFlag
from heapdiff.graph.heap import HeapGraph
from heapdiff.knowledge.pattern import Pattern, Traits

ONE_EACH: Final = 0.5  # of the entries: what so many drag along, each does
TELLING: Final = 8  # what a class of the application or a library holds tells more than the strings in it
MOST_LINKS: Final = 64  # of a chain, that are looked at
FEWEST_LINKS: Final = 5
MOST_BETWEEN: Final = 8  # objects from one to the next, such as the cell and the tuple of a closure
NEARLY_ALL: Final = 0.9
PAIR: Final = 2  # objects that come together at least: a thing and what keeps it
CONTAINERS: Final = frozenset(("tuple", "list", "dict", "set", "frozenset"))
NEVER_CHAINED: Final = CONTAINERS | {"module", "type"}
PLAIN: Final = CONTAINERS | {"str", "bytes", "int", "float", "bool", "weakref.ReferenceType"}


@dataclass(frozen=True, slots=True)
class Measured:
    """One finding as it was followed through all snapshots; `code` are the modules and classes that came meanwhile."""

    finding: Finding
    last: Later
    lengths: Lengths
    held: tuple[Held, ...]
    entries: Entries
    traits: Traits
    patterns: tuple[Pattern, ...]  # of those that know an end
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
    def keeps_own(self) -> bool:
        """Whether the entries are the application's objects, or most of them drag one along."""
        is_user_type = self.last.routes.ownership.is_user_type
        return any(map(is_user_type, (*self.traits.entries, *self.traits.below)))

    @property
    def graph(self) -> HeapGraph:
        return self.last.routes.graph


def measure(
    finding: Finding,
    last: Later,
    between: Sequence[Between],
    sightings: Sightings,
    requests: tuple[int, ...],
    seconds: tuple[float, ...],
    code: int = 0,
) -> Measured:
    """Growth in entries if the holder is known to have more, else in objects. Costs a little per group."""
    lengths = Lengths(finding, sightings)
    entries = find_entries_of(last, finding)
    groups = [last.growth.groups[number] for number in finding.groups]
    held = _sum_held(groups, entries.often - PLAIN)
    traits = _find_traits(last, finding, entries, held)
    known = () if _is_held_by_root(last, finding) else lengths.known
    same = len(set(known)) == 1 and known[0] > 0
    kept = lengths.compare_keys() if same else None
    longer = lengths.count_entries(known)
    final = (sum(group.objects for group in groups), sum(group.bytes for group in groups))
    came_to = [(0, 0), *(each.sum_up(finding.groups) for each in between), final]
    objects = _differences([count for count, _ in came_to])
    countless = not (held or known) or (kept is True and sum(objects) <= 0)
    trend = Trend(
        units=_differences(longer) if longer else objects,
        bytes=_differences([size for _, size in came_to]),
        requests=requests,
        unit="entry" if longer else "byte" if countless else "object",
        objects=objects,
        seconds=seconds,
        lengths=known,
        kept=kept,
        clump=1 if longer else _count_together(sum(objects), held),
    )
    return Measured(finding, last, lengths, held, entries, traits, recall_ends(traits), trend, code)


def _is_held_by_root(step: Later, finding: Finding) -> bool:
    """Whether a root itself keeps what is new, as `atexit` does: the finding is named by one entry, whose length says nothing."""
    root, number = finding.place.trail.root, step.growth.group_at(finding.place.node)
    if root is None or root.kind is not RootKind.INTERPRETER:
        return False
    return number in finding.groups and step.growth.groups[number].keeper < 0


def _count_together(objects: int, held: Sequence[Held]) -> int:
    """How many objects come at a time: those for each one of the type that tells most, if many came; a pair at least."""
    times = held[0].count_delta if held else 0
    return max(PAIR, round(objects / times)) if times >= 2 * LISTED.units else PAIR


def _find_traits(step: Later, finding: Finding, entries: Entries, held: Sequence[Held]) -> Traits:
    routes, place = step.routes, finding.place
    graph = routes.graph
    below = _find_below(step, finding, held, ONE_EACH * entries.count)
    theirs = any(map(routes.ownership.is_user_type, entries.often))
    return Traits(
        place.path,
        graph.type_name(place.node),
        place.kind,
        entries=frozenset(base for name in entries.often for base in find_ancestors(routes, name)),
        below=frozenset(base for name in below for base in find_ancestors(routes, name)),
        through=[step.type for step in place.chain],
        library="" if theirs else find_library(routes, place),
        bounded=place.node in graph.bounds,
        bases=graph.lineage(place.node)[1:],
        chain=_is_chain(step, finding),
    )


def _find_below(step: Later, finding: Finding, held: Sequence[Held], least: float) -> list[str]:
    """The types that so many entries drag along. An exception has several tracebacks, so their number alone doesn't tell."""
    many = [each.type for each in held if each.count_delta >= least]
    dragging = count_dragging(step, finding) if many and least > 1 else {}
    return [name for name in many if dragging.get(name, least) >= least]


def _is_chain(step: Later, finding: Finding) -> bool:
    """Whether the holder keeps others of its own type, each one the next: not many side by side, as a node of a tree does."""
    routes, growth = step.routes, step.growth
    kind = int(routes.graph.type_ids[finding.place.node])
    if routes.graph.types[kind].name in NEVER_CHAINED or routes.graph.types[kind].flags & TypeFlag.PSEUDO:
        return False
    members = growth.members_of(finding.own)
    links = members[routes.graph.type_ids[members] == kind]
    sample = links[:: max(1, len(links) // MOST_LINKS)].tolist()
    above = {_climb_to(routes, node, kind) for node in sample}
    return len(links) >= FEWEST_LINKS and len(above) >= NEARLY_ALL * len(sample)


def _climb_to(routes: Routes, node: int, kind: int) -> int:
    """The nearest object of this type above one, if it's near."""
    for _ in range(MOST_BETWEEN):
        node = int(routes.parent[node])
        if node < 0 or routes.graph.type_ids[node] == kind:
            return node
    return -1


def _differences(values: Sequence[int]) -> tuple[int, ...]:
    return tuple(int(change) for change in np.diff(np.array(values, np.int64)))


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
