"""Classes without `__slots__` of which there are many instances: each has room for attributes that it never gets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from heapdiff.analysis.naming.amounts import format_bytes
from heapdiff.analysis.waste.ground.blocks import occupied
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.analysis.waste.structures.instances import find_instances, holder_of, occupy_instances
from heapdiff.answers import Finding, Topic
from heapdiff.knowledge.advice.amounts import LEAST_BYTES

RULE: Final = Rule("slots", Topic.DATA_STRUCTURES)


def find_missing_slots(heap: Heap) -> Iterator[Finding]:
    for found in find_instances(heap, with_dict=False):
        taken, count = occupy_instances(heap, found), len(found.nodes)
        saves = taken - count * occupied(found.slotted)
        if saves < LEAST_BYTES:
            continue
        yield RULE.found(
            heap,
            f"{count:,} instances of {found.made.name}, which has no __slots__",
            bytes=taken,
            saves=saves,
            change=f"{found.change}: an instance then takes {occupied(found.slotted)} bytes instead of "
            f"{round(taken / count)}.{found.first}",
            code=found.code,
            check=f"Afterwards, heapdiff show A --by type lists them with {format_bytes(count * found.slotted)}.",
            confidence=found.confidence,
            reason=found.reason,
            holder=holder_of(heap, found) or None,
            type=found.made.name,
            count=count,
            example=f"attributes {', '.join(found.attributes[:6])}{' …' if len(found.attributes) > 6 else ''}",
        )
