"""Growth found: each finding is one holder, or holders that differ only in keys and indexes, or the parts of a tree.

Judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.growth.attribution import Growth
from heapdiff.analysis.growth.locating import as_structure, locate
from heapdiff.analysis.growth.new_modules import Counted, find_collecting, find_imported, is_mostly_code
from heapdiff.analysis.holders.alike import Likeness, number_rows
from heapdiff.analysis.holders.holder import Place, place_of
from heapdiff.analysis.holders.modules import find_module_table
from heapdiff.analysis.holders.shapes import attributes_of
from heapdiff.analysis.reach.ownership import is_ours
from heapdiff.analysis.reach.routes import Routes

MOST_ALONE: Final = 300  # groups that are looked at one by one, and as many classes of alike ones
MOST_CLIMBS: Final = 8
BRANCHES: Final = 3  # places that grow inside one structure


@dataclass(frozen=True)
class Later:
    """One later snapshot against the first: its graph, and what grew since the first."""

    routes: Routes
    growth: Growth

    @cached_property
    def imported(self) -> Mapping[int, str]:
        """The groups that are all of a module imported since the first, and its name."""
        return find_imported(self.routes, self.growth)

    @cached_property
    def brought(self) -> NDArray[np.int64]:
        """What these modules have under names of their own, wherever else it is."""
        graph = self.routes.graph
        tops = self.growth.entries(self.imported).tolist()
        return graph.distinct([node for top in tops for node in attributes_of(graph, top).values()])


@dataclass(frozen=True)
class Part:
    """One holder with the groups of growth that are its own, or one that stands for the holders of alike groups."""

    place: Place
    groups: tuple[int, ...]
    alike: bool = False


@dataclass(frozen=True, eq=False)
class Finding:
    """A holder with all groups that belong to it; the `parts` are the holders that it stands for.

    Another as soon as it takes in more; `following` are the groups of those that only grow with it.
    """

    place: Place
    parts: tuple[Part, ...]
    own: tuple[int, ...]
    following: tuple[int, ...] = ()

    @classmethod
    def of(cls, parts: Sequence[Part]) -> Finding:
        return cls(parts[0].place, tuple(parts), tuple(number for part in parts for number in part.groups))

    @property
    def groups(self) -> tuple[int, ...]:
        return (*self.own, *self.following)

    @property
    def led(self) -> tuple[int, ...]:
        """The groups of its own holders, without those of others that have the same objects."""
        return tuple(number for part in self.parts for number in part.groups)

    @property
    def places(self) -> tuple[Place, ...]:
        return tuple(part.place for part in self.parts)

    @property
    def alike(self) -> bool:
        """Whether some of its holders are not known one by one."""
        return any(part.alike for part in self.parts)

    @property
    def holders(self) -> int:
        more = sum(len(part.groups) - 1 for part in self.parts if part.alike)
        return len({place.node for place in self.places}) + more

    def bytes(self, growth: Growth) -> int:
        return sum(growth.groups[number].bytes for number in self.groups)


def find_findings(step: Later, earlier: Sequence[Mapping[int, Counted]] = ()) -> list[Finding]:
    """Every holder that grew since the first snapshot, largest first.

    `earlier`: what each snapshot before the last says of the members of groups of new modules, oldest first.
    """
    findings = _gather_structures(step, _collect(step, earlier))
    findings.sort(key=lambda finding: (-finding.bytes(step.growth), finding.place.path))
    return findings


def _collect(step: Later, earlier: Sequence[Mapping[int, Counted]]) -> list[Finding]:
    """Groups that grew, located, one finding per address-free path, and one for each object that has several."""
    routes, growth = step.routes, step.growth
    parts: dict[tuple[str, ...], list[Part]] = {}
    paths: dict[int, tuple[str, ...]] = {}
    modules = _modules(step, earlier)
    for part in (*modules, *_locate_all(routes, growth, {at for each in modules for at in each.groups})):
        path = paths.setdefault(part.place.node, part.place.masked)
        parts.setdefault(path, []).append(part)
    return [Finding.of(each) for each in parts.values()]


def _modules(step: Later, earlier: Sequence[Mapping[int, Counted]]) -> list[Part]:
    """New modules that were imported are one thing, entries of `sys.modules`; what collects something in one is another.

    What the application's own module has beside little code may be what it collected: that is looked at like any growth.
    """
    routes, growth, table = step.routes, step.growth, find_module_table(step.routes.graph)
    parts, settled = [], []
    for number, name in step.imported.items() if table >= 0 else ():
        seen = [each[number] for each in earlier if number in each]
        if (collecting := find_collecting(routes, growth, number, seen)) >= 0:
            parts.append(Part(place_of(routes, collecting), (number,)))
        elif not routes.ownership.is_user(name) or is_mostly_code(growth.groups[number]):
            settled.append(number)
    return [Part(place_of(routes, table), tuple(settled)), *parts] if settled else parts


def _locate_all(routes: Routes, growth: Growth, known: AbstractSet[int]) -> Iterator[Part]:
    for alike in classify_groups(routes, growth, known):
        place = locate(routes, growth, alike[0])
        if place is not None and not _is_of_ours(place):
            yield Part(place, tuple(alike), len(alike) > 1)


def _is_of_ours(place: Place) -> bool:
    """Of one of heapdiff's modules, or of an object of its own that the application keeps, such as a hook of its metrics."""
    return is_ours(place.path) or any(is_ours(step.type) for step in place.chain[-2:])


def classify_groups(routes: Routes, growth: Growth, known: AbstractSet[int] = frozenset()) -> list[list[int]]:
    """Groups that grew, but for known ones: the largest each alone, and of the others alike ones together if they are many.

    Alike are groups whose keepers look the same on the way up to one common object: the `sessions` of a
    million users in one dict. However many there are, `2 * MOST_ALONE` at most are looked at, the largest ones.
    """
    grown = [at for at, group in enumerate(growth.groups) if group.bytes > 0 and at not in known]
    numbers = np.array(grown, np.int64)
    weights = np.array([growth.groups[at].bytes for at in grown], np.int64)
    order = np.lexsort((numbers, -weights))
    numbers, weights = numbers[order], weights[order]
    alone = len(numbers) if len(numbers) <= 2 * MOST_ALONE else MOST_ALONE
    together = _classify_alike(routes, growth, numbers[alone:], weights[alone:])
    return [*([number] for number in numbers[:alone].tolist()), *together]


def _classify_alike(
    routes: Routes, growth: Growth, numbers: NDArray[np.int64], weights: NDArray[np.int64]
) -> list[list[int]]:
    """Classes of alike groups, the heaviest first, the largest group first in each."""
    if not len(numbers):
        return []
    slots = {slot: at for at, slot in enumerate(sorted({group.slot for group in growth.groups}))}
    looks = np.array([slots[growth.groups[at].slot] for at in numbers.tolist()], np.int64)
    keepers = np.array([growth.groups[at].keeper for at in numbers.tolist()], np.int64)
    likeness = Likeness(routes)
    for _ in range(MOST_CLIMBS):
        if number_rows(looks, keepers)[0] <= MOST_ALONE:
            break
        looks, keepers = likeness.climb(looks, keepers)
    count, labels = number_rows(looks, keepers)
    heavy = np.argsort(-np.bincount(labels, weights, count), kind="stable")[:MOST_ALONE]
    members: dict[int, list[int]] = {label: [] for label in heavy.tolist()}
    for number, label in zip(numbers.tolist(), labels.tolist(), strict=True):
        if label in members:
            members[label].append(number)
    return list(members.values())


def _gather_structures(step: Later, findings: Sequence[Finding]) -> list[Finding]:
    """Growth anywhere inside a linked structure belongs to the variable that keeps it."""
    findings = [_as_structure(step.routes, finding) for finding in findings]
    trees = _find_trees(findings)
    heads = {each.place.node: number for number, each in enumerate(findings) if each.place.structure} | trees
    members: dict[int, list[Finding]] = {}
    for number, finding in enumerate(findings):
        head = next((heads[node] for node in finding.place.trail.nodes if node in heads), number)
        members.setdefault(head, []).append(finding)
    return [_join(findings[head], inside, head in trees.values()) for head, inside in members.items()]


def _as_structure(routes: Routes, finding: Finding) -> Finding:
    if len({place.node for place in finding.places}) < BRANCHES:
        return finding
    return replace(finding, place=as_structure(routes, finding.place))


def _join(head: Finding, inside: Sequence[Finding], structure: bool) -> Finding:
    """All that grows inside one thing, under its name."""
    parts = [part for finding in inside for part in finding.parts]
    place = replace(head.place, structure=head.place.structure or structure)
    return replace(Finding.of(parts), place=place)


def _find_trees(findings: Sequence[Finding]) -> dict[int, int]:
    """Dicts in dicts in dicts that grow at three depths or more: the outermost, and the number of its finding."""
    at = {place.node: number for number, finding in enumerate(findings) for place in finding.places}
    outermost: dict[int, int] = {}
    for finding in findings:
        for place in finding.places:
            above = [node for node in _containers_above(place) if node in at]
            if len(above) >= BRANCHES - 1:
                outermost[above[-1]] = at[above[-1]]
    return outermost


def _containers_above(place: Place) -> list[int]:
    """The objects that hold a place as an entry of an entry of …, all of one type, nearest first."""
    links = place.links
    nodes = []
    for above, link in zip(reversed(links[:-1]), reversed(links[1:]), strict=True):
        if not link.indexed or above.step.type != links[-1].step.type:
            break
        nodes.append(above.node)
    return nodes
