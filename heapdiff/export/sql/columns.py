"""The columns that a graph doesn't have as arrays. Each costs 4 bytes per row, so they are built only when they're needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.holders.shapes import IS_ENTRY
from heapdiff.analysis.naming.steps import shape_by_type
from heapdiff.analysis.reach.retained import measure
from heapdiff.format import LABEL_SHIFT, TypeFlag
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.narrow import Narrow, blocks

NOTHING: Final = 2**32 - 1
BLOCK: Final = 1 << 20  # objects at a time
NO_LENGTH: Final = NOTHING


@dataclass(frozen=True, slots=True)
class Dominators:
    """`idom`: n where only the roots together dominate an object, n + 1 where nothing reaches it."""

    idom: NDArray[np.uint32]  # (n,)
    retained: NDArray[
        np.unsignedinteger
    ]  # (n,) of 4 bytes where that's enough; its largest number where unreached


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


def count_entries(graph: HeapGraph) -> NDArray[np.uint32]:
    """Elements, dict entries and members of each object, (n,); NO_LENGTH for what has none and is no container.

    O(n + m), 10 bytes per reference of a block meanwhile.
    """
    sized = _find_sized(graph)
    lengths = np.zeros(len(graph), np.uint32)
    for start in range(0, len(graph), BLOCK):
        first = graph.first_edge[start : start + BLOCK + 1]
        kinds = graph.labels[first[0] : first[-1]] >> LABEL_SHIFT
        passed = np.zeros(len(kinds) + 1, np.int64)
        np.cumsum(IS_ENTRY[kinds], out=passed[1:])
        counts = np.diff(passed[first - first[0]])
        missing = (counts == 0) & ~sized[graph.type_ids[start : start + BLOCK]]
        lengths[start : start + BLOCK] = np.where(missing, NO_LENGTH, counts)
    return lengths


def compute_dominance(graph: HeapGraph, held: NDArray[np.int64]) -> Dominators:
    """Dominators and retained bytes as columns. The references that are turned round for it are gone afterwards."""
    found = measure(replace(graph), held)
    unreached = found.idom > len(graph)
    narrow = int(found.retained.max(initial=0)) < NOTHING
    retained = found.retained.astype(np.uint32) if narrow else found.retained.view(np.uint64)
    retained[unreached] = np.iinfo(retained.dtype).max
    return Dominators(found.idom, retained)


def _find_sized(graph: HeapGraph) -> NDArray[np.bool_]:
    """The types whose objects have a length without any entry."""
    found = np.zeros(len(graph.types), np.bool_)
    examples = np.full(len(graph.types), -1, np.int64)
    examples[graph.type_ids[::-1]] = np.arange(len(graph) - 1, -1, -1)
    for number, (kind, node) in enumerate(zip(graph.types, examples.tolist(), strict=True)):
        shape = shape_by_type(graph, node) if node >= 0 else None
        found[number] = bool(kind.flags & TypeFlag.DICT) or (shape is not None and shape.sized)
    return found


def texts(names: Sequence[str]) -> NDArray[Any]:
    """Names as a column: what UTF-8 can't say becomes an escape."""
    column = np.empty(len(names), object)
    column[:] = [name.encode("utf-8", "backslashreplace").decode("utf-8") for name in names]
    return column
