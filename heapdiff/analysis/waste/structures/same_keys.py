"""Dicts with the same keys: records, each of which has a hash table of its own to find what is always in the same place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.reach.cutout import spread
from heapdiff.analysis.waste.ground.blocks import occupy
from heapdiff.analysis.waste.ground.groups import Group, find_groups
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.wording import code_word
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.format import LABEL_SHIFT, EdgeKind
from heapdiff.graph.heap import HeapGraph, Nodes
from heapdiff.knowledge.advice.layouts import DICT, POINTER, SLOTTED

RULE: Final = Rule("same-keys", Topic.DATA_STRUCTURES)
LEAST_DICTS: Final = 1000
FEWEST_KEYS, MOST_KEYS = 2, 64
CHUNK: Final = 1 << 19  # dicts at a time
MOST_SHAPES: Final = 50
NAMES_SHOWN: Final = 6
HASHED: Final = np.uint64(1 << 32)
ODD: Final = np.uint64(0x9E3779B97F4A7C15)


def find_same_keys(heap: Heap) -> Iterator[Finding]:
    graph = heap.graph
    for nodes in _find_shapes(heap):
        keys = [int(edge.target) for edge in graph.edges(int(nodes[0]), EdgeKind.KEY)]
        taken = occupy(DICT) + occupy(graph.sizes[nodes] - DICT)
        saved = taken - occupy(SLOTTED + POINTER * len(keys))
        for group in find_groups(heap, nodes, taken, saved):
            if group.count >= LEAST_DICTS:
                yield _tell(group, keys)


def _tell(group: Group, keys: list[int]) -> Finding:
    graph = group.heap.graph
    names = [graph.name_of(key) for key in keys]
    fields = [name for name in names if name.isidentifier()][:NAMES_SHOWN]
    values = graph.edges(int(group.nodes[0]), EdgeKind.VALUE, EdgeKind.INT_VALUE)
    types = [graph.type_name(edge.target) for edge in values]
    shown = [f"{name or '…'}: {kind}" for name, kind in zip(names, types, strict=True)][:NAMES_SHOWN]
    more = ", …" if len(keys) > NAMES_SHOWN else ""
    size = int(occupy(SLOTTED + POINTER * len(keys)))
    own_keys = _measure_keys(group)
    return RULE.found(
        group.heap,
        f"{group.count:,} dicts with the same {len(keys)} keys in {group.holder}",
        bytes=group.bytes + own_keys,
        saves=group.saves + own_keys,
        change=f"Make them instances of a class with slots, which take {size} bytes instead of "
        f"{round((group.bytes + own_keys) / group.count)} and are read with row.name instead of row['name'].",
        code=(
            "@dataclass(slots=True)",
            "class Row:",
            *(
                f"    {name}: {_annotate(kind)}"
                for name, kind in zip(names, types, strict=True)
                if name in fields
            ),
            *(("    …",) if len(fields) < len(keys) else ()),
        ),
        check=f"Afterwards, heapdiff show A --by type lists {group.count:,} fewer dicts.",
        confidence=Confidence.HIGH,
        reason="Each of them has exactly these keys. Keys that are added later need a field of their own, or a dict.",
        holder=group.holder,
        type="dict",
        count=group.count,
        example=f"{group.example}: {{{', '.join(shown)}{more}}}",
    )


def _annotate(kind: str) -> str:
    return "object" if kind == "NoneType" else code_word(kind.rpartition(".")[2], "object")


def _find_shapes(heap: Heap) -> Iterator[NDArray[np.int64]]:
    """The dicts that have the same keys, each set of them with many dicts; most numerous first.

    Equal keys are the same object, as literals are, or have the same hash, as those of two calls of json.loads.
    """
    graph = heap.graph
    nodes = heap.of_type("dict")
    entries = (graph.first_edge[nodes + 1] - graph.first_edge[nodes]) // 2
    fits = (entries >= FEWEST_KEYS) & (entries <= MOST_KEYS) & ~heap.routes.homes.is_namespace[nodes]
    nodes = nodes[fits & heap.routes.reached[nodes]]
    if len(nodes) < LEAST_DICTS:
        return
    is_text = np.array([kind.name == "str" for kind in graph.types], np.bool_)
    marks = np.concatenate(
        [_mark(heap, nodes[at : at + CHUNK], is_text) for at in range(0, len(nodes), CHUNK)]
    )
    order = np.argsort(marks, kind="stable")
    starts = np.flatnonzero(np.diff(marks[order], prepend=~marks[order[:1]]))
    ends = np.append(starts[1:], len(order))
    many = np.flatnonzero((ends - starts >= LEAST_DICTS) & (marks[order[starts]] != 0))
    for at in many[np.argsort(starts[many] - ends[many], kind="stable")][:MOST_SHAPES].tolist():
        yield nodes[order[starts[at] : ends[at]]]


def _mark(heap: Heap, nodes: NDArray[np.int64], is_text: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """A number for each dict's set of keys, whatever their order; 0 where not all are str."""
    graph = heap.graph
    owners, positions = spread(graph.first_edge, nodes)
    keys = graph.labels[positions] >> LABEL_SHIFT == EdgeKind.KEY
    targets, owners = graph.targets[positions[keys]], owners[keys]
    mixed = (_identify(graph, targets) + np.uint64(1)) * ODD
    mixed ^= mixed >> np.uint64(29)
    mixed *= ODD
    text = np.bincount(owners[is_text[graph.type_ids[targets]]], minlength=len(nodes))
    counts = np.bincount(owners, minlength=len(nodes))
    starts = np.cumsum(counts) - counts
    sums = np.zeros(len(nodes), np.uint64)
    filled = counts > 0
    sums[filled] = np.add.reduceat(mixed, starts[filled])
    entries = (graph.first_edge[nodes + 1] - graph.first_edge[nodes]) // 2
    marks: NDArray[np.uint64] = np.where((text == counts) & (counts == entries), sums | np.uint64(1), 0)
    return marks


def _identify(graph: HeapGraph, keys: Nodes) -> NDArray[np.uint64]:
    """The same number for equal keys."""
    numbers = keys.astype(np.uint64)
    if graph.hashes is None:
        return numbers
    hashes = graph.hashes[keys].astype(np.uint64)
    return np.where(hashes != 0, hashes | HASHED, numbers)


def _measure_keys(group: Group) -> int:
    """What the keys take that only these dicts have: each had its own, where they came one by one."""
    graph = group.heap.graph
    _, positions = spread(graph.first_edge, group.nodes)
    keys = graph.targets[positions[graph.labels[positions] >> LABEL_SHIFT == EdgeKind.KEY]]
    distinct, counts = np.unique(keys, return_counts=True)
    alone = distinct[
        (counts == graph.refcounts[distinct]) & (counts < group.count)
    ]  # the others name the fields
    return int(occupy(graph.sizes[alone]).sum())
