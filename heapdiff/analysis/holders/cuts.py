"""Which reference on a path a person would cut, and what that would free. Searches no paths."""

from functools import cached_property

from heapdiff.analysis.holders.holder import Place
from heapdiff.analysis.naming.paths import write_path
from heapdiff.analysis.reach.retained import Dominance, compute_dominance, compute_freed_by_cut
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.reach.trails import GAP
from heapdiff.answers import Cut

KEY = "key"  # the step to an object that is a key itself


class Cuts:
    """Answers for the paths of one graph; its dominators are computed when first needed."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes

    @cached_property
    def _dominance(self) -> Dominance:
        return compute_dominance(self._routes)

    def cut(self, place: Place) -> Cut | None:
        """At the last variable or attribute before an entry; None where a path is a root alone."""
        last = None
        for number, link in enumerate(place.links, 1):
            if link.indexed or link.step.step == KEY:
                break
            at = place.trail.nodes.index(link.node) if link.node in place.trail.nodes else 0
            if at > 0 and place.trail.edges[at - 1] != GAP:
                last = number, place.trail.nodes[at - 1], link.node
        if last is None:
            return None
        length, owner, target = last
        path = write_path(place.links[:length])
        return Cut(path, compute_freed_by_cut(self._routes.graph, owner, target, self._dominance))
