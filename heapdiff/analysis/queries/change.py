"""What a comparison with an earlier snapshot says, for a picture: what is new, which suspect to draw, what is in red."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.comparison.captured import is_other_process
from heapdiff.analysis.comparison.comparing import compare
from heapdiff.analysis.growth.survivors import find_survivors
from heapdiff.analysis.holders.lookup import resolve_holder
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.witnesses.telling import name_agreed
from heapdiff.answers import Comparison, Confidence, Suspect, Verdict, VerdictKind
from heapdiff.errors import UsageError
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.narrow import distinct

MOST_SUSPECTED: Final = 10


def compare_with(base: HeapGraph, after: HeapGraph) -> Comparison:
    """Before anything else is known of either graph: the comparison needs the same, and lets it go."""
    if is_other_process(base.summary, after.summary):
        raise UsageError(
            "the base snapshot is from another process", "Give an earlier snapshot of the same worker."
        )
    return compare([base, after])


@dataclass(frozen=True)
class Change:
    """The comparison's judgement on what is new since an earlier snapshot."""

    verdict: Verdict
    new: NDArray[np.bool_]  # (n,)
    suspected: NDArray[
        np.bool_
    ]  # (n,) holders that the comparison takes for a leak, or for the owners of native memory
    suspect: Suspect | None  # the one to draw
    sites: Mapping[
        int, str
    ]  # node of a suspected holder -> who allocated what it newly keeps, where samples agree

    @classmethod
    def judged(cls, comparison: Comparison, base: Routes, after: Routes) -> Change:
        verdict, suspects = comparison.verdict, comparison.suspects
        blamed = [
            each for each in suspects if each.confidence is not Confidence.LOW or _owns_native(verdict, each)
        ]
        suspected, sites = np.zeros(len(after.graph), np.bool_), dict[int, str]()
        for suspect in blamed[:MOST_SUSPECTED]:
            holders = find_holders(after, suspect)
            suspected[holders] = True
            if site := name_agreed(suspect.allocated):
                sites.update(dict.fromkeys(holders.tolist(), site))
        named = [each for each in blamed if _owns_native(verdict, each)]
        first = next(iter((*named, *suspects)), None)
        return cls(verdict, find_survivors(base, after).before_of < 0, suspected, first, sites)

    @property
    def blames(self) -> bool:
        return bool(self.suspected.any())


def find_holders(routes: Routes, suspect: Suspect) -> NDArray[np.int64]:
    """All holders that a suspect stands for."""
    holder = suspect.holder
    there = routes.graph.index_of(int(holder.address, 16))
    found = resolve_holder(routes, holder.path) if suspect.holders > 1 else ()
    return distinct(np.array([there, *found], np.int64))


def _owns_native(verdict: Verdict, suspect: Suspect) -> bool:
    return verdict.kind is VerdictKind.NATIVE and suspect.holder.path in verdict.text
