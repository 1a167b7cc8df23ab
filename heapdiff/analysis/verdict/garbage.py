"""What no root reaches: it waits for the collector, and is no leak."""

from typing import Final

import numpy as np

from heapdiff.analysis.naming.amounts import count, format_bytes
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.verdict.evidence import Evidence
from heapdiff.answers import Garbage, Verdict, VerdictKind
from heapdiff.model import TypeCount

GARBAGE_TYPES: Final = 10
GARBAGE_BYTES: Final = 64 << 10


def compute_garbage(routes: Routes) -> Garbage:
    """What no root reaches; pseudo nodes are no objects and always rooted."""
    graph = routes.graph
    lost = np.flatnonzero(~routes.reached)
    sums: dict[str, tuple[int, int]] = {}
    numbers, place = np.unique(graph.type_ids[lost], return_inverse=True)
    counts, weights = np.bincount(place), np.bincount(place, graph.sizes[lost])
    for number, more, weight in zip(numbers.tolist(), counts.tolist(), weights.tolist(), strict=True):
        count, size = sums.get(graph.types[number].name, (0, 0))
        sums[graph.types[number].name] = (count + more, size + int(weight))
    types = sorted(
        (TypeCount(name, count, size) for name, (count, size) in sums.items()),
        key=lambda entry: (-entry.bytes, entry.type),
    )
    return Garbage(len(lost), int(graph.sizes[lost].sum()), tuple(types[:GARBAGE_TYPES]))


def judge_garbage(evidence: Evidence) -> Verdict | None:
    grown = evidence.after.capture.bytes - evidence.before.capture.bytes
    if evidence.garbage_delta < GARBAGE_BYTES or evidence.garbage_delta < grown / 2:
        return None
    top = evidence.garbage.types[0]
    return Verdict(
        VerdictKind.GARBAGE,
        f"{count(evidence.garbage.objects, 'object')} of {format_bytes(evidence.garbage.bytes)} are unreachable "
        f"and wait for the cycle collector, {top.count:,} {top.type} among them. Check that gc is enabled, or break the cycles.",
    )
