"""Which reference on a path a person would cut, and what that would free. Searches no paths."""

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from heapdiff.analysis.holders.holder import Place
from heapdiff.analysis.naming.paths import write_path
from heapdiff.analysis.reach.retained import Dominance, compute_dominance, compute_freed_by_cut
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.reach.trails import GAP
from heapdiff.answers import Cut
from heapdiff.graph.heap import FewReferrers

KEY = "key"  # the step to an object that is a key itself


class Cuts:
    """Answers for some places in one graph; its dominators are computed when first needed."""

    def __init__(self, routes: Routes, places: Iterable[Place]) -> None:
        self._routes = routes
        self._targets = [found.target for place in places if (found := _find_last(place)) is not None]

    @cached_property
    def _dominance(self) -> Dominance:
        return compute_dominance(self._routes)

    @cached_property
    def _turned(self) -> FewReferrers:
        return self._routes.graph.referrers_of(self._targets)

    def cut(self, place: Place) -> Cut | None:
        """At the last variable or attribute before an entry; None where a path is a root alone."""
        last = _find_last(place)
        if last is None:
            return None
        path = write_path(place.links[: last.links])
        graph, others = self._routes.graph, self._turned.edges_to(last.target)
        return Cut(path, compute_freed_by_cut(graph, last.owner, last.target, self._dominance, others))


class _Last(NamedTuple):
    """The reference to cut, and how many links there are up to it."""

    links: int
    owner: int
    target: int


def _find_last(place: Place) -> _Last | None:
    last = None
    for number, link in enumerate(place.links, 1):
        if link.indexed or link.step.step == KEY:
            break
        at = place.trail.nodes.index(link.node) if link.node in place.trail.nodes else 0
        if at > 0 and place.trail.edges[at - 1] != GAP:
            last = _Last(number, place.trail.nodes[at - 1], link.node)
    return last
