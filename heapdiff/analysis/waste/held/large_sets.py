"""Containers that keep a large part of the heap, wherever they are: found where what they keep comes together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.holders.holder import Place, is_own, place_of
from heapdiff.analysis.holders.shapes import length_of
from heapdiff.analysis.reach.retained import find_topmost
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.wording import shell_word
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.analysis.waste.held.accumulation import (
    NEARLY_ALL,
    count_new_entries,
    find_own_globals,
    tell_entries,
)
from heapdiff.answers import Confidence, Finding, HolderKind, Topic
from heapdiff.format import RootKind, TypeFlag
from heapdiff.knowledge.advice.amounts import HEADLINE_SHARE, LARGE_BYTES
from heapdiff.knowledge.advice.data_types import DATA_TYPES

RULE: Final = Rule("large-sets", Topic.DATA_IN_MEMORY)
MOST: Final = 20
PARTS: Final = 16  # references: fewer are an object's, not a container's


def find_large_sets(heap: Heap) -> Iterator[Finding]:
    """Those of at least 1 % of the heap and 10 MB that no variable of the application's modules stands for by itself."""
    points = _find_points(heap)
    points = points[~np.isin(heap.variables[points], find_own_globals(heap))]
    points = find_topmost(heap.dominance, points)
    ranked = sorted(zip(heap.retained[points].tolist(), points.tolist(), strict=True), reverse=True)
    for bytes_, node in ranked[:MOST]:
        place = place_of(heap.routes, node)
        if place.kind is not HolderKind.FUNCTION_DEFAULT:  # that's a rule of its own
            yield _tell(heap, place, bytes_)


def _find_points(heap: Heap) -> NDArray[np.int64]:
    """Containers with so much, of which no part has nearly all: the last ones on the way down. O(n)."""
    graph, idom, retained = heap.graph, heap.dominance.idom, heap.retained
    limit = max(LARGE_BYTES, HEADLINE_SHARE * heap.bytes)
    heavy = np.flatnonzero(retained >= NEARLY_ALL * limit)
    largest_part = np.zeros(len(graph) + 2, np.int64)
    np.maximum.at(largest_part, idom[heavy], retained[heavy])
    points = heavy[(retained[heavy] >= limit) & (largest_part[heavy] < NEARLY_ALL * retained[heavy])]
    apart = np.array(
        [
            bool(kind.flags & (TypeFlag.TYPE | TypeFlag.PSEUDO)) or kind.name in ("module", *DATA_TYPES)
            for kind in graph.types
        ],
        np.bool_,
    )
    parts = graph.first_edge[points + 1] - graph.first_edge[points]
    return points[(parts >= PARTS) & ~apart[graph.type_ids[points]] & ~heap.routes.homes.is_namespace[points]]


def _tell(heap: Heap, place: Place, bytes_: int) -> Finding:
    node, kind = place.node, heap.graph.type_name(place.node)
    own, grown = is_own(heap.routes, place), count_new_entries(heap, node)
    length = length_of(heap.graph, node) or 0
    more = f", {grown:,} more than in the first snapshot" if grown else ""
    entries = f"{tell_entries(length)} in a {kind}" if length else f"a {kind}"
    root = place.trail.root
    passing = root is not None and root.kind is RootKind.THREAD
    return RULE.found(
        heap,
        f"{place.path} keeps {entries}{more}",
        bytes=bytes_,
        saves=None,
        holder=place.path,
        type=kind,
        count=length or 1,
        change="Don't keep the whole in memory: process rows as they come, query what a request needs, and drop the rest."
        if not passing
        else "A running call has it. Process rows as they come, in a generator or in pieces, instead of all at once.",
        code=(
            "for row in cursor:               # not rows = cursor.fetchall()",
            "    yield convert(row)",
        ),
        check=f"heapdiff tree A --from {shell_word(place.path)} shows what it retains.",
        confidence=Confidence.MEDIUM,
        reason="Everything it has would go with it; whether it's needed, a snapshot can't tell.",
        headline=None if own else False,
    )
