"""What no root reaches: mostly it just waits for the collector. Says when it does more than that."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.growth.survivors import match_objects
from heapdiff.analysis.naming.amounts import count, format_bytes
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.trends.idle import join_idle_steps
from heapdiff.analysis.verdict.evidence import Evidence, Unreachable
from heapdiff.analysis.witnesses.telling import name_agreed
from heapdiff.answers import Garbage, Verdict, VerdictKind
from heapdiff.graph.heap import HeapGraph
from heapdiff.model import Collector, TypeCount

GARBAGE_TYPES: Final = 10
GARBAGE_BYTES: Final = 64 << 10
LARGE_SHARE: Final = 0.1  # of the process
NAMED_TYPES: Final = 3


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


def follow_garbage(
    routes: Sequence[Routes], collectors: Sequence[Collector | None], requests: Sequence[int]
) -> Unreachable:
    """What is unreachable at each graph, and how much of it the collector left where it was. O(n) each.

    What was there first is not held against a process: a heap that is frozen at start-up keeps some for ever.
    """
    weights = [int(each.graph.sizes[~each.reached].sum()) for each in routes]
    outlived = 0
    for number, (earlier, later) in enumerate(pairwise(routes[1:]), 1):
        collected = _count_full(collectors[number], collectors[number + 1])
        if collected and weights[number] - weights[0] >= GARBAGE_BYTES:
            outlived = max(outlived, _weigh_same(earlier, later) - weights[0])
    steps = join_idle_steps([after - before for before, after in pairwise(weights)], requests)
    return Unreachable(tuple(weights), steps, tuple(collectors), outlived)


def _weigh_same(before: Routes, after: Routes) -> int:
    """Bytes of unreachable objects that were there and unreachable before, with the very same references.

    Address and type alone prove nothing: what a request leaves behind comes where that of an earlier one was.
    """
    lost = np.flatnonzero(~after.reached)
    then = match_objects(before.graph, after.graph)[lost]
    lost, then = lost[then >= 0], then[then >= 0]
    unreached = ~before.reached[then] & (before.graph.sizes[then] == after.graph.sizes[lost])
    lost, then = lost[unreached], then[unreached]
    alike = _degrees(before.graph, then) == _degrees(after.graph, lost)
    lost, then = lost[alike], then[alike]
    moved = _addresses(before.graph, then) != _addresses(after.graph, lost)
    owners = np.repeat(np.arange(len(lost)), _degrees(after.graph, lost))
    changed = np.bincount(owners, moved, minlength=len(lost)) > 0
    return int(after.graph.sizes[lost[~changed]].sum())


def _degrees(graph: HeapGraph, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
    found: NDArray[np.int64] = graph.first_edge[nodes + 1] - graph.first_edge[nodes]
    return found


def _addresses(graph: HeapGraph, nodes: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Where the references of the nodes lead, one node after the other."""
    counts = _degrees(graph, nodes)
    starts = graph.first_edge[nodes] - (np.cumsum(counts) - counts)
    references = np.arange(int(counts.sum())) + np.repeat(starts, counts)
    found: NDArray[np.uint64] = graph.addresses[graph.targets[references]]
    return found


def judge_garbage(evidence: Evidence) -> Verdict | None:
    """Garbage that most of the growth is, and that is more than what the next collection takes."""
    grown = evidence.after.capture.bytes - evidence.before.capture.bytes
    growth = evidence.unreachable.growth
    if growth < max(GARBAGE_BYTES, grown / 2):
        return None
    reason = next(filter(None, (rule(evidence) for rule in _REASONS)), "")
    if not reason:
        return None
    top = evidence.garbage.types[0]
    return Verdict(
        VerdictKind.GARBAGE,
        f"{format_bytes(evidence.garbage.bytes)} is unreachable, {format_bytes(growth)} more than before: "
        f"{count(evidence.garbage.objects, 'object')}, including {top.count:,} {top.type}{_say_who(evidence)}. {reason}",
    )


def _say_who(evidence: Evidence) -> str:
    site = name_agreed(evidence.garbage.allocated)
    return f", allocated at {site}" if site else ""


def _is_off(evidence: Evidence) -> str:
    """Off, unless something collects by hand meanwhile."""
    first, last = evidence.unreachable.collectors[0], evidence.unreachable.collectors[-1]
    if last is None or not last.is_off:
        return ""
    if first is not None and first.is_off and first.collections != last.collections:
        return ""
    why = "gc.disable()" if not last.enabled else "gc.set_threshold(0)"
    return f"The collector is off ({why}), so nothing frees it. Turn the collector on, or call gc.collect() regularly."


def _outlives(evidence: Evidence) -> str:
    """Collections of the oldest generation, which see every object that can be collected, leave it there."""
    outlived, last = evidence.unreachable.outlived, evidence.unreachable.collectors[-1]
    if outlived < GARBAGE_BYTES or last is None:
        return ""
    survived = f"{format_bytes(outlived)} survived a collection of the oldest generation"
    if last.is_frozen:
        return (
            f"{survived}: gc.freeze() has put {count(last.frozen, 'object')} out of the collector's reach. "
            "Call it only once, at start-up, after gc.collect()."
        )
    return f"{survived}. Break the cycles once the objects are no longer needed."


def _is_large(evidence: Evidence) -> str:
    """A tenth of the process, and more in the last step as well."""
    share = evidence.garbage.bytes / max(1, evidence.after.memory.rss_bytes)
    unreachable = evidence.unreachable
    if share < LARGE_SHARE or unreachable.steps[-1] <= 0:
        return ""
    full = _count_full(unreachable.collectors[0], unreachable.collectors[-1])
    never = "; the oldest generation wasn't collected in between" if full == 0 else ""
    return (
        f"That is {share:.0%} of the process and still growing{never}. Break the cycles, or collect more "
        "often: call gc.collect() after the work that creates them, or lower the thresholds with gc.set_threshold()."
    )


_REASONS: Final = (_is_off, _outlives, _is_large)


def _count_full(before: Collector | None, after: Collector | None) -> int | None:
    """Collections of the oldest generation in between; None where an older file does not say."""
    if before is None or after is None:
        return None
    return max(0, after.collections[-1] - before.collections[-1])


def describe_garbage(garbage: Garbage, collector: Collector | None) -> list[str]:
    """What waits, in a sentence; and what will wait for ever."""
    if not garbage.objects:
        return []
    named = ", ".join(f"{entry.count:,} {entry.type}" for entry in garbage.types[:NAMED_TYPES])
    more = ", …" if len(garbage.types) > NAMED_TYPES else ""
    until = "will stay until something calls gc.collect(), because the collector is off"
    waits = until if collector is not None and collector.is_off else "waiting for the collector"
    told = [
        f"{format_bytes(garbage.bytes)} is unreachable and {waits}: {count(garbage.objects, 'object')} ({named}{more})."
    ]
    if collector is not None and collector.is_frozen and garbage.bytes >= GARBAGE_BYTES:
        told.append(
            f"gc.freeze() has put {count(collector.frozen, 'object')} out of the collector's reach; any of them that "
            "become unreachable are never freed."
        )
    return told
