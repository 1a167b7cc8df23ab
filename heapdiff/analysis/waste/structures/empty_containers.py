"""Dicts, lists and sets that nothing was ever put into: None, or one shared empty tuple, would do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from heapdiff.analysis.waste.ground.blocks import occupy
from heapdiff.analysis.waste.ground.groups import Group, find_groups
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.knowledge.advice.layouts import DICT, LIST, SET

RULE: Final = Rule("empty-containers", Topic.DATA_STRUCTURES)
BARE: Final = {"dict": DICT, "list": LIST, "set": SET}
MADE: Final = {"dict": "{}", "list": "[]", "set": "set()"}


def find_empty_containers(heap: Heap) -> Iterator[Finding]:
    graph = heap.graph
    for kind, bare in BARE.items():
        nodes = heap.of_type(kind)
        empty = graph.first_edge[nodes + 1] == graph.first_edge[nodes]
        nodes = nodes[empty & (graph.sizes[nodes] <= bare) & (graph.refcounts[nodes] == 1)]
        nodes = nodes[~heap.routes.homes.is_namespace[nodes]]
        taken = occupy(graph.sizes[nodes])
        for group in find_groups(heap, nodes, taken, taken):
            yield _tell(group, kind)


def _tell(group: Group, kind: str) -> Finding:
    name = group.example.rpartition(".")[2]
    attribute = f"self.{name}" if name.isidentifier() else "value"
    return RULE.found(
        group.heap,
        f"{group.count:,} empty {kind}s in {group.holder}",
        bytes=group.bytes,
        saves=group.saves,
        change=f"Begin with None and make the {kind} when there's something to put into it.",
        code=(
            f"{attribute} = None",
            f"if {attribute} is None:  # where the first one is added",
            f"    {attribute} = {MADE[kind]}",
        ),
        check=f"Afterwards, heapdiff show A --by type lists {group.count:,} fewer {kind}s.",
        confidence=Confidence.MEDIUM,
        reason="They were empty when the snapshot was taken, and take no room for entries: nothing was put into them yet.",
        holder=group.holder,
        type=kind,
        count=group.count,
        example=group.example,
    )
