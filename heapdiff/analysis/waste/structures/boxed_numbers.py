"""Long lists of numbers: each is an object that takes three to four times what the number does, and the list a pointer to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.reach.cutout import spread
from heapdiff.analysis.waste.ground.blocks import occupied, occupy
from heapdiff.analysis.waste.ground.groups import Group, find_groups
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.graph.narrow import distinct
from heapdiff.knowledge.advice.layouts import ARRAY, LIST, POINTER

RULE: Final = Rule("boxed-numbers", Topic.DATA_STRUCTURES)
LONG: Final = 64
CHUNK: Final = 1 << 21  # elements at a time
NARROW: Final = 32  # the size of an int up to which it fits 64 bits: two digits of 30 bits
CODES: Final = {"float": "d", "int": "q"}


def find_boxed_numbers(heap: Heap) -> Iterator[Finding]:
    graph = heap.graph
    nodes = heap.of_type("list", "tuple")
    nodes = nodes[graph.first_edge[nodes + 1] - graph.first_edge[nodes] >= LONG]
    first = graph.type_ids[graph.targets[graph.first_edge[nodes]]]
    for kind in CODES:
        numbers = [number for number, each in enumerate(graph.types) if each.name == kind]
        if not numbers:
            continue
        likely = nodes[first == numbers[0]]
        parts = [_measure(heap, part, numbers[0]) for part in _split(graph.first_edge, likely)]
        if not parts:
            continue
        boxes, boxed = (np.concatenate([part[at] for part in parts]) for at in range(2))
        bodies, length = _bodies(heap, likely), graph.first_edge[likely + 1] - graph.first_edge[likely]
        taken = bodies + boxed
        saved = taken - occupied(ARRAY) - occupy(POINTER * length)
        found = np.flatnonzero((2 * boxes >= length) & (saved > 0))
        for group in find_groups(heap, likely[found], taken[found], saved[found]):
            at = np.searchsorted(likely, group.nodes)
            yield _tell(group, kind, int(boxes[at].sum()))


def _tell(group: Group, kind: str, boxes: int) -> Finding:
    several = group.count > 1
    name = group.holder.rpartition(".")[2]
    name = name if name.isidentifier() and not several else "numbers"
    return RULE.found(
        group.heap,
        f"{boxes:,} {kind}s in {f'{group.count:,} lists of ' if several else ''}{group.holder}, each an object of its own",
        bytes=group.bytes,
        saves=group.saves,
        change=f"Keep them in {'arrays' if several else 'an array'}: a number then takes 8 bytes instead of "
        f"{round(group.bytes / max(boxes, 1))}. numpy.array does the same and computes with all of them at once.",
        code=("from array import array", f'{name} = array("{CODES[kind]}", {name})'),
        check=f"Afterwards, heapdiff show A --by type lists {boxes:,} fewer {kind}s.",
        confidence=Confidence.HIGH,
        reason=f"All elements are {kind}s{' of at most 60 bits' if kind == 'int' else ''}, and nothing else refers to those "
        "counted here.",
        holder=group.holder,
        type=kind,
        count=boxes,
        example=group.example if several else "",
    )


def _bodies(heap: Heap, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
    """What these lists and tuples take: a tuple is one block, a list two."""
    graph = heap.graph
    sizes = graph.sizes[nodes]
    is_list = np.array([kind.name == "list" for kind in graph.types], np.bool_)[graph.type_ids[nodes]]
    return np.where(
        is_list, occupy(np.minimum(sizes, LIST)) + occupy(sizes - np.minimum(sizes, LIST)), occupy(sizes)
    )


def _split(first: NDArray[np.int32], nodes: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """In parts of about so many elements."""
    ends = np.cumsum(first[nodes + 1] - first[nodes])
    parts = np.searchsorted(ends, np.arange(CHUNK, int(ends[-1]) if len(ends) else 0, CHUNK))
    yield from (part for part in np.split(nodes, distinct(parts)) if len(part))


def _measure(heap: Heap, nodes: NDArray[np.int64], kind: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each how many numbers only it has, and what they take; 0 for one with anything else in it."""
    graph = heap.graph
    owners, positions = spread(graph.first_edge, nodes)
    targets = graph.targets[positions]
    alone = graph.refcounts[targets] == 1
    wrong = (graph.type_ids[targets] != kind) | (graph.sizes[targets] > NARROW)
    fits = np.bincount(owners[wrong], minlength=len(nodes)) == 0
    boxes = np.bincount(owners[alone], minlength=len(nodes)) * fits
    taken = (
        np.bincount(owners[alone], occupy(graph.sizes[targets[alone]]), len(nodes)).astype(np.int64) * fits
    )
    return boxes, taken
