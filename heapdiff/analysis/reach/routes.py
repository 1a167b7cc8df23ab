"""How each object is reached from the roots, at least cost, and what nothing reaches. Names nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.reach.costs import NATIVE_COST, compute_edge_costs, root_cost
from heapdiff.analysis.reach.origins import Homes, find_homes
from heapdiff.analysis.reach.ownership import Ownership
from heapdiff.format import TypeFlag
from heapdiff.graph.heap import HeapGraph, Root
from heapdiff.graph.paths import UNREACHED, Ties, compute_reachable, find_ties, shortest_paths
from heapdiff.graph.stored.columns import Arrays, Check, Column, is_ascending

MAX_TIES: Final = 256

Waymark = tuple[tuple[int, ...], tuple[int, ...], int]


class Starts(Mapping[int, tuple[int, Root | None]]):
    """Where routes begin: node -> cost and root, in the order in which they count.

    Without a root: held by native code. There may be millions of these, so they are an array, ascending.
    """

    def __init__(self, named: Mapping[int, tuple[int, Root | None]], held: NDArray[np.int64]) -> None:
        self.named, self.held = named, held

    def __getitem__(self, node: int) -> tuple[int, Root | None]:
        if (found := self.named.get(node)) is not None:
            return found
        at = int(np.searchsorted(self.held, node))
        if at == len(self.held) or int(self.held[at]) != node:
            raise KeyError(node)
        return NATIVE_COST, None

    def __iter__(self) -> Iterator[int]:
        yield from self.named
        yield from map(int, self.held)

    def __len__(self) -> int:
        return len(self.named) + len(self.held)

    @cached_property
    def nodes(self) -> NDArray[np.int64]:
        return np.concatenate([np.fromiter(self.named, np.int64, len(self.named)), self.held])


@dataclass(frozen=True)
class Routes:
    """The cheapest way to each object.

    `via` is the last reference's position, -1 at a start or if unreached.
    """

    graph: HeapGraph
    costs: NDArray[np.uint8]  # (m,) of each reference
    distance: NDArray[np.int32]  # (n,) UNREACHED where nothing leads, FARTHEST at most
    via: NDArray[np.int32]  # (n,)
    parent: NDArray[np.int32]  # (n,) owner of `via`, -1 where there is none
    starts: Starts
    homes: Homes
    ownership: Ownership

    @cached_property
    def waymarks(self) -> dict[int, Waymark]:
        """Deep objects passed on earlier walks: the far end of their trails, and their depth."""
        return {}

    @cached_property
    def ancestors(self) -> dict[str, frozenset[str]]:
        """What types are made from, by name, once somebody had to know."""
        return {}

    @cached_property
    def named_starts(self) -> dict[str, list[int]]:
        """Where paths begin, by how that reads, once a look-up had to know."""
        return {}

    @cached_property
    def ties(self) -> Ties:
        """Other references that would do as well as `via`, where few lead to an object: names decide then."""
        graph = self.graph
        columns = {
            "targets": Column("uint32", None, 0, len(graph) - 1),
            "edges": Column("uint32", None, 0, len(graph.targets) - 1),
        }

        def find() -> Arrays:
            ties = find_ties(graph, self.costs, self.distance, self.via, MAX_TIES)
            return {"targets": ties.targets, "edges": ties.edges}

        return Ties(**graph.shelf.once("ties", columns, find, _are_sorted))

    @cached_property
    def reached(self) -> NDArray[np.bool_]:
        reached: NDArray[np.bool_] = self.distance != UNREACHED
        return reached


def _are_sorted(found: Arrays) -> Iterator[Check]:
    yield lambda: len(found["targets"]) == len(found["edges"])
    yield lambda: is_ascending(found["targets"])


def follow(up: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each ends that goes on to `up` of itself until that is itself. O(n log length)."""
    while True:
        further = up[up]
        if np.array_equal(further, up):
            return up
        up = further


def find_variables(routes: Routes) -> NDArray[np.int64]:
    """For each object the one on its route that stands directly in a module's or class's namespace, else its start, (n,)."""
    graph = routes.graph
    owned = np.flatnonzero(routes.homes.is_namespace & (routes.parent >= 0))
    owners = routes.parent[owned]
    kinds = np.array(
        [kind.name == "module" or bool(kind.flags & TypeFlag.TYPE) for kind in graph.types], np.bool_
    )
    below = np.zeros(len(graph), np.bool_)
    below[owned[kinds[graph.type_ids[owners]]]] = True
    stop = np.zeros(len(graph), np.bool_)
    linked = routes.parent >= 0
    stop[linked] = below[routes.parent[linked]]
    return find_tops(routes, stop)


def find_tops(routes: Routes, stop: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For each object: the nearest on its route that is marked, itself included, else the start.

    O(n log depth).
    """
    return follow(np.where((routes.parent >= 0) & ~stop, routes.parent, np.arange(len(routes.graph))))


def find_below(routes: Routes, nodes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """These objects and all to which the routes lead through them, (n,). O(n log depth)."""
    below = np.zeros(len(routes.graph), np.bool_)
    below[nodes] = True
    above = np.where(routes.parent >= 0, routes.parent, np.arange(len(routes.graph)))
    while True:
        further, reached = above[above], below | below[above]
        if np.array_equal(further, above) and np.array_equal(reached, below):
            return below
        above, below = further, reached


def compute_routes(graph: HeapGraph) -> Routes:
    """Cheapest routes from the named roots; what they miss is tried from objects that something unseen holds.

    Such an object has more references counted than found: native code or a running C function has it. What
    is unreached even then is garbage that waits for the collector. O(m + n), run twice at most.
    """
    homes, ownership = find_homes(graph), Ownership.of(graph.modules)
    named: dict[int, tuple[int, Root | None]] = {}
    priced = [(root_cost(root, ownership), root) for root in graph.roots]
    for cost, root in sorted(priced, key=lambda pair: (pair[0], pair[1].kind, pair[1].name)):
        named.setdefault(int(root.node), (cost, root))
    nodes, references = len(graph), len(graph.targets)
    columns = {
        "costs": Column("uint8", references),
        "distance": Column("int32", nodes, 0),
        "via": Column("int32", nodes, -1, references - 1),
        "parent": Column("int32", nodes, -1, nodes - 1),
        "held": Column("int64", None, 0, nodes - 1),
    }
    start_costs = {node: cost for node, (cost, _) in named.items()}
    found = graph.shelf.once("routes", columns, lambda: _search(homes, start_costs))
    starts = Starts(named, found["held"])
    return Routes(
        graph, found["costs"], found["distance"], found["via"], found["parent"], starts, homes, ownership
    )


def _search(homes: Homes, start_costs: Mapping[int, int]) -> Arrays:
    graph, costs = homes.graph, compute_edge_costs(homes)
    starts = np.fromiter(start_costs, np.int64, len(start_costs))
    paths = shortest_paths(graph, costs, starts, [*start_costs.values()])
    missed = np.flatnonzero(paths.distance == UNREACHED)
    held = missed[find_held_outside(graph, missed)]
    if len(held):
        paths = shortest_paths(graph, costs, held, np.full(len(held), NATIVE_COST), paths)
    return {
        "costs": costs,
        "distance": paths.distance,
        "via": paths.edge,
        "parent": paths.parent,
        "held": held,
    }


def find_starts(graph: HeapGraph) -> Starts:
    """Where routes begin, without the routes and for half of their price; each root's cost is 0."""
    named: dict[int, tuple[int, Root | None]] = {int(root.node): (0, root) for root in graph.roots}
    missed = np.flatnonzero(~compute_reachable(graph, np.fromiter(named, np.int64, len(named))))
    return Starts(named, missed[find_held_outside(graph, missed)])


def find_held_outside(graph: HeapGraph, nodes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of these have a reference count above the references found; immortal ones (count 0) never."""
    found = np.bincount(np.searchsorted(nodes, graph.targets[graph.edges_to(nodes)]), minlength=len(nodes))
    return graph.refcounts[nodes] > found
