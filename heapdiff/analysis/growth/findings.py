"""Growth found: each finding is one holder, or holders that differ only in keys and indexes, or the parts of a tree.

Judges nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from heapdiff.analysis.growth.attribution import Growth
from heapdiff.analysis.growth.locating import as_structure, locate
from heapdiff.analysis.holders.alike import Likeness, number_rows
from heapdiff.analysis.holders.holder import Place
from heapdiff.analysis.reach.ownership import is_ours
from heapdiff.analysis.reach.routes import Routes

MOST_CLASSES: Final = 2000  # of groups that are looked at one by one
MOST_CLIMBS: Final = 8
BRANCHES: Final = 3  # places that grow inside one structure


@dataclass(frozen=True)
class Later:
    """One later snapshot against the first: its graph, and what grew since the first."""

    routes: Routes
    growth: Growth


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


def find_findings(step: Later) -> list[Finding]:
    """Every holder that grew since the first snapshot, largest first."""
    findings = _gather_structures(step, _collect(step))
    findings.sort(key=lambda finding: (-finding.bytes(step.growth), finding.place.path))
    return findings


def _collect(step: Later) -> list[Finding]:
    """Groups that grew, located, one finding per address-free path."""
    parts: dict[tuple[str, ...], list[Part]] = {}
    for alike in classify_groups(step.routes, step.growth):
        place = locate(step.routes, step.growth, alike[0])
        if place is not None and not is_ours(place.path):
            parts.setdefault(place.masked, []).append(Part(place, tuple(alike), len(alike) > 1))
    return [Finding.of(each) for each in parts.values()]


def classify_groups(routes: Routes, growth: Growth) -> list[list[int]]:
    """Groups that grew, largest first; if they are too many to locate each, alike ones together.

    Alike are groups whose keepers look the same on the way up to one common object: the `sessions` of a
    million users in one dict.
    """
    numbers = np.array([at for at, group in enumerate(growth.groups) if group.bytes > 0], np.int64)
    weights = np.array([growth.groups[at].bytes for at in numbers.tolist()], np.int64)
    order = np.lexsort((numbers, -weights))
    numbers = numbers[order]
    if len(numbers) <= MOST_CLASSES:
        return [[number] for number in numbers.tolist()]
    slots = {slot: at for at, slot in enumerate(sorted({group.slot for group in growth.groups}))}
    looks = np.array([slots[growth.groups[at].slot] for at in numbers.tolist()], np.int64)
    keepers = np.array([growth.groups[at].keeper for at in numbers.tolist()], np.int64)
    likeness = Likeness(routes)
    for _ in range(MOST_CLIMBS):
        if number_rows(looks, keepers)[0] <= MOST_CLASSES:
            break
        looks, keepers = likeness.climb(looks, keepers)
    members: dict[int, list[int]] = {}
    for number, label in zip(numbers.tolist(), number_rows(looks, keepers)[1].tolist(), strict=True):
        members.setdefault(label, []).append(number)
    return list(members.values())[:MOST_CLASSES]


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
