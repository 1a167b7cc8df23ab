"""The answer to `compare` with what `advise` has to say about its suspects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from heapdiff.analysis.comparison.captured import Source
from heapdiff.analysis.comparison.comparing import Compared, examine
from heapdiff.analysis.waste import caching, connections, copies, structures
from heapdiff.analysis.waste.arranging import find_waste, is_inside
from heapdiff.analysis.waste.ground.worker import Heap, HeapRule
from heapdiff.answers import Comparison, Finding, Suspect
from heapdiff.model import Summary

MOST_FINDINGS: Final = 5
MOST_OBJECTS: Final = 2_000_000  # above, it would take longer than the comparison itself
HOLDERS_RULES: Final[tuple[HeapRule, ...]] = (  # not those about modules or the process
    *structures.HEAP_RULES,
    *copies.HEAP_RULES,
    *connections.HEAP_RULES,
    *caching.HEAP_RULES,
)


def compare(
    graphs: Sequence[Source | None],
    summaries: Sequence[Summary] | None = None,
    paths: Sequence[str] | None = None,
) -> Comparison:
    """The same as `compare_whole`, for who needs no more than the answer."""
    return compare_whole(graphs, summaries, paths).comparison


def compare_whole(
    graphs: Sequence[Source | None],
    summaries: Sequence[Summary] | None = None,
    paths: Sequence[str] | None = None,
) -> Compared:
    """As `examine`, with the headlines about what a suspect is, has or holds; of a large heap a note says where they are."""
    compared = examine(graphs, summaries, paths)
    return replace(compared, comparison=_advised(compared))


def _advised(compared: Compared) -> Comparison:
    comparison = compared.comparison
    if not comparison.suspects:
        return comparison
    heap = _heap(compared)
    if len(heap.graph) > MOST_OBJECTS:
        note = f"heapdiff advise {comparison.snapshots[-1].path} says what the suspects could do without."
        return replace(comparison, notes=(*comparison.notes, note))
    found = [
        each
        for each in find_waste(heap, HOLDERS_RULES)
        if each.headline and concerns(each, comparison.suspects)
    ]
    return replace(comparison, advice=tuple(found[:MOST_FINDINGS]))


def _heap(compared: Compared) -> Heap:
    first, last = compared.first, compared.last
    assert first is not None, "a suspect is one in two graphs"
    assert last is not None
    return Heap(last.graph, compared.after, first.graph, last)


def concerns(finding: Finding, suspects: Sequence[Suspect]) -> bool:
    """Whether it is about a suspect's holder, what is inside it, or the type of what it newly holds."""
    return any(
        (
            finding.holder is not None
            and (
                is_inside(finding.holder, suspect.holder.path)
                or is_inside(suspect.holder.path, finding.holder)
            )
        )
        or (finding.holder is None and finding.type in {held.type for held in suspect.holds})
        for suspect in suspects
    )
