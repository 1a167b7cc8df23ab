"""Instances whose `__dict__` became an object of its own, which takes more than twice what the attributes took inside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from heapdiff.analysis.naming.amounts import format_bytes
from heapdiff.analysis.waste.ground.blocks import occupied, occupy
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.analysis.waste.structures.instances import find_instances, holder_of, occupy_instances
from heapdiff.answers import Finding, Topic
from heapdiff.graph.narrow import distinct
from heapdiff.knowledge.advice.amounts import LEAST_BYTES
from heapdiff.knowledge.advice.layouts import DICT

RULE: Final = Rule("instance-dicts", Topic.DATA_STRUCTURES)


def find_instance_dicts(heap: Heap) -> Iterator[Finding]:
    for found in find_instances(heap, with_dict=True):
        spaces = heap.graph.sizes[distinct(found.spaces)]
        taken = occupy_instances(heap, found) + int((occupy(DICT) + occupy(spaces - DICT)).sum())
        count = len(found.nodes)
        saves = taken - count * occupied(found.slotted)
        if saves < LEAST_BYTES:
            continue
        yield RULE.found(
            heap,
            f"{count:,} instances of {found.made.name}, each with a __dict__ of its own",
            bytes=taken,
            saves=saves,
            change=f"{found.change}: an instance then takes {occupied(found.slotted)} bytes instead of "
            f"{round(taken / count)}, its __dict__ included.{found.first} vars(x), x.__dict__, copy and pickle make these dicts; "
            "with slots, the first two don't work anymore.",
            code=found.code,
            check=f"Afterwards, heapdiff show A --by type lists them with {format_bytes(count * found.slotted)}, "
            f"and {count:,} fewer dicts.",
            confidence=found.confidence,
            reason=found.reason,
            holder=holder_of(heap, found) or None,
            type=found.made.name,
            count=count,
            example=f"attributes {', '.join(found.attributes[:6])}{' …' if len(found.attributes) > 6 else ''}",
        )
