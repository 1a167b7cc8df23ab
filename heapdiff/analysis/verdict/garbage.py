"""What no root reaches: mostly it just waits for the collector. Says when it does more than that."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.naming.amounts import count, format_bytes
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.trends.idle import find_idle_steps, join_idle_steps
from heapdiff.analysis.verdict.evidence import Evidence, Unreachable
from heapdiff.analysis.witnesses.telling import name_agreed
from heapdiff.answers import Garbage, Verdict, VerdictKind
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


class GarbageFollowing:
    """What is unreachable at each graph, and how much of it the collector left where it was. O(n) each.

    Graphs are looked at one by one, the first, then the last, and from there backwards: of the one after it only its
    garbage is kept. What was there first is not held against a process: a heap that is frozen at start-up keeps some for ever.
    """

    def __init__(self, collectors: Sequence[Collector | None]) -> None:
        self._collectors = collectors
        self._weights = [0] * len(collectors)
        self._later: _Lost | None = None
        self._outlived = 0

    def look(self, number: int, routes: Routes) -> None:
        weight = int(routes.graph.sizes[~routes.reached].sum())
        self._weights[number] = weight
        if number == 0:
            return
        if self._later is not None and weight - self._weights[0] >= GARBAGE_BYTES:
            same = _weigh_same(_gather_lost(routes), self._later)
            self._outlived = max(self._outlived, same - self._weights[0])
        collected = number > 1 and _count_full(self._collectors[number - 1], self._collectors[number])
        self._later = _gather_lost(routes) if collected else None

    def sum_up(self, requests: Sequence[int]) -> Unreachable:
        changes = [after - before for before, after in pairwise(self._weights)]
        steps = join_idle_steps(changes, find_idle_steps(requests))
        return Unreachable(tuple(self._weights), steps, tuple(self._collectors), self._outlived)


@dataclass(frozen=True)
class _Lost:
    """The unreachable objects of one graph, in order of their addresses, and where their references lead, one after the other."""

    addresses: NDArray[np.uint64]
    types: tuple[tuple[str, int], ...]
    type_ids: NDArray[np.integer]
    sizes: NDArray[np.integer]
    degrees: NDArray[np.int64]
    targets: NDArray[np.uint64]


def _gather_lost(routes: Routes) -> _Lost:
    graph, lost = routes.graph, np.flatnonzero(~routes.reached)
    first = graph.first_edge[lost].astype(np.int64)
    counts = graph.first_edge[lost + 1] - first
    references = _spread(first, counts)
    return _Lost(
        graph.addresses[lost],
        tuple((kind.name, kind.address) for kind in graph.types),
        graph.type_ids[lost],
        graph.sizes[lost],
        counts,
        graph.addresses[graph.targets[references]],
    )


def _weigh_same(before: _Lost, after: _Lost) -> int:
    """Bytes of unreachable objects that were there and unreachable before, with the very same references.

    Address and type alone prove nothing: what a request leaves behind comes where that of an earlier one was.
    """
    _, then, now = np.intersect1d(before.addresses, after.addresses, assume_unique=True, return_indices=True)
    known = {kind: number for number, kind in enumerate(before.types)}
    kinds = np.array([*(known.get(kind, -1) for kind in after.types), -1], np.int64)
    alike = kinds[after.type_ids[now]] == before.type_ids[then]
    alike &= (before.sizes[then] == after.sizes[now]) & (before.degrees[then] == after.degrees[now])
    then, now = then[alike], now[alike]
    moved = _targets(before, then) != _targets(after, now)
    owners = np.repeat(np.arange(len(now)), after.degrees[now])
    changed = np.bincount(owners, moved, minlength=len(now)) > 0
    return int(after.sizes[now[~changed]].sum())


def _targets(lost: _Lost, chosen: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Where the references of these lead, one object after the other."""
    first = (np.cumsum(lost.degrees) - lost.degrees)[chosen]
    found: NDArray[np.uint64] = lost.targets[_spread(first, lost.degrees[chosen])]
    return found


def _spread(first: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The positions of rows that begin at `first`, one row after the other."""
    starts = first - (np.cumsum(counts) - counts)
    positions: NDArray[np.int64] = np.arange(int(counts.sum())) + np.repeat(starts, counts)
    return positions


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
