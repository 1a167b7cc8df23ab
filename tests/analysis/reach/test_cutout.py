"""Objects cut out of a graph retain what they retain in the whole of it."""

from __future__ import annotations

import random

import numpy as np

from heapdiff.analysis.reach.cutout import cut_out, find_among
from heapdiff.analysis.reach.retained import compute_dominance
from heapdiff.analysis.reach.routes import compute_routes
from tests.graph.random_graphs import random_graph
from tests.heaps import draw
from tests.together import together


def test_what_hangs_on_an_object_is_weighed_without_the_rest_of_the_heap() -> None:
    # CACHE ──► ['…'] Page ──► .body: bytes
    #                  └──► .site: Site ◄── shop.SITE
    graph, nodes = draw("""
        shop.c.CACHE: dict -> [*]: shop.Page size=100 $page
        $page -> .body: bytes size=5000 $body
        shop.c.SITE: shop.Site size=900 $site
        $page -> .site: $site
    """)
    part = cut_out(compute_routes(graph), np.array([nodes["page"], nodes["body"], nodes["site"]]))
    retained = part.compute_dominance().retained
    assert retained[part.index_of(np.array([nodes["page"]]))].tolist() == [5100]
    assert len(part.starts) == 2


@together("seed", range(40))
def test_what_dominated_objects_retain_is_the_same_as_in_the_whole_graph(seed: int) -> None:
    graph = random_graph(seed)
    routes = compute_routes(graph)
    dominance = compute_dominance(routes)
    reached = np.flatnonzero(routes.reached)
    if not len(reached):
        return
    top = int(random.Random(seed).choice(reached.tolist()))
    below = [node for node in reached.tolist() if _is_above(dominance.idom, top, node, len(graph))]
    part = cut_out(routes, np.array(below))
    whole = dominance.retained[part.nodes]
    assert part.compute_dominance().retained.tolist() == whole.tolist()


def _is_above(idom: np.ndarray, top: int, node: int, roots: int) -> bool:
    while node < roots:
        if node == top:
            return True
        node = int(idom[node])
    return False


def test_what_is_looked_for_among_nodes_is_found_or_not() -> None:
    at, there = find_among(np.array([2, 5, 9]), np.array([9, 3, 2, 11]))
    assert there.tolist() == [True, False, True, False]
    assert at[there].tolist() == [2, 0]
