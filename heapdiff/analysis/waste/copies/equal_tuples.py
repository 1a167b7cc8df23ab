"""Tuples and frozensets that hold the same: one of each would do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.waste.copies.contents import BLOCK, items_of, number_contents
from heapdiff.analysis.waste.copies.repeats import Repeated, find_repeats, find_whereabouts
from heapdiff.analysis.waste.ground.blocks import occupy
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.format import LABEL_SHIFT, EdgeKind

RULE: Final = Rule("equal-tuples", Topic.DATA_STRUCTURES)
KINDS: Final = ("tuple", "frozenset")


def find_equal_tuples(heap: Heap) -> Iterator[Finding]:
    """For each place that keeps equal tuples or frozensets what all but one of each take, with texts that only they hold."""
    by_kind = {kind: heap.of_type(kind) for kind in KINDS}
    contents = number_contents(heap.graph, *by_kind.values())
    for kind, nodes in by_kind.items():
        for repeated in find_repeats(heap, nodes, contents[nodes], _weigh(heap, nodes)):
            yield _describe(heap, kind, repeated)


def _weigh(heap: Heap, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
    """What each takes, and the texts in it that nothing else refers to: a copy takes them along."""
    graph = heap.graph
    weights = occupy(graph.sizes[nodes])
    if graph.hashes is None:
        return weights
    for start in range(0, len(nodes), BLOCK):
        first, edges = items_of(graph, nodes[start : start + BLOCK])
        targets = graph.targets[edges]
        along = (graph.refcounts[targets] == 1) & (graph.hashes[targets] != 0)
        taken = np.concatenate([np.zeros(1, np.int64), np.cumsum(occupy(graph.sizes[targets]) * along)])
        weights[start : start + BLOCK] += taken[first[1:]] - taken[first[:-1]]
    return weights


def _describe(heap: Heap, kind: str, repeated: Repeated) -> Finding:
    count, different = len(repeated.nodes), repeated.different
    where = find_whereabouts(heap, repeated.nodes)
    place = f"at {where.path}" if where.all else f"in {repeated.place.path}"
    labels = heap.graph.labels[heap.graph.row(repeated.commonest)] >> LABEL_SHIFT
    items = int(np.isin(labels, (EdgeKind.ELEMENT, EdgeKind.MEMBER)).sum())
    name = where.name or "item"
    return RULE.found(
        heap,
        f"{count:,} {kind}s {place}, and only {different:,} different"
        if different > 1
        else f"{count:,} {kind}s {place}, all equal",
        bytes=repeated.bytes,
        saves=repeated.saves,
        change=f"Keep one {kind} of each: look it up in a dict before you store it, or build it once outside the loop.",
        code=(
            f"SHARED: dict[{kind}, {kind}] = {{}}",
            f"{name} = SHARED.setdefault({name}, {name})  # the first one stays",
        ),
        check=f"Take another snapshot: about {count - different:,} objects of type {kind} are gone.",
        confidence=Confidence.HIGH,
        reason="Their items are the same objects or, by a keyed hash, equal texts, and sharing what can't change is safe.",
        holder=repeated.place.path,
        type=kind,
        count=count,
        example=f"one with {items:,} item{'s' * (items != 1)}, {repeated.times:,} times, at {where.path}",
    )
