"""Every cache of a process: what it holds, may hold, has been asked for, and who keeps it. Judges nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.holders.holder import Place, find_owner, is_own, place_of
from heapdiff.analysis.holders.shapes import attributes_of, content_of, entries_of, length_of
from heapdiff.analysis.reach.namespaces import find_globals
from heapdiff.analysis.reach.ownership import is_ours
from heapdiff.analysis.trends.bounds import BOUND
from heapdiff.analysis.waste.ground.blocks import MALLOC_HEADER
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.format import TypeFlag
from heapdiff.graph.heap import HeapGraph
from heapdiff.knowledge.advice.caches import (
    CACHETOOLS,
    COUNTED,
    COUNTING,
    DECORATED,
    FEW_MISSES,
    IN_MODULE,
    KINDS,
    LOW_RATE,
    LRU_CACHE,
    NAME,
    NAMED,
    OF_MODULES,
    CacheKind,
)

MOST_CACHES: Final = 1000


@dataclass(frozen=True)
class Cache:
    """One cache. `most` is its bound, `is_bounded` whether it has one: None where nobody can tell. `before` is how many entries
    it had in the earlier snapshot, None where it wasn't there or there's none. `own`: the application's.
    """

    kind: CacheKind
    node: int
    place: Place
    own: bool
    entries: int
    bytes: int
    most: int | None = None
    is_bounded: bool | None = None
    hits: int | None = None
    misses: int | None = None
    expired: int | None = None
    before: int | None = None
    function: str = ""  # that it's around, by where that is defined

    @property
    def name(self) -> str:
        """How a person calls it: where it's around a function, that."""
        if self.function and not self.own:
            return self.function
        path = self.place.path.removesuffix(".<lru_cache>")
        return path.removesuffix(".cache") if self.kind is DECORATED else path

    @property
    def growth(self) -> int | None:
        return None if self.before is None else self.entries - self.before

    @property
    def rate(self) -> float | None:
        """The share of hits; None where it wasn't asked for anything, or nobody counted."""
        if self.hits is None or self.misses is None or not self.hits + self.misses:
            return None
        return self.hits / (self.hits + self.misses)

    @property
    def is_useless(self) -> bool:
        """Whether it hardly ever had what was asked for."""
        return (self.misses or 0) > FEW_MISSES and self.rate is not None and self.rate < LOW_RATE


def find_caches(heap: Heap) -> tuple[Cache, ...]:
    """The largest first. O(n + m), and a trail for each."""
    counted = _find_counted(heap)
    candidates = _find_candidates(heap, [*counted])
    nodes = np.concatenate([each for _, each in candidates])
    kinds = np.repeat(np.arange(len(candidates)), [len(each) for _, each in candidates])
    nodes, first = np.unique(nodes, return_index=True)  # by a make that is known, rather than by a name
    kinds, there = kinds[first], heap.routes.reached[nodes]
    nodes, kinds = nodes[there], kinds[there]
    order = np.argsort(-heap.retained[nodes], kind="stable")[:MOST_CACHES]
    chosen = {
        node: candidates[kind][0]
        for node, kind in zip(nodes[order].tolist(), kinds[order].tolist(), strict=True)
    }
    parts = {
        part for node, kind in chosen.items() if kind is not NAMED for part in content_of(heap.graph, node)
    }
    found = (_describe(heap, kind, node, counted) for node, kind in chosen.items() if node not in parts)
    return tuple(cache for cache in found if cache is not None)


def _find_candidates(heap: Heap, counted: Sequence[int]) -> list[tuple[CacheKind, NDArray[np.int64]]]:
    """Those whose make is known before those that only have a name like one."""
    graph = heap.graph
    dicts = np.array([bool(kind.flags & TypeFlag.DICT) for kind in graph.types], np.bool_)
    found = [(kind, _of_lineage(graph, kind.types)) for kind in KINDS]
    found.append((CACHETOOLS, _find_named(heap, {CACHETOOLS.field})[0]))
    spaces = find_globals(graph)
    for module, names in OF_MODULES.items():
        inside = entries_of(graph, spaces[module]) if module in spaces else {}
        found.append((IN_MODULE, np.array([inside[name] for name in names if name in inside], np.int64)))
    others = np.array(counted, np.int64)
    found.append((DECORATED, others[dicts[graph.type_ids[others]]]))
    named = _find_named(heap, {name for name in graph.names if NAME.fullmatch(name)})[1]
    named = named[dicts[graph.type_ids[named]] & ~heap.routes.homes.is_namespace[named]]
    found.append((NAMED, named))
    return found


def _of_lineage(graph: HeapGraph, names: tuple[str, ...]) -> NDArray[np.int64]:
    numbers = [number for number, lineage in enumerate(graph.lineages) if not {*names}.isdisjoint(lineage)]
    return graph.of_types(numbers)


def _find_named(heap: Heap, names: set[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What has an attribute of one of these names, and the attributes; also in a namespace. O(n + m)."""
    graph = heap.graph
    entries = graph.entries(graph.nodes_named(names))
    entries = entries[heap.routes.homes.is_namespace[graph.owners_of(entries)]]
    positions = np.concatenate([graph.attributes(*names), entries])
    spaces = graph.attributes("__dict__")
    owner = np.arange(len(graph))
    owner[graph.targets[spaces]] = graph.owners_of(spaces)
    return owner[graph.owners_of(positions)], graph.targets[positions].astype(np.int64)


def _find_counted(heap: Heap) -> dict[int, tuple[int, int]]:
    """By cache, the hits and misses that something beside it counts."""
    graph, found = heap.graph, dict[int, tuple[int, int]]()
    for kind, attribute in COUNTING.items():
        for node in heap.of_type(kind).tolist():
            cache, facts = attributes_of(graph, node).get(attribute), graph.facts.get(node, {})
            if cache is not None and facts.keys() >= {*COUNTED}:
                hits, misses = (facts[name] for name in COUNTED)
                found[cache] = hits, misses
    return found


def _describe(heap: Heap, kind: CacheKind, node: int, counted: dict[int, tuple[int, int]]) -> Cache | None:
    graph = heap.graph
    entries, place = length_of(graph, node), place_of(heap.routes, node)
    own = kind.backend or (not kind.library and is_own(heap.routes, place))
    ours = is_ours(heap.routes.homes.modules.get(int(heap.routes.homes.of[node]), ""))
    if entries is None or ours or (kind.named and not own):
        return None
    facts = graph.facts.get(node, {})
    most, is_bounded = _find_bound(graph, kind, node, place)
    hits, misses = counted.get(node, (facts.get(kind.hits), facts.get(kind.misses)))
    return Cache(
        kind,
        node,
        place,
        own,
        entries,
        int(heap.retained[node])
        - _weigh_function(heap, node)
        + (entries * MALLOC_HEADER if kind.pickled else 0),
        most,
        is_bounded,
        hits,
        misses,
        facts.get(kind.expired),
        _count_before(heap, node),
        _name_function(heap, node),
    )


def _find_bound(graph: HeapGraph, kind: CacheKind, node: int, place: Place) -> tuple[int | None, bool | None]:
    """The most entries, and whether there's a bound; None where the snapshot doesn't tell."""
    if kind is LRU_CACHE:
        most = graph.bounds.get(node)
        return most, True if most is not None else False if graph.bounds else None
    if kind is IN_MODULE:
        most = OF_MODULES.get(place.path.rpartition(".")[0], {}).get(place.path.rpartition(".")[2])
        return most, most is not None
    if kind is NAMED:
        owner, _ = find_owner(graph, place)
        claimed = owner >= 0 and any(map(BOUND.fullmatch, attributes_of(graph, owner)))
        return None, None if claimed else False
    if not kind.bound:
        return None, False
    most = graph.facts.get(node, {}).get(kind.bound)
    attributes = attributes_of(graph, node)
    whole = kind.bound in attributes and graph.type_name(attributes[kind.bound]) == "int"
    weighed = "getsizeof" in attributes
    return None if weighed else most, True if whole or most is not None else None


def _weigh_function(heap: Heap, node: int) -> int:
    """What goes with the function that it's for, which isn't in the cache."""
    graph, idom = heap.graph, heap.dominance.idom
    targets = {int(target) for target in graph.targets[graph.row(node)].tolist()}
    functions = [each for each in targets if graph.type_name(each) == "function" and int(idom[each]) == node]
    return int(heap.retained[functions].sum())


def _name_function(heap: Heap, node: int) -> str:
    graph, homes = heap.graph, heap.routes.homes
    function = attributes_of(graph, node).get("__wrapped__", -1)
    module = homes.modules.get(int(homes.of[function]), "") if function >= 0 else ""
    return f"{module}.{graph.name_of(function)}" if module and graph.name_of(function) else ""


def _count_before(heap: Heap, node: int) -> int | None:
    (before,) = heap.find_earlier(np.array([node])).tolist()
    return None if heap.earlier is None or before < 0 else length_of(heap.earlier, before)
