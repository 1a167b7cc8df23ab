"""Long lists that only a running function has: where it goes through them once, a generator never needs all of it at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from heapdiff.analysis.holders.holder import is_own, place_of
from heapdiff.analysis.waste.ground.blocks import occupy
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.format import LABEL_SHIFT, EdgeKind, TypeFlag

RULE: Final = Rule("list-in-frame", Topic.DATA_STRUCTURES)
LONG: Final = 10_000
MOST_LISTS: Final = 20
HOLDING: Final = frozenset(("generator", "coroutine", "async_generator", "frame", "list_iterator"))


def find_lists_in_frames(heap: Heap) -> Iterator[Finding]:
    graph = heap.graph
    nodes = heap.of_type("list")
    nodes = nodes[graph.first_edge[nodes + 1] - graph.first_edge[nodes] >= LONG]
    held = [node for node in nodes.tolist() if heap.routes.reached[node] and _is_only_in_frames(heap, node)]
    held.sort(key=lambda node: (graph.first_edge[node] - graph.first_edge[node + 1], node))
    for node in held[:MOST_LISTS]:
        place = place_of(heap.routes, node)
        if not is_own(heap.routes, place):
            continue
        row = graph.row(node)
        elements = graph.distinct(graph.targets[row])
        elements = elements[graph.refcounts[elements] == 1]
        length, taken = row.stop - row.start, int(occupy(graph.sizes[elements]).sum() + graph.sizes[node])
        yield RULE.found(
            heap,
            f"A list of {length:,} that only a running function has: {place.path}",
            bytes=taken,
            saves=None,
            change="If the function goes through it once, make it a generator: it then has one element at a time. That lowers "
            "the peak, not what the worker has afterwards.",
            code=("rows = (read(line) for line in lines)",),
            check="Afterwards, heapdiff advise --all on a snapshot taken while it runs doesn't name the list anymore.",
            confidence=Confidence.LOW,
            reason="Nothing else refers to the list now; a snapshot can't tell whether the function needs it as a whole.",
            holder=place.path,
            type="list",
            count=length,
            headline=False,
        )


def _is_only_in_frames(heap: Heap, node: int) -> bool:
    """Whether variables of running functions are all that hold it, and what goes through it for them."""
    graph = heap.graph
    turned = graph.referrers
    row = turned.row(node)
    holding = [
        bool(graph.types[kind].flags & TypeFlag.PSEUDO) or graph.types[kind].name in HOLDING
        for kind in graph.type_ids[turned.sources[row]].tolist()
    ]
    named = graph.labels[turned.edges[row]] >> LABEL_SHIFT == EdgeKind.LOCAL
    return all(holding) and bool(np.any(named)) and int(graph.refcounts[node]) == len(holding)
