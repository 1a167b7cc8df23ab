"""Lists, sets and dicts with one thing in them: a tuple of it, or the thing itself, takes a fraction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from heapdiff.analysis.waste.ground.blocks import occupied, occupy
from heapdiff.analysis.waste.ground.groups import Group, find_groups
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.knowledge.advice.layouts import DICT, LIST, POINTER, SET, layout_of

RULE: Final = Rule("single-containers", Topic.DATA_STRUCTURES)
BARE: Final = {"dict": DICT, "list": LIST, "set": SET}
REFERENCES: Final = {"dict": 2, "list": 1, "set": 1}  # of one entry
CODE: Final = {
    "dict": ("pair = (key, value)",),
    "list": ("values = (value,)", "values += (another,)  # a new tuple, where it grows after all"),
    "set": ("values = (value,)", "if value not in values: values += (value,)"),
}


def find_single_containers(heap: Heap) -> Iterator[Finding]:
    graph = heap.graph
    for kind, bare in BARE.items():
        nodes = heap.of_type(kind)
        single = graph.first_edge[nodes + 1] - graph.first_edge[nodes] == REFERENCES[kind]
        nodes = nodes[single & (graph.refcounts[nodes] == 1) & (graph.sizes[nodes] >= bare)]
        nodes = nodes[~heap.routes.homes.is_namespace[nodes]]
        taken = occupied(bare) + occupy(graph.sizes[nodes] - bare)
        least = occupied(layout_of(heap.summary.process.python).tuple + POINTER * REFERENCES[kind])
        for group in find_groups(heap, nodes, taken, taken - least):
            yield _tell(group, kind, least)


def _tell(group: Group, kind: str, least: int) -> Finding:
    return RULE.found(
        group.heap,
        f"{group.count:,} {kind}s with a single {'value' if kind != 'dict' else 'entry'} in {group.holder}",
        bytes=group.bytes,
        saves=group.saves,
        change=f"Use a tuple, which takes {least} bytes instead of {round(group.bytes / group.count)}, or keep the value itself.",
        code=CODE[kind],
        check=f"Afterwards, heapdiff show A --by type lists {group.count:,} fewer {kind}s.",
        confidence=Confidence.MEDIUM,
        reason="Each had one entry when the snapshot was taken. Leave those alone that soon get more.",
        holder=group.holder,
        type=kind,
        count=group.count,
        example=group.example,
    )
