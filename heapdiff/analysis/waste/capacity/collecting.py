"""Unreachable objects that nothing will free, because the cycle collector is off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from heapdiff.analysis.naming.amounts import format_bytes
from heapdiff.analysis.waste.ground.blocks import occupy
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Confidence, Finding, Topic

RULE: Final = Rule("collector-off", Topic.RESTARTS)


def find_uncollected(heap: Heap) -> Iterator[Finding]:
    """What no root reaches, if the collector never runs by itself. O(objects)."""
    collector = heap.summary.collector
    if collector is None or not collector.is_off:
        return
    lost = np.flatnonzero(~heap.routes.reached)
    taken = int(occupy(heap.graph.sizes[lost]).sum())
    if not taken:
        return
    counts = np.bincount(heap.graph.type_ids[lost], minlength=len(heap.graph.types))
    most = heap.graph.types[int(np.argmax(counts))].name
    yield RULE.found(
        heap,
        f"{len(lost):,} unreachable objects stay, {format_bytes(taken)}: the cycle collector is off",
        bytes=taken,
        saves=taken,
        type=most,
        count=len(lost),
        change="Let it run again, or collect between requests: objects in reference cycles are freed by nothing else.",
        code=(
            "import gc",
            "gc.enable()",
            "gc.set_threshold(50_000, 20, 100)  # less often, shorter pauses",
        ),
        check="heapdiff snapshot again: the unreachable objects are gone.",
        confidence=Confidence.HIGH,
        reason="No root reaches them, and the collector is disabled or its first threshold is 0.",
    )
