"""An `lru_cache` on a method: `self` is part of each key, so the cache keeps every instance that was ever asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.holders.shapes import content_of
from heapdiff.analysis.naming.amounts import format_bytes
from heapdiff.analysis.reach.retained import find_topmost
from heapdiff.analysis.waste.caching.caches import Cache, find_caches
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.wording import code_word
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.format import LABEL_SHIFT, EdgeKind
from heapdiff.graph.narrow import distinct
from heapdiff.knowledge.advice.caches import LRU_CACHE

RULE: Final = Rule("cache-on-method", Topic.CACHING)
NEARLY_ALL: Final = 0.9
FIRST: Final = EdgeKind.ELEMENT << LABEL_SHIFT


def find_caches_on_methods(heap: Heap) -> Iterator[Finding]:
    """Those of which nearly every key begins with an object of the application, some of them kept by nothing else."""
    for cache in heap.once(find_caches):
        if cache.own and len(lost := find_kept_instances(heap, cache)):
            yield _tell(heap, cache, lost)


def find_kept_instances(heap: Heap, cache: Cache) -> NDArray[np.int64]:
    """What nothing but the cache around a method keeps, once for each key that begins with it."""
    nothing = np.zeros(0, np.int64)
    if not _is_around_method(heap, cache):
        return nothing
    owners = _find_owners(heap, _find_keys(heap, cache))
    if len(owners) < NEARLY_ALL * cache.entries:
        return nothing
    return owners[_find_dominated(heap, owners, cache.node)]


def _is_around_method(heap: Heap, cache: Cache) -> bool:
    """By the name of what an `lru_cache` is around: `Product.price`, and no function inside another."""
    graph = heap.graph
    if cache.kind is not LRU_CACHE:
        return False
    names = [graph.name_of(target) for target in graph.targets[graph.row(cache.node)].tolist()]
    return any("." in name and not name.rpartition(".")[0].endswith("<locals>") for name in names)


def _find_keys(heap: Heap, cache: Cache) -> NDArray[np.int64]:
    graph = heap.graph
    rows = [graph.row(part) for part in content_of(graph, cache.node)]
    edges = np.concatenate([np.zeros(0, np.int64), *(np.arange(row.start, row.stop) for row in rows)])
    keys: NDArray[np.int64] = graph.targets[edges[graph.labels[edges] >> LABEL_SHIFT == EdgeKind.KEY]].astype(
        np.int64
    )
    return keys


def _find_owners(heap: Heap, keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """The object of the application that each key begins with, once for each key."""
    graph = heap.graph
    first = graph.first_edge[keys[graph.first_edge[keys] < graph.first_edge[keys + 1]]]
    begun = graph.targets[first[graph.labels[first] == FIRST]].astype(np.int64)
    own: NDArray[np.int64] = begun[heap.is_own_type[graph.type_ids[begun]]]
    return own


def _find_dominated(heap: Heap, nodes: NDArray[np.int64], top: int) -> NDArray[np.bool_]:
    """Which of these would go with another object. O(nodes * depth) at worst, in steps of whole arrays."""
    idom, at, found = heap.dominance.idom, nodes.copy(), np.zeros(len(nodes), np.bool_)
    left = np.arange(len(nodes))
    while len(left):
        at = idom[at].astype(np.int64)
        found[left[at == top]] = True
        on = (at < len(heap.graph)) & (at != top)
        left, at = left[on], at[on]
    return found


def _advise(name: str, method: str, alone: bool) -> tuple[str, tuple[str, ...]]:
    """What to do with a method that takes nothing else, or something."""
    if alone:
        change = "Cache on the instance: what is cached then goes when the instance does."
        return change, ("@functools.cached_property", f"def {method}(self):", "    ...")
    return (
        "Cache a function outside the class, of what identifies the instance and not of the instance itself.",
        (
            "@functools.lru_cache(maxsize=1024)",
            f"def {method}_of({name.lower()}_id, ...):  # outside the class",
        ),
    )


def _tell(heap: Heap, cache: Cache, lost: NDArray[np.int64]) -> Finding:
    graph, instances, keys = heap.graph, distinct(lost), _find_keys(heap, cache)
    alone = bool((graph.first_edge[keys + 1] - graph.first_edge[keys] == 1).all())
    kinds, counts = np.unique(graph.type_ids[instances], return_counts=True)
    kind = graph.types[int(kinds[counts.argmax()])].name
    kept = int(heap.retained[find_topmost(heap.dominance, instances)].sum())
    saves = kept + (cache.bytes - kept) * len(lost) // cache.entries
    name, method = kind.rpartition(".")[2], cache.name.rpartition(".")[2]
    change, code = _advise(code_word(name, "row"), code_word(method, "method"), alone)
    return RULE.found(
        heap,
        f"lru_cache on the method {cache.name} keeps {len(instances):,} {name} objects alive, {format_bytes(saves)}",
        bytes=cache.bytes,
        saves=saves,
        change=change,
        code=code,
        check=f"Take another snapshot: heapdiff show A --by type must no longer list {len(instances):,} {name} objects.",
        confidence=Confidence.HIGH,
        reason="`self` is part of each key, and nothing but the cache refers to these objects.",
        holder=cache.place.path,
        type=kind,
        count=len(instances),
    )
