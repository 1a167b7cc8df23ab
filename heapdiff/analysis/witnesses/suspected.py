"""The samples of what one finding newly keeps: of its new objects, and of its holders' own buffers."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.growth.entries import Entries
from heapdiff.analysis.growth.findings import Finding
from heapdiff.analysis.trends.history import History
from heapdiff.analysis.witnesses.agreement import NOTHING, Testimony
from heapdiff.analysis.witnesses.calls import CallCounts, count_calls
from heapdiff.analysis.witnesses.choosing import Witnesses
from heapdiff.analysis.witnesses.telling import tell, tell_of_none


@dataclass(frozen=True)
class Suspected:
    """The last graph's samples since the first, and which group of growth each is of."""

    history: History

    @cached_property
    def witnesses(self) -> Witnesses:
        return Witnesses(self.history.last.routes.graph, self.history.first.graph)

    @cached_property
    def groups(self) -> NDArray[np.int64]:
        return self.history.last.growth.groups_at(self.witnesses.nodes)

    @cached_property
    def calls(self) -> CallCounts:
        return count_calls(self.history.summaries)

    def ask(self, finding: Finding, entries: Entries) -> Testimony:
        """Who allocated it; or its entries, if they come from another function than what they keep."""
        if self.witnesses.stacks is None:
            return NOTHING
        nodes, holders = self.witnesses.nodes, [place.node for place in (finding.place, *finding.places)]
        new, buffers = np.isin(self.groups, finding.groups), np.isin(nodes, holders)
        tops = np.isin(nodes, entries.values) | np.isin(nodes, entries.keys)
        return self.witnesses.ask_closer(new | buffers, tops | buffers)

    def tell(self, testimony: Testimony, grown: int) -> str:
        """The same in a sentence, also of what grew by so many bytes without any sample; empty if nothing was sampled."""
        samples = self.history.last.routes.graph.samples
        if testimony.rows or samples is None:
            return tell(testimony, "Entries allocated")
        intervals = [each.interval for each in samples.recordings]
        return tell_of_none(max(intervals, default=0), grown)
