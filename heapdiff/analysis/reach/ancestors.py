"""Which classes a type is made from: all that its `__mro__` has, also those of which no object is alive."""

from collections.abc import Iterator

from heapdiff.analysis.reach.routes import Routes
from heapdiff.format import EdgeKind


def find_ancestors(routes: Routes, type_name: str) -> frozenset[str]:
    """The names of a type and of the classes that it's made from, as far as they are known.

    `HeapGraph.lineage` knows only those with objects, and of several bases one: a mixin is in neither.
    """
    known = routes.ancestors.get(type_name)
    if known is None:
        known = routes.ancestors[type_name] = frozenset(_find(routes, type_name))
    return known


def _find(routes: Routes, type_name: str) -> Iterator[str]:
    graph, names = routes.graph, routes.homes.class_names
    yield from graph.lineage_of.get(type_name, (type_name,))
    node = graph.type_nodes.get(type_name, -1)
    for attribute in graph.edges(node, EdgeKind.ATTRIBUTE) if node >= 0 else ():
        if attribute.name == "__mro__":
            order = graph.edges(attribute.target, EdgeKind.ELEMENT)
            yield from (names[edge.target] for edge in order if edge.target in names)
