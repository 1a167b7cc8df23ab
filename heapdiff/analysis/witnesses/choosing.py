"""Which samples are of what somebody asks about: of these objects, young enough, and of one recording."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.trends.history import seconds_between
from heapdiff.analysis.witnesses.agreement import AGREE, LEAST, NOTHING, Testimony, find_allocating
from heapdiff.analysis.witnesses.stacks import Stacks
from heapdiff.format import SampleSource, TypeFlag
from heapdiff.graph.heap import HeapGraph
from heapdiff.knowledge.shapes import REUSED, REUSED_TABLE

NO_OBJECT: Final = -1


@dataclass(frozen=True)
class Witnesses:
    """The samples of one graph that count: those `since` it, if an earlier one is given."""

    graph: HeapGraph
    since: HeapGraph | None = None

    @cached_property
    def stacks(self) -> Stacks | None:
        return None if self.graph.samples is None else Stacks(self.graph, self.graph.samples)

    @cached_property
    def nodes(self) -> NDArray[np.int64]:
        """For each sample that counts the object that has it; of the others none that can be asked for."""
        samples = self.graph.samples
        if samples is None:
            return np.zeros(0, np.int64)
        span = _milliseconds_between(self.since, self.graph)
        return np.where(samples.ages_ms <= span, samples.nodes, NO_OBJECT - 1)

    def ask(self, of: NDArray[np.bool_]) -> Testimony:
        """Who allocated what these samples, (k,), are of; nothing where there's none."""
        if self.stacks is None or not of.any():
            return NOTHING
        chosen = self._choose(self.stacks, np.flatnonzero(of))
        doubtful = self._doubtful[chosen].sum() > (1 - AGREE) * len(chosen)
        return find_allocating(self.stacks, chosen, bool(doubtful))

    def ask_closer(self, wide: NDArray[np.bool_], close: NDArray[np.bool_]) -> Testimony:
        """Who allocated these; or only the closer ones, if their own samples agree on another function.

        Of one function, it's the line of the closer ones that is named. A server that makes the closer ones, such as a context
        per request, says less than the view that puts something into them.
        """
        testimony, closer = self.ask(wide), self.ask(close & ~self._doubtful)
        if not closer.agreeing or (testimony.is_entered and not closer.is_entered):
            return testimony
        if closer.named != testimony.named:
            return replace(closer, closer=True)
        return testimony.with_line(closer.agreeing[0].line)

    def ask_of(self, mask: NDArray[np.bool_]) -> Testimony:
        """Who allocated these objects, a mask of all, and the buffers that they own."""
        return self.ask(self.are_of(mask))

    def are_of(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The samples of these objects, a mask of all."""
        owned = self.nodes >= 0
        return owned & mask[np.where(owned, self.nodes, 0)] if len(mask) else np.zeros(len(owned), np.bool_)

    def ask_of_no_object(self) -> Testimony:
        """Who allocated, through Python's allocators, what no object owns."""
        return self.ask(self.nodes == NO_OBJECT)

    def _choose(self, stacks: Stacks, found: NDArray[np.int64]) -> NDArray[np.int64]:
        """Of the sampler if it has enough of them: others don't say in which functions it was."""
        samples = stacks.samples
        by_sampler = np.array([each.source is SampleSource.SAMPLER for each in samples.recordings], np.bool_)
        sampled = by_sampler[samples.recording[found]]
        ours, others = self._without_reused(found[sampled]), found[~sampled]
        return ours if len(ours) >= min(LEAST, len(others)) else others

    def _without_reused(self, found: NDArray[np.int64]) -> NDArray[np.int64]:
        better = found[~self._doubtful[found]]
        return better if len(better) >= min(LEAST, len(found)) else found

    @cached_property
    def _doubtful(self) -> NDArray[np.bool_]:
        """Samples of what CPython keeps when it dies and hands out again: they may name the code that its first owner had."""
        samples, types = self.graph.samples, self.graph.types
        if samples is None or not (samples.nodes >= 0).any():
            return np.zeros(len(self.nodes), np.bool_)
        owned = samples.nodes >= 0
        of = self.graph.type_ids[np.where(owned, samples.nodes, 0)]
        reused = np.array([kind.name in REUSED for kind in types], np.bool_)[of]
        table = np.array([bool(kind.flags & TypeFlag.DICT) for kind in types], np.bool_)[of]
        return owned & np.where(samples.direct, reused, table & (samples.bytes <= REUSED_TABLE))


def _milliseconds_between(earlier: HeapGraph | None, later: HeapGraph) -> float:
    """Any age counts where nothing says when the graphs were taken."""
    if earlier is None or earlier.summary is None or later.summary is None:
        return float("inf")
    return seconds_between((earlier.summary, later.summary))[0] * 1000
