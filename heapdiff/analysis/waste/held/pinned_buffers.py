"""Large buffers that are kept only for small views of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.naming.amounts import format_bytes
from heapdiff.analysis.waste.ground.blocks import occupy
from heapdiff.analysis.waste.ground.keepers import Kept, find_keepers, place_of_kept
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.narrow import distinct
from heapdiff.knowledge.advice.data_types import ARRAYS, MANAGED, MEMORYVIEW, VIEW_BASE

RULE: Final = Rule("pinned-buffers", Topic.DATA_IN_MEMORY)
LEAST: Final = 1_000_000
SMALL: Final = 0.1  # of the buffer


def find_pinned_buffers(heap: Heap) -> Iterator[Finding]:
    """Buffers from 1 MB on to which only views refer, that show a tenth at most. O(references of views)."""
    graph = heap.graph
    bases, views, holders, shown = _find_views(heap)
    if not len(bases):
        return
    order = np.argsort(bases, kind="stable")
    bases, views, shown = bases[order], views[order], shown[order]
    nodes, first, counts = np.unique(bases, return_index=True, return_counts=True)
    sums = np.add.reduceat(
        shown.astype(np.float64), first
    )  # of views that repeat a buffer, more than an int64 holds
    known = ~np.logical_or.reduceat(shown < 0, first)
    alone = graph.refcounts[nodes] == _count_holders(graph, bases, holders[order])
    pinned = known & alone & (graph.sizes[nodes] >= LEAST) & (sums <= SMALL * graph.sizes[nodes])
    buffers, through, sums, counts = nodes[pinned], views[first[pinned]], sums[pinned], counts[pinned]
    for kept in find_keepers(heap, distinct(views[np.isin(bases, buffers)])):
        mine = np.isin(through, kept.nodes)  # each buffer where its first view is
        if mine.any():
            yield _tell(heap, kept, buffers[mine], int(sums[mine].sum()), int(counts[mine].sum()))


def _count_holders(
    graph: HeapGraph, bases: NDArray[np.int64], holders: NDArray[np.int64]
) -> NDArray[np.int64]:
    """How many references to each buffer its views have: memoryviews of one buffer share one."""
    pairs: NDArray[np.int64] = distinct(bases * len(graph) + holders)
    return np.unique(pairs // len(graph), return_counts=True)[1]


def _find_views(
    heap: Heap,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Each view's buffer, the view, what refers to the buffer for it, and how many bytes it shows (-1: unknown)."""
    graph = heap.graph
    edges = graph.attributes(VIEW_BASE)
    arrays = graph.owners_of(edges)
    mine = np.isin(graph.type_ids[arrays], _numbers(heap, *ARRAYS))
    managed = np.isin(graph.type_ids, _numbers(heap, MANAGED))
    into = np.flatnonzero(managed[graph.targets])
    memory = graph.owners_of(into)
    into, memory = (
        each[np.isin(graph.type_ids[memory], _numbers(heap, MEMORYVIEW))] for each in (into, memory)
    )
    between = graph.targets[into].astype(np.int64)
    single = graph.first_edge[between + 1] - graph.first_edge[between] == 1
    held = graph.targets[graph.first_edge[between[single]]].astype(np.int64)
    views = np.concatenate([arrays[mine], memory[single]])
    shown = np.array([graph.views.get(view, -1) for view in views.tolist()], np.int64)
    bases = np.concatenate([graph.targets[edges[mine]].astype(np.int64), held])
    return bases, views, np.concatenate([arrays[mine], between[single]]), shown


def _numbers(heap: Heap, *names: str) -> list[int]:
    return [number for number, kind in enumerate(heap.graph.types) if kind.name in names]


def _tell(heap: Heap, kept: Kept, buffers: NDArray[np.int64], shown: int, views: int) -> Finding:
    graph, path = heap.graph, place_of_kept(heap, kept).path
    bytes_ = int(occupy(graph.sizes[buffers]).sum())
    kind = graph.type_name(int(buffers[0]))
    array = kind in ARRAYS
    many = len(buffers) > 1
    return RULE.found(
        heap,
        f"{f'{len(buffers):,} buffers' if many else 'A buffer'} of {format_bytes(bytes_)}, kept for "
        f"{'views' if views > 1 else 'a view'} of {format_bytes(shown)} in {path}",
        bytes=bytes_,
        saves=max(0, bytes_ - shown),
        holder=path,
        type=kind,
        count=len(buffers),
        change="A slice of an array or a memoryview keeps the whole that it was cut from. Copy the part that you keep.",
        code=("kept = whole[:100].copy()       # not whole[:100]",)
        if array
        else ("kept = bytes(view[:100])        # not view[:100]",),
        check="Take a snapshot after the change: the buffers are gone from heapdiff show --by type.",
        confidence=Confidence.HIGH,
        reason="Nothing else refers to the buffer: all of its references come from the views.",
        headline=None if kept.own else False,
    )
