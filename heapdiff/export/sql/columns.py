"""The columns that a graph doesn't have as arrays. Each costs 1 to 4 bytes per row, so they are built only when needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.holders.shapes import IS_ENTRY
from heapdiff.analysis.naming.steps import shape_by_type
from heapdiff.analysis.reach.retained import find_start_nodes
from heapdiff.format import LABEL_SHIFT, EdgeKind, TypeFlag
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.narrow import Narrow, blocks
from heapdiff.graph.paths import compute_reachable

NOTHING: Final = 2**32 - 1
BLOCK: Final = 1 << 17  # objects at a time
NO_LENGTH: Final = NOTHING
PARTS: Final = 16


def number_nodes(graph: HeapGraph) -> NDArray[np.uint32]:
    """0, 1, 2, …: (n,)."""
    return np.arange(len(graph), dtype=np.uint32)


def widen(column: Narrow) -> NDArray[Any]:
    """All of its numbers, (n,): in 4 bytes each where that's enough."""
    most = max(int(column.wide.max(initial=0)), column.least + int(np.iinfo(column.short.dtype).max))
    numbers = np.empty(len(column), np.uint32 if most <= NOTHING else np.int64)
    for block in blocks(len(column)):
        numbers[block] = column[block]
    return numbers


def find_sources(graph: HeapGraph, nodes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Whose each reference is, (m,)."""
    return np.repeat(nodes, np.diff(graph.first_edge))


def find_source_types(graph: HeapGraph) -> NDArray[np.integer]:
    """The type of the object that each reference belongs to, (m,)."""
    found = np.empty(len(graph.targets), graph.type_ids.dtype)
    for some in blocks(len(graph), BLOCK):
        first = graph.first_edge[some.start : some.stop + 1]
        found[first[0] : first[-1]] = np.repeat(graph.type_ids[some], np.diff(first))
    return found


def find_target_types(graph: HeapGraph) -> NDArray[np.integer]:
    """The type of the object that each reference leads to, (m,)."""
    found = np.empty(len(graph.targets), graph.type_ids.dtype)
    for some in blocks(len(graph.targets), BLOCK):
        found[some] = graph.type_ids[graph.targets[some]]
    return found


def count_referrers(graph: HeapGraph) -> NDArray[np.uint32]:
    """How many references lead to each object, without weak ones, (n,)."""
    found = np.zeros(len(graph), np.uint32)
    for some in blocks(len(graph.targets), BLOCK):
        strong = graph.labels[some] >> LABEL_SHIFT != EdgeKind.WEAK
        np.add.at(found, graph.targets[some][strong], np.uint32(1))
    return found


def find_reached(graph: HeapGraph, held: NDArray[np.int64]) -> NDArray[np.bool_]:
    """What the roots, or what something outside the graph holds, lead to, (n,). 6 bytes per object meanwhile."""
    return compute_reachable(graph, find_start_nodes(graph, held))


def count_by_type(graph: HeapGraph) -> NDArray[np.int64]:
    """How many objects each type has, (types,)."""
    counts = np.zeros(len(graph.types), np.int64)
    for some in blocks(len(graph)):
        counts += np.bincount(graph.type_ids[some], minlength=len(graph.types))
    return counts


def count_entries(graph: HeapGraph) -> NDArray[np.uint32]:
    """Elements, dict entries and members of each object, (n,); NO_LENGTH for what has none and is no container. O(n + m)."""
    sized = _find_sized(graph)
    before = np.zeros(len(graph) + 1, np.uint32)  # entries that come before each object's
    node = passed = 0
    for some in blocks(len(graph.targets), BLOCK):
        sums = np.zeros(some.stop - some.start + 1, np.uint32)
        np.cumsum(IS_ENTRY[graph.labels[some] >> LABEL_SHIFT], out=sums[1:])
        end = int(np.searchsorted(graph.first_edge, np.int32(some.stop), side="right"))
        before[node:end] = passed + sums[graph.first_edge[node:end] - some.start]
        node, passed = end, passed + int(sums[-1])
    for some in blocks(len(graph), BLOCK):
        counts = before[some.start + 1 : some.stop + 1] - before[some]
        missing = (counts == 0) & ~sized[graph.type_ids[some]]
        before[some] = np.where(missing, NO_LENGTH, counts)
    return before[:-1]


def find_duplicates(graph: HeapGraph) -> NDArray[np.bool_]:
    """Strings and bytes of which an earlier object of their type is equal, (n,); none where the snapshot has no hashes.

    O(n log n); by a part of the hashes at a time, so that what's sorted is about 2 bytes per object.
    """
    found, hashes = np.zeros(len(graph), np.bool_), graph.hashes
    for part in range(PARTS if hashes is not None else 0):
        assert hashes is not None
        nodes = np.concatenate(
            [np.zeros(0, np.uint32), *(_find_part(hashes, part, some) for some in blocks(len(graph), BLOCK))]
        )
        keys = hashes[nodes].astype(np.uint64) << np.uint64(32)
        keys |= graph.type_ids[nodes]
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        found[nodes[order[1:][keys[1:] == keys[:-1]]]] = True
    return found


def _find_part(hashes: NDArray[np.uint32], part: int, some: slice) -> NDArray[np.uint32]:
    there = (hashes[some] % PARTS == part) & (hashes[some] != 0)
    nodes: NDArray[np.int64] = np.flatnonzero(there) + some.start
    return nodes.astype(np.uint32)


def _find_sized(graph: HeapGraph) -> NDArray[np.bool_]:
    """The types whose objects have a length without any entry."""
    found = np.zeros(len(graph.types), np.bool_)
    examples = np.full(len(graph.types), -1, np.int64)
    for some in reversed(list(blocks(len(graph), BLOCK))):
        examples[graph.type_ids[some][::-1]] = np.arange(some.stop - 1, some.start - 1, -1)
    for number, (kind, node) in enumerate(zip(graph.types, examples.tolist(), strict=True)):
        shape = shape_by_type(graph, node) if node >= 0 else None
        found[number] = bool(kind.flags & TypeFlag.DICT) or (shape is not None and shape.sized)
    return found


def texts(names: Sequence[str]) -> NDArray[Any]:
    """Names as a column: what UTF-8 can't say becomes an escape."""
    column = np.empty(len(names), object)
    column[:] = [name.encode("utf-8", "backslashreplace").decode("utf-8") for name in names]
    return column
