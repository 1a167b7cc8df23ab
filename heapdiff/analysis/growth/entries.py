"""The new entries of a finding: the new objects directly below its holders, of what types those are, and what they lead to."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.growth.findings import Finding, Later
from heapdiff.analysis.reach.routes import Routes
from heapdiff.format import LABEL_SHIFT, EdgeKind
from heapdiff.graph.narrow import distinct

OFTEN: Final = 0.25  # of the entries: of a dict's, a key and its value are two
MOSTLY: Final = 0.5


@dataclass(frozen=True)
class Entries:
    """`keys` are those of dicts; `values` everything else, which where both are new are two objects for one entry."""

    keys: NDArray[np.int64]
    values: NDArray[np.int64]
    often: frozenset[str]  # types of many of them
    mainly: str  # the type of most values, or of most keys where no value is new; empty where they differ

    @property
    def count(self) -> int:
        """How many entries these are, as far as new objects tell it."""
        return max(len(self.keys), len(self.values))


def find_entries_of(step: Later, finding: Finding) -> Entries:
    """The new entries of all holders that the finding stands for. Costs a little for each new object that it has."""
    routes, tops = step.routes, _find_tops(step, finding)
    via = routes.via[tops]
    is_key = routes.graph.labels_at(via) >> LABEL_SHIFT == EdgeKind.KEY
    keys, values = tops[is_key], tops[~is_key]
    often = [name for name, share in _shares(routes, tops) if share >= OFTEN]
    mainly = [name for name, share in _shares(routes, values if len(values) else keys) if share > MOSTLY]
    return Entries(keys, values, frozenset(often), mainly[0] if mainly else "")


def count_dragging(step: Later, finding: Finding) -> dict[str, int]:
    """For each type, how many of the new entries lead to a new object of it; nothing where the holders are new themselves.

    Costs as much as sorting the new objects that the finding has.
    """
    growth, graph = step.growth, step.routes.graph
    groups = finding.led or finding.own
    if growth.group_at(finding.place.node) >= 0:
        return {}
    members = growth.members_of(groups)
    tops = np.concatenate([np.zeros(0, np.int64), *(growth.tops(number) for number in groups)])
    pairs = distinct(tops * len(graph.types) + graph.type_ids[members])
    types, counts = np.unique(pairs % len(graph.types), return_counts=True)
    return {
        graph.types[number].name: count for number, count in zip(types.tolist(), counts.tolist(), strict=True)
    }


def _find_tops(step: Later, finding: Finding) -> NDArray[np.int64]:
    """The new objects directly below the holders; where those are new themselves, not those below their keepers."""
    growth, groups = step.growth, finding.led or finding.own
    if growth.group_at(finding.place.node) < 0:
        return growth.entries(groups)
    members = growth.members_of(groups)
    nodes = [place.node for place in (finding.place, *finding.places)]
    below: NDArray[np.int64] = members[np.isin(step.routes.parent[members], nodes)]
    return below


def _shares(routes: Routes, nodes: NDArray[np.int64]) -> list[tuple[str, float]]:
    """The types of these and what part of them each is."""
    graph = routes.graph
    types, counts = np.unique(graph.type_ids[nodes], return_counts=True)
    return [
        (graph.types[number].name, count / len(nodes))
        for number, count in zip(types.tolist(), counts.tolist(), strict=True)
    ]
