"""Which code belongs to which endpoint, from the `view_functions` of the Flask applications in a graph.

app ──.view_functions──► dict ──['shop.product']──► function ──.__wrapped__──► function ──.__code__──► code
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from heapdiff.analysis.holders.shapes import attributes_of, nameless_of
from heapdiff.format import LABEL_SHIFT, EdgeKind, TypeFlag
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.narrow import distinct

TABLE: Final = "view_functions"
MOST_FUNCTIONS: Final = 16  # behind one endpoint: decorators, and the methods of a class


@dataclass(frozen=True, slots=True)
class Endpoints:
    """For each code object's node the endpoints that it's the view of, or a decorator. One without a name is empty."""

    of: Mapping[int, frozenset[str]]

    def find(self, codes: Iterable[int]) -> tuple[str, int]:
        """The one endpoint that runs through these code objects, outermost first, and the last of those that tell most.

        The endpoint is empty if it isn't clear: a base class's view is that of many, and its decorator that of more. The place
        is -1 if none of them tells anything.
        """
        likely: frozenset[str] = frozenset()
        place = -1
        for at, code in enumerate(codes):
            found = self.of.get(code, frozenset())
            if found and (not likely or found <= likely):
                place = at
            likely = likely & found or likely or found
        return (next(iter(likely)) if len(likely) == 1 else ""), place


def find_endpoints(graph: HeapGraph) -> Endpoints:
    """O(m) once; then a little for each endpoint."""
    of: dict[int, set[str]] = {}
    for table in _find_tables(graph):
        for key, function in _items(graph, table):
            for code in _codes_behind(graph, function):
                of.setdefault(code, set()).add(name_endpoint(graph, key))
    return Endpoints({code: frozenset(names) for code, names in of.items()})


def name_endpoint(graph: HeapGraph, key: int) -> str:
    """By its str object: as calls were counted under it, else as the graph names it; empty if neither does."""
    counted = {} if graph.calls is None else graph.calls.names
    return counted.get(key) or graph.name_of(key)


def _find_tables(graph: HeapGraph) -> Iterator[int]:
    """What objects have under that name, in themselves or in their `__dict__`."""
    positions = np.concatenate([graph.attributes(TABLE), graph.entries(graph.nodes_named([TABLE]))])
    for node in distinct(graph.targets[positions]).tolist():
        if graph.types[int(graph.type_ids[node])].flags & TypeFlag.DICT:
            yield node


def _items(graph: HeapGraph, table: int) -> Iterator[tuple[int, int]]:
    row = graph.row(table)
    for position in range(row.start + 1, row.stop):
        if int(graph.labels[position]) >> LABEL_SHIFT == EdgeKind.VALUE:
            yield int(graph.targets[position - 1]), int(graph.targets[position])


def _codes_behind(graph: HeapGraph, function: int) -> Iterator[int]:
    """The code of a view function, of what it wraps, and of the methods of the class that it was made of."""
    seen, waiting = {function}, [function]
    while waiting and len(seen) <= MOST_FUNCTIONS:
        each = waiting.pop(0)
        attributes = attributes_of(graph, each)
        if "__code__" in attributes:
            yield attributes["__code__"]
        further = [attributes[name] for name in ("__wrapped__", "__func__") if name in attributes]
        further += nameless_of(graph, each, MOST_FUNCTIONS)
        if "view_class" in attributes:
            further += _methods(graph, attributes["view_class"])
        if "__closure__" in attributes:
            further += _enclosed(graph, attributes["__closure__"])
        waiting += [each for each in dict.fromkeys(further) if each not in seen]
        seen.update(further)


def _methods(graph: HeapGraph, view_class: int) -> list[int]:
    return [each for each in attributes_of(graph, view_class).values() if graph.type_name(each) == "function"]


def _enclosed(graph: HeapGraph, closure: int) -> list[int]:
    """The functions among the variables of the enclosing ones: what a decorator calls, if it doesn't say so."""
    cells = graph.targets[graph.row(closure)].tolist()
    inside = [attributes_of(graph, cell).get("cell_contents", -1) for cell in cells]
    return [each for each in inside if each >= 0 and graph.type_name(each) == "function"]
