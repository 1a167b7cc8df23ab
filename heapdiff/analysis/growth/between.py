"""A snapshot between the first and the last: what is kept of it after one look, so that it needn't stay in memory.

Of each group of growth up to the last snapshot how much there was of it by then, and of the new modules' objects how many
references they had. A few bytes for each of these, whatever the heap weighs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.growth.attribution import Division
from heapdiff.analysis.growth.findings import Later
from heapdiff.analysis.growth.new_modules import Counted
from heapdiff.analysis.reach.routes import Routes
from heapdiff.model import Summary


@dataclass(frozen=True)
class Between:
    """`objects` and `bytes` are those of the last step's groups, (groups,); `counted` those of new modules, where they were."""

    summary: Summary | None
    objects: NDArray[np.int64]
    bytes: NDArray[np.int64]
    counted: Mapping[int, Counted]

    def sum_up(self, groups: Sequence[int]) -> tuple[int, int]:
        """Objects and bytes that these groups had come to."""
        chosen = list(groups)
        return int(self.objects[chosen].sum()), int(self.bytes[chosen].sum())


def keep(routes: Routes, division: Division, last: Later) -> Between:
    """What is kept of a snapshot, by the growth from the first one up to it."""
    numbers = _find_groups(routes, division, last)
    there = numbers >= 0
    sums = division.sums
    objects, size = (np.where(there, column[numbers], 0) if len(column) else numbers * 0 for column in sums)
    counted = {
        number: _count(routes, division, int(numbers[number]), last, number)
        for number in last.imported
        if there[number]
    }
    return Between(routes.graph.summary, objects, size, counted)


def _find_groups(routes: Routes, division: Division, last: Later) -> NDArray[np.int64]:
    """The group of each of the last step's: the same keeper and slot, -1 where it hadn't grown by then."""
    groups, graph = last.growth.groups, last.routes.graph
    keepers = np.array([group.keeper for group in groups], np.int64)
    slots = np.array([division.book.numbers.get(group.slot, -1) for group in groups], np.int64)
    there = routes.graph.indexes_of(graph.addresses[np.maximum(keepers, 0)])
    gone = (keepers >= 0) & (there < 0)
    there[keepers < 0] = -1
    return np.where(gone | (slots < 0), -1, division.find(there, slots))


def _count(routes: Routes, division: Division, number: int, last: Later, group: int) -> Counted:
    """The references of the members of one group, as far as they were in it by then."""
    graph, members = routes.graph, last.growth.members(group)
    there = graph.indexes_of(last.routes.graph.addresses[members])
    same = (there >= 0) & (division.groups_at(there) == number)
    counts = np.where(same, graph.first_edge[there + 1].astype(np.int64) - graph.first_edge[there], 0)
    return Counted(same, counts)
