"""What the interpreter and the libraries note about each object that a holder keeps goes with that holder.

    shop.db.ENGINES ──► Engine ──► …            600 more
    weakref.finalize._registry ──► _Info ┄weak┄► Engine        600 more: follows

Registries of finalizers and subclasses, frames and bound methods of threads, waiters of an event loop: each
grows because something else does, and is no second leak.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.growth.attribution import Growth
from heapdiff.analysis.holders.holder import Place, find_owner
from heapdiff.analysis.holders.shapes import shape_of
from heapdiff.analysis.reach.references import owner_of
from heapdiff.analysis.reach.routes import Routes
from heapdiff.answers import HolderKind
from heapdiff.format import LABEL_SHIFT, EdgeKind, RootKind

if TYPE_CHECKING:
    from heapdiff.analysis.growth.findings import Finding, Later

__all__ = ["merge_followers"]

INTERPRETER: Final = (RootKind.INTERPRETER, RootKind.THREAD, RootKind.THREAD_STATE)
LEAST: Final = 16  # entries: a single one that refers to what leaks may be its cause
SAMPLE: Final = 256
NOTED: Final = 16
MEMBERS: Final = 20_000
VALUES: Final = ("str", "int", "float", "bool", "bytes", "complex", "NoneType")  # shared by chance
SHARED: Final = 0.3  # of the entries: of a dict's, a key and its value are two


def merge_followers(step: Later, findings: Sequence[Finding]) -> list[Finding]:
    """The findings without those that only follow a heavier one, which takes over their groups.

    O(sample) for each that may follow.
    """
    growth, noted = step.growth, _Noted(step)
    owner = np.full(len(growth.groups), -1, np.int64)
    for number, finding in enumerate(findings):
        owner[finding.groups] = number
    main = list(range(len(findings)))
    for number in reversed(range(len(findings))):
        if _may_follow(step.routes, findings[number].place):
            ahead = _leader(step, findings, number, owner, noted)
            if ahead >= 0:
                findings[ahead].groups.extend(findings[number].groups)
                findings[ahead].following += len(findings[number].groups)
                findings[ahead].followers = tuple(
                    sorted(
                        {
                            *findings[ahead].followers,
                            *findings[number].followers,
                            findings[number].place.path_with_masks(),
                        }
                    )
                )
                owner[findings[number].groups] = ahead
                main.remove(number)
    return [findings[number] for number in main]


def _may_follow(routes: Routes, place: Place) -> bool:
    """Whether no code of the application writes there, or nothing stays there that is kept nowhere else."""
    library = _is_interpreters(place) or routes.ownership.is_library(place.path)
    if library or _library_object(routes, place) >= 0:
        return True
    return _has_weak_keys(routes, place)


def _has_weak_keys(routes: Routes, place: Place) -> bool:
    """Whether its entries go when what their keys refer to does, however heavy their values are."""
    node, _ = find_owner(routes.graph, place)
    shape = shape_of(routes.graph, node) if node >= 0 else None
    return shape is not None and shape.weak_keys


def _is_interpreters(place: Place) -> bool:
    root = place.trail.root
    return place.kind is HolderKind.NATIVE or (root is not None and root.kind in INTERPRETER)


def _thread(place: Place) -> str:
    root = place.trail.root
    return root.name if root is not None and root.kind is RootKind.THREAD else ""


def _may_lead(step: Later, other: Finding, finding: Finding) -> bool:
    """Whether a follower may be that of another finding: one that is lighter leads only what it takes with it."""
    if _has_weak_keys(step.routes, finding.place) or _keeps_nothing(step.growth, finding):
        return True
    heavier = other.bytes(step.growth) >= finding.bytes(step.growth)
    return heavier and _is_filled_for(step.routes, other.place, finding.place)


def _keeps_nothing(growth: Growth, finding: Finding) -> bool:
    """Whether only the container itself got larger: all that it holds is another's."""
    return not len(growth.entries(finding.groups))


def _is_filled_for(routes: Routes, other: Place, finding: Place) -> bool:
    """A library's object that the application has is filled by it: only the object's own parts follow there."""
    if _is_interpreters(finding) or routes.ownership.is_library(finding.path):
        return True
    return _library_object(routes, other) in finding.trail.nodes


def _library_object(routes: Routes, place: Place) -> int:
    """The library's object that has the holder as its attribute, or -1."""
    node, module = find_owner(routes.graph, place)
    return node if routes.ownership.is_framework(module) else -1


class _Noted:
    """New objects to which other new objects refer weakly."""

    def __init__(self, step: Later) -> None:
        self._step = step

    @cached_property
    def groups(self) -> dict[int, set[int]]:
        """Per object: the groups of those that refer to it."""
        graph, fresh = self._step.routes.graph, self._step.growth.fresh
        weak = np.flatnonzero(graph.labels >> LABEL_SHIFT == EdgeKind.WEAK)
        weak = weak[np.isin(graph.targets[weak], fresh)]
        found: dict[int, set[int]] = {}
        for owner, target in zip(owner_of(graph, weak).tolist(), graph.targets[weak].tolist(), strict=True):
            found.setdefault(target, set()).add(self._step.growth.group_at(owner))
        return found


def _leader(
    step: Later, findings: Sequence[Finding], number: int, owner: NDArray[np.int64], noted: _Noted
) -> int:
    """The heavier finding that most entries of this one refer to, or that refers to them weakly, or -1."""
    finding, growth = findings[number], step.growth
    bare = _keeps_nothing(growth, finding)
    entries = _targets(step, finding) if bare else growth.entries(finding.groups)
    if len(entries) < LEAST:
        return -1
    entries = entries[:: -(-len(entries) // SAMPLE)]
    votes: Counter[int] = Counter()
    for nodes in entries.reshape(-1, 1) if bare else _parts(step.routes, growth, finding, entries):
        groups = set(_groups_referred_to(step.routes, growth, nodes).tolist())
        groups.update(*(noted.groups.get(node, ()) for node in nodes[:NOTED].tolist()))
        groups.update(growth.group_at(node) for node in nodes[:NOTED].tolist())
        votes.update({int(owner[group]) for group in groups if group >= 0})
    for other, count in sorted(votes.items(), key=lambda item: (-item[1], item[0])):
        if other < 0 or other == number or count < SHARED * len(entries):
            continue
        if _may_lead(step, findings[other], finding):
            return other
    return -1


def _targets(step: Later, finding: Finding) -> NDArray[np.int64]:
    """The new objects to which a holder refers itself."""
    graph, node = step.routes.graph, finding.place.node
    targets = np.unique(graph.targets[int(graph.first_edge[node]) : int(graph.first_edge[node + 1])])
    return targets[np.isin(targets, step.growth.fresh)].astype(np.int64)


def _parts(
    routes: Routes, growth: Growth, finding: Finding, entries: NDArray[np.int64]
) -> Iterable[NDArray[np.int64]]:
    """For each entry all that hangs on it; of a thread's frame, all frames of that thread."""
    if _thread(finding.place):
        threads: dict[str, list[int]] = {}
        names: dict[int, str] = {}
        for root in routes.graph.roots:
            if root.kind is RootKind.THREAD:
                threads.setdefault(root.name, []).append(int(root.node))
                names[int(root.node)] = root.name
        return [np.array(threads.get(names.get(entry, ""), [entry]), np.int64) for entry in entries.tolist()]
    chosen = np.flatnonzero(np.isin(growth.entry, entries))[:MEMBERS]
    order = chosen[np.argsort(growth.entry[chosen], kind="stable")]
    cuts = np.flatnonzero(np.diff(growth.entry[order])) + 1
    return np.split(growth.fresh[order], cuts)


def _groups_referred_to(routes: Routes, growth: Growth, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Groups of the new objects that these refer to, weakly or not."""
    graph = routes.graph
    ranges = [
        graph.targets[int(graph.first_edge[node]) : int(graph.first_edge[node + 1])]
        for node in nodes.tolist()
    ]
    targets = np.concatenate(ranges).astype(np.int64) if ranges else np.zeros(0, np.int64)
    plain = [number for number, kind in enumerate(graph.types) if kind.name in VALUES]
    targets = targets[~np.isin(graph.type_ids[targets], plain)]
    at = np.minimum(np.searchsorted(growth.fresh, targets), max(0, len(growth.fresh) - 1))
    found = at[growth.fresh[at] == targets] if len(growth.fresh) else at[:0]
    groups: NDArray[np.int64] = np.unique(growth.group_of[found])
    return groups
