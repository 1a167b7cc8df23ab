"""Growth found and gathered: each finding is one holder, with every group of growth that is its own.

Holders that differ only in keys and indexes, the parts of a tree, a dict and its index, a library object's
own bookkeeping: each is one thing to a person. Judges nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from heapdiff.analysis.accumulators import Growth
from heapdiff.analysis.coholders import find_other_holders
from heapdiff.analysis.followers import merge_followers
from heapdiff.analysis.holders import Place, as_structure, find_owner, locate
from heapdiff.analysis.likeness import Likeness, number_rows
from heapdiff.analysis.packages import OURS, is_library
from heapdiff.analysis.ranking import Trend, worth_listing
from heapdiff.analysis.routes import Routes

__all__ = ["Finding", "Later", "gather_findings"]

MOST_CLASSES: Final = 2000  # of groups that are looked at one by one
MOST_CLIMBS: Final = 8
BRANCHES: Final = 3  # places that grow inside one structure
BOOKKEEPING: Final = frozenset(
    (
        "str",
        "int",
        "float",
        "bool",
        "bytes",
        "tuple",
        "list",
        "dict",
        "set",
        "frozenset",
        "weakref.ReferenceType",
    )
)


@dataclass(frozen=True)
class Later:
    """One later snapshot against the first: its graph, and what grew since the first."""

    routes: Routes
    growth: Growth


@dataclass
class Finding:
    """A holder with all groups that belong to it."""

    place: Place
    groups: list[int] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    others: tuple[Place, ...] = ()
    followers: tuple[str, ...] = ()
    following: int = 0  # of the groups, the last: those of followers
    holders: int = 0

    def bytes(self, growth: Growth) -> int:
        return sum(growth.groups[number].bytes for number in self.groups)


def gather_findings(step: Later) -> list[Finding]:
    """Every holder that grew since the first snapshot, largest first."""
    findings = _gather_structures(step, _collect(step))
    findings.sort(key=lambda finding: (-finding.bytes(step.growth), finding.place.path))
    return merge_followers(step, _merge_bookkeeping(step, _merge_holders(step, findings)))


def _collect(step: Later) -> list[Finding]:
    """Groups that grew, located, one finding per address-free path."""
    findings: dict[tuple[str, ...], Finding] = {}
    for alike in classify_groups(step.routes, step.growth):
        place = locate(step.routes, step.growth, alike[0])
        if place is None or place.path.partition(".")[0] == OURS:
            continue
        finding = findings.setdefault(place.masked, Finding(place))
        finding.groups.extend(alike)
        finding.places.append(place)
        finding.holders += len(alike)
    return list(findings.values())


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


def _gather_structures(step: Later, findings: list[Finding]) -> list[Finding]:
    """Growth anywhere inside a linked structure belongs to the variable that keeps it."""
    for finding in findings:
        if len({place.node for place in finding.places}) >= BRANCHES:
            finding.place = as_structure(step.routes, finding.place)
    heads = {finding.place.node: finding for finding in findings if finding.place.structure}
    heads.update(_trees_of_containers(findings))
    rest = []
    for finding in findings:
        inside = [heads[node] for node in finding.place.trail.nodes if node in heads]
        if inside and inside[0] is not finding:
            inside[0].groups.extend(finding.groups)
            inside[0].places.extend(finding.places)
            inside[0].holders += finding.holders
        else:
            rest.append(finding)
    return rest


def _trees_of_containers(findings: Sequence[Finding]) -> dict[int, Finding]:
    """Dicts in dicts in dicts that grow at three depths or more: the outermost is the holder."""
    outermost: dict[int, Finding] = {}
    at = {place.node: finding for finding in findings for place in finding.places}
    for finding in findings:
        for place in finding.places:
            above = [node for node in _containers_above(place) if node in at]
            if len(above) >= BRANCHES - 1:
                head = at[above[-1]]
                head.place = replace(head.place, structure=True)
                outermost[above[-1]] = head
    return outermost


def _containers_above(place: Place) -> list[int]:
    """The objects that hold a place as an entry of an entry of …, all of one type, nearest first."""
    links = place.named.links
    nodes = []
    for above, link in zip(reversed(links[:-1]), reversed(links[1:]), strict=True):
        if not link.indexed or above.step.type != links[-1].step.type:
            break
        nodes.append(above.node)
    return nodes


def _merge_holders(step: Later, findings: list[Finding]) -> list[Finding]:
    """Join findings that keep the same objects: a dict and an index of it are one thing with two holders."""
    growth = step.growth
    of_group = {number: finding for finding in findings for number in finding.groups}
    gone: set[int] = set()
    for finding in findings:
        if id(finding) in gone or not _could_matter(finding, growth):
            continue
        others = find_other_holders(step.routes, growth, finding.groups)
        finding.others = tuple(other.place for other in others if other.place.node != finding.place.node)
        for other in others:
            twin = next((of_group[number] for number in other.groups if number in of_group), None)
            if twin is None or twin is finding or id(twin) in gone:
                continue
            if _entries(twin, growth) <= 2 * _entries(finding, growth):
                finding.groups.extend(twin.groups)
                gone.add(id(twin))
    return [finding for finding in findings if id(finding) not in gone]


def _entries(finding: Finding, growth: Growth) -> int:
    return sum(len(growth.entries(number)) for number in finding.groups)


def _could_matter(finding: Finding, growth: Growth) -> bool:
    objects = sum(growth.groups[number].objects for number in finding.groups)
    return worth_listing(Trend((objects,), (finding.bytes(growth),)))


def _merge_bookkeeping(step: Later, findings: list[Finding]) -> list[Finding]:
    """What a library object notes about its entries in a second container goes with them."""
    main: dict[int, Finding] = {}
    for finding in findings:
        owner = _library_owner(step.routes, finding.place)
        if owner >= 0 and not _is_bookkeeping(finding, step.growth):
            main.setdefault(owner, finding)
    kept = []
    for finding in findings:
        ahead = main.get(_library_owner(step.routes, finding.place))
        if (
            ahead is None
            or ahead is finding
            or not _is_bookkeeping(finding, step.growth)
            or _entries(finding, step.growth) > 2 * _entries(ahead, step.growth)
        ):
            kept.append(finding)
        else:
            ahead.groups.extend(finding.groups)
    return kept


def _library_owner(routes: Routes, place: Place) -> int:
    """The library's object that has the holder as its attribute, or -1."""
    node, module = find_owner(routes.graph, place)
    return node if module and is_library(module) else -1


def _is_bookkeeping(finding: Finding, growth: Growth) -> bool:
    return all(set(growth.groups[number].held) <= BOOKKEEPING for number in finding.groups)
