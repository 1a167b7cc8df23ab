"""Why objects are kept: their paths from roots, alike ones merged, most common first.

Finds and names; judges not.
"""

from collections import Counter
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.callers.putters import Callers
from heapdiff.analysis.holders.alike import find_alike
from heapdiff.analysis.holders.cuts import Cuts
from heapdiff.analysis.holders.holder import Place, place_at, place_of
from heapdiff.analysis.holders.lookup import find_objects
from heapdiff.analysis.reach.routes import Routes, compute_routes, find_below
from heapdiff.analysis.reach.trails import find_trail
from heapdiff.analysis.witnesses.agreement import NOTHING, Testimony
from heapdiff.analysis.witnesses.choosing import Witnesses
from heapdiff.analysis.witnesses.telling import tell
from heapdiff.answers import RootPath, Why
from heapdiff.format import LABEL_SHIFT, EdgeKind
from heapdiff.graph.heap import HeapGraph

MOST_TRAILS: Final = 2000
MOST_REFERRERS: Final = 200
SAMPLE: Final = 256
MOST_OTHERS: Final = 5


def explain(graph: HeapGraph, what: str) -> Why:
    """Who keeps what the user named. Raises UsageError with near matches if nothing has that name."""
    routes = compute_routes(graph)
    nodes = find_objects(routes, what)
    notes = []
    reached = routes.reached[nodes]
    lost = len(nodes) - int(np.count_nonzero(reached))
    if lost:
        notes.append(
            f"{lost:,} of them {'is' if lost == 1 else 'are'} unreachable and waiting for the cycle collector."
        )
    kept = nodes[reached] if lost else nodes
    if len(kept) == 1:
        places = _ways_to(routes, int(kept[0]))
        if len(places) > 1:
            notes.append("Each path ends in a different reference to it; all of them keep it alive.")
    else:
        places, looked_at = _merge_paths(routes, kept)
        if looked_at < len(kept):
            notes.append(
                f"Only the {MOST_TRAILS:,} most common paths were followed: they keep {looked_at:,} of the {len(kept):,} "
                "objects."
            )
        if others := _also_kept_by(routes, kept):
            notes.append(
                f"Most of them are also kept by {', '.join(others)}: clearing only one of them frees none of these."
            )
    cuts = Cuts(routes, [place for place, _ in places])
    testimony = _find_who_allocated(routes, nodes)
    return Why(
        what,
        len(nodes),
        int(graph.sizes[nodes].sum()),
        tuple(_root_path(graph, place, merged, cuts) for place, merged in places),
        tuple(notes),
        testimony.first,
        tell(testimony),
        Callers(routes).find_putters(places[0][0]) if places else (),
    )


def _find_who_allocated(routes: Routes, nodes: NDArray[np.int64]) -> Testimony:
    """Them, and what they keep: of most objects the content was sampled, if anything. Or them alone, if that's clearer."""
    if routes.graph.samples is None:
        return NOTHING
    witnesses, themselves = Witnesses(routes.graph), np.zeros(len(routes.graph), np.bool_)
    themselves[nodes] = True
    return witnesses.ask_closer(witnesses.are_of(find_below(routes, nodes)), witnesses.are_of(themselves))


def _ways_to(routes: Routes, node: int) -> list[tuple[Place, int]]:
    """One place for each object that refers to this one, the cheapest first."""
    edges = routes.graph.edges_to([node])
    best = place_of(routes, node)
    found = [best]
    costs = {best.path: 0}
    sources = routes.graph.owners_of(edges)
    alive = routes.reached[sources]
    for edge, source in zip(edges[alive], sources[alive], strict=True):
        if len(found) == MOST_REFERRERS:
            break
        trail = find_trail(routes, int(source))
        if node in trail.nodes:
            continue
        longer = trail.extended(int(edge), node)
        found.append(place_at(routes, longer))
        costs.setdefault(found[-1].path, int(routes.distance[source]) + int(routes.costs[edge]))
    distinct = {place.path: place for place in reversed(found)}
    first = distinct.pop(best.path)
    rest = sorted(distinct.values(), key=lambda place: (costs[place.path], place.path))
    return [(place, 1) for place in (first, *rest)]


def _merge_paths(routes: Routes, nodes: NDArray[np.int64]) -> tuple[list[tuple[Place, int]], int]:
    """Places whose paths that differ only in keys and indexes, as one; and how many objects were looked at."""
    if not len(nodes):
        return [], 0
    first, counts = (each[:MOST_TRAILS].tolist() for each in find_alike(routes, nodes, MOST_TRAILS))
    merged: dict[tuple[tuple[str, ...], ...], tuple[Place, int]] = {}
    for node, alike in zip(first, counts, strict=True):
        place = place_of(routes, node)
        key = _without_repeats(place)
        known, count = merged.get(key, (place, 0))
        merged[key] = (known, count + alike)
    places = sorted(merged.values(), key=lambda each: (-each[1], _shown_path(*each)))
    return places, sum(counts)


def _also_kept_by(routes: Routes, nodes: NDArray[np.int64]) -> list[str]:
    """Containers that refer to more than half of the objects, besides those on the shortest ways. Looks at some of each."""
    graph = routes.graph
    some = nodes[np.linspace(0, len(nodes) - 1, min(len(nodes), SAMPLE)).astype(np.int64)]
    turned = graph.referrers_of(some)
    counts: Counter[int] = Counter()
    for node in some.tolist():
        edges = turned.edges_to(node)
        if len(edges) <= MOST_REFERRERS:
            holding = edges[graph.labels[edges] >> LABEL_SHIFT != EdgeKind.TYPE]
            counts.update(set(graph.owners_of(holding).tolist()) - {int(routes.parent[node])})
    ways = set(routes.parent[some].tolist())
    holders = [node for node, count in counts.items() if 2 * count > len(some) and node not in ways]
    return sorted(place_of(routes, node).path for node in holders if routes.reached[node])[:MOST_OTHERS]


def _without_repeats(place: Place) -> tuple[tuple[str, ...], ...]:
    """The path's shape, as it reads and by type: `.next` and `.next.next.next` are the same way to go."""
    links = [link for link in place.links if not link.is_gap]
    shapes = [(link.step.step, link.masked_text, link.step.type) for link in links]
    return tuple(shape for shape, _ in groupby(shapes))


def _shown_path(place: Place, merged: int) -> str:
    return place.path if merged == 1 else place.path_with_masks()


def _root_path(graph: HeapGraph, place: Place, merged: int, cuts: Cuts) -> RootPath:
    address = f"{int(graph.addresses[place.node]):#x}"
    return RootPath(
        path=_shown_path(place, merged),
        address=address,
        type=graph.type_name(place.node),
        chain=place.chain,
        merged=merged,
        cut=cuts.cut(place),
        value=graph.values.get(place.node),
    )
