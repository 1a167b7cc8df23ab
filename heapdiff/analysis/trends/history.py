"""The course of a finding over all snapshots: what it holds, how long it was, and what is to be thought of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.comparison.types import is_ours
from heapdiff.analysis.growth.attribution import Group
from heapdiff.analysis.growth.findings import Finding, Later
from heapdiff.analysis.naming.reading import WEAK_REFERENCES
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.trends.judgement import Judgement, Trend, judge
from heapdiff.analysis.trends.lengths import compute_lengths
from heapdiff.analysis.trends.measuring import compute_trend
from heapdiff.analysis.trends.recall import recall
from heapdiff.answers import Confidence, Held
from heapdiff.format import EdgeKind
from heapdiff.knowledge.pattern import Pattern, Traits

__all__ = ["Course", "History"]

SAMPLE: Final = 64
OFTEN: Final = 0.25  # of the entries: of a dict's, a key and its value are two
PLAIN: Final = frozenset(
    (
        "str",
        "bytes",
        "int",
        "float",
        "bool",
        "tuple",
        "list",
        "dict",
        "set",
        "frozenset",
        "weakref.ReferenceType",
    )
)
WEAKLY: Final = "It holds them weakly: what keeps them is another holder."


@dataclass(frozen=True, slots=True)
class Course:
    """How one finding grew, from all that is known of it, and the judgement that follows."""

    held: tuple[Held, ...]
    lengths: Sequence[int | None]
    patterns: tuple[Pattern, ...]
    trend: Trend
    judgement: Judgement


@dataclass(frozen=True)
class History:
    """All snapshots of a comparison; `requests` are those served in each step, or empty."""

    first: Routes
    steps: Sequence[Later]
    requests: tuple[int, ...]

    @property
    def last(self) -> Later:
        return self.steps[-1]

    def follow(self, finding: Finding) -> Course:
        """Costs a little per group."""
        place = finding.place
        groups = [self.last.growth.groups[number] for number in finding.groups]
        held = _sum_held(groups, _entry_types(self.last, finding))
        lengths = compute_lengths(finding, self.first, self.steps)
        graph = self.last.routes.graph
        traits = Traits(
            place.path,
            graph.type_name(place.node),
            place.kind,
            [entry.type for entry in held],
            [step.type for step in place.chain],
            bounded=place.node in graph.bounds,
        )
        patterns = recall(traits)
        trend = compute_trend(finding, self.first, self.steps, lengths, self.requests, held, patterns)
        weak = _holds_weakly(self.last, finding, held)
        judgement = Judgement(Confidence.LOW, WEAKLY) if weak else judge(trend)
        return Course(held, lengths, patterns, trend, judgement)


def _holds_weakly(step: Later, finding: Finding, held: tuple[Held, ...]) -> bool:
    """Whether it keeps weak references to objects that live: what keeps those is another holder."""
    types = {entry.type for entry in held}
    if not types & WEAK_REFERENCES or not types <= WEAK_REFERENCES | {"int", "str", "tuple"}:
        return False
    graph = step.routes.graph
    members = np.concatenate([step.growth.members(number)[:SAMPLE] for number in finding.groups])
    weak = [node for node in members.tolist() if graph.type_name(node) in WEAK_REFERENCES]
    alive = [any(edge.kind is EdgeKind.WEAK for edge in graph.edges(node)) for node in weak]
    return 2 * sum(alive) > len(alive)


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
    own = finding.groups[: len(finding.groups) - finding.following]
    return growth.entries(own)


def _sum_held(groups: Sequence[Group], first: frozenset[str]) -> tuple[Held, ...]:
    """What they newly hold; types in `first` come first."""
    sums: dict[str, tuple[int, int]] = {}
    for group in groups:
        for name, (count, size) in group.held.items():
            before = sums.get(name, (0, 0))
            sums[name] = (before[0] + count, before[1] + size)
    held = [
        Held(name, count, size) for name, (count, size) in sums.items() if count > 0 and not is_ours(name)
    ]
    return tuple(
        sorted(
            held,
            key=lambda entry: (entry.type not in first, -_importance(entry), -entry.count_delta, entry.type),
        )
    )


def _importance(entry: Held) -> int:
    """Bytes, but what a class of the application or a library holds tells more than the strings in it."""
    return entry.bytes_delta * (8 if "." in entry.type else 1)
