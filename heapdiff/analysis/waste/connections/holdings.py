"""Objects of one kind by who keeps them, how much that is, and how many more there are than before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.holders.holder import Place, find_library, place_of
from heapdiff.analysis.holders.shapes import stops_at_bound
from heapdiff.analysis.waste.connections.resources import Resources
from heapdiff.analysis.waste.ground.blocks import occupy
from heapdiff.analysis.waste.ground.keepers import find_keepers
from heapdiff.graph.paths import compute_reachable
from heapdiff.knowledge.advice.connections import CERTIFICATES, CONTEXT, NATIVE_BYTES, VERIFYING, Kind

QUEUES: Final = frozenset(("queue.Queue", "queue.LifoQueue", "queue.PriorityQueue", "_queue.SimpleQueue"))
CACHE_BOUND: Final = "_Cache__maxsize"  # of cachetools
NEAR: Final = 3  # objects that make up one container


@dataclass(frozen=True)
class Group:
    """Objects of one kind in one of the application's holders; without a `place` nothing reaches them any more."""

    resources: Resources
    kind: Kind
    nodes: NDArray[np.int64]
    place: Place | None
    added: int | None  # how many more than in the earlier snapshot, None without one

    @property
    def is_growing(self) -> bool:
        return self.added is not None and self.added > self.resources.few

    @property
    def is_pool(self) -> bool:
        """Whether their holder may be a pool or cache of the application's: a queue, or something with a bound."""
        graph = self.resources.graph
        nearest = () if self.place is None else self.place.trail.nodes[-NEAR:]
        return any(
            graph.type_name(node) in QUEUES
            or node in graph.bounds
            or stops_at_bound(graph, node)
            or graph.facts.get(node, {}).get(CACHE_BOUND, 0) > 0
            for node in nearest
        )

    @property
    def where(self) -> str:
        return "" if self.place is None else f" in {self.place.path}"

    @property
    def example(self) -> str:
        return "" if self.place is None else place_of(self.resources.heap.routes, int(self.nodes[-1])).path

    def tell_growth(self) -> str:
        """`There are 300 more than in the first snapshot, 300 requests ago.`"""
        requests = self.resources.requests
        ago = f", {requests:,} {'request' if requests == 1 else 'requests'} ago" if requests else ""
        return f"There are {self.added:,} more than in the first snapshot{ago}."

    @property
    def has_certificates(self) -> bool:
        """Whether each of these contexts loaded the CA certificates: so much did the memory beside Python's objects grow."""
        new = self.added or 0
        return CONTEXT in self.kind.types and self.resources.native_growth >= new * CERTIFICATES > 0

    def weigh(self, left: int = 0) -> int:
        """What all but the first `left` take, in blocks: what only they keep, and what is known of the memory beside it."""
        nodes = self.nodes[left:]
        loaded = len(nodes) * CERTIFICATES if self.has_certificates else 0
        return weigh(self.resources, nodes, self.place is not None) + loaded


def weigh(resources: Resources, nodes: NDArray[np.int64], reached: bool = True) -> int:
    """What would be freed with these, or is about to be freed where nothing reaches them. O(n + m)."""
    graph, routes = resources.graph, resources.heap.routes
    if reached:
        starts = np.setdiff1d(routes.starts.nodes, nodes)
        gone = routes.reached & ~compute_reachable(graph, starts, without=nodes)
    else:
        gone = compute_reachable(graph, nodes) & ~routes.reached
    beside = dict(NATIVE_BYTES) | dict.fromkeys(VERIFYING, CERTIFICATES)
    native = sum(each * int(np.count_nonzero(gone[resources.of([name])])) for name, each in beside.items())
    return int(occupy(graph.sizes[gone]).sum()) + native


def find_groups(resources: Resources, kinds: Sequence[Kind]) -> Iterator[Group]:
    """Those that the application keeps itself, and those that nothing keeps; more of each than any worker may have."""
    for kind in kinds:
        for kept in find_keepers(resources.heap, resources.unwrap(kind, resources.outermost(kind))):
            if len(kept.nodes) <= resources.few or not kept.own:
                continue
            if not find_library(resources.heap.routes, kept.place):
                added = resources.added(kept.nodes, kind)
                yield Group(resources, kind, kept.nodes, kept.place, added)
        dropped = resources.dropped(kind)
        if len(dropped) > resources.few:
            yield Group(resources, kind, dropped, None, resources.added(dropped, kind))
