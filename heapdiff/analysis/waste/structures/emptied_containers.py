"""Dicts and sets that were emptied entry by entry: they keep the table that they had grown to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from heapdiff.analysis.waste.ground.blocks import occupy
from heapdiff.analysis.waste.ground.groups import Group, find_groups
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.knowledge.advice.layouts import DICT, SET

RULE: Final = Rule("emptied-containers", Topic.DATA_STRUCTURES)
BARE: Final = {"dict": DICT, "set": SET}


def find_emptied_containers(heap: Heap) -> Iterator[Finding]:
    graph = heap.graph
    for kind, bare in BARE.items():
        nodes = heap.of_type(kind)
        emptied = (graph.first_edge[nodes + 1] == graph.first_edge[nodes]) & (graph.sizes[nodes] > bare)
        nodes = nodes[emptied & ~heap.routes.homes.is_namespace[nodes]]
        body = occupy(graph.sizes[nodes] - bare)
        for group in find_groups(heap, nodes, body + occupy(bare), body):
            yield _tell(group, kind)


def _tell(group: Group, kind: str) -> Finding:
    name = group.example.rpartition(".")[2]
    name = name if name.isidentifier() else "entries"
    return RULE.found(
        group.heap,
        f"{group.count:,} emptied {kind}{'' if group.count == 1 else 's'} in {group.holder} that kept the room of their entries",
        bytes=group.bytes,
        saves=group.saves,
        change=f"Empty a {kind} with clear(), which gives its table back; pop and del keep it. Or assign None to it.",
        code=(f"{name}.clear()",),
        check="Afterwards, heapdiff advise on a new snapshot doesn't name them anymore.",
        confidence=Confidence.HIGH,
        reason="There are no entries in them, but a table for some.",
        holder=group.holder,
        type=kind,
        count=group.count,
        example=group.example,
    )
