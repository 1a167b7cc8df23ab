"""Where holder paths begin: roots, classes, variables of contexts, and what native code or nothing at all keeps."""

import re
from collections.abc import Iterator
from typing import Final

import numpy as np

from heapdiff.analysis.holders.following import Nodes, Reached, Wanted
from heapdiff.analysis.naming.paths import read_links, write_path
from heapdiff.analysis.naming.reading import read_step
from heapdiff.analysis.naming.steps import edge_kind, shape_by_type
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.reach.trails import Trail
from heapdiff.escaping import escape_terminal
from heapdiff.format import EdgeKind
from heapdiff.graph.heap import Root
from heapdiff.graph.narrow import distinct
from heapdiff.knowledge.shapes import CONTEXT_TABLE

BOUNDARY: Final = re.compile(r"[.\[]")


def find_beginnings(routes: Routes, wanted: Wanted) -> Iterator[Reached]:
    """Each place in the path up to which a beginning reads like it, and the objects that begin so. O(n) once per graph."""
    known = routes.named_starts
    if not known:
        for name, node in _name_all(routes):
            known.setdefault(name, []).append(node)
    path = wanted.path
    for end in {0, len(path), *(found.start() for found in BOUNDARY.finditer(path))}:
        if path[:end] in known:
            yield end, np.array(known[path[:end]], np.int64)
    for kind, nodes in (("<native>", _held_outside), ("<unreachable>", _unreached)):
        if path.startswith(kind):
            yield from _by_type(routes, nodes(routes), kind, wanted)


def _name_all(routes: Routes) -> Iterator[tuple[str, int]]:
    for root in routes.graph.roots:
        for name in _names_of_root(routes, root):
            yield name, int(root.node)
    for node, name in routes.homes.class_names.items():
        for form in {name, escape_terminal(name)}:
            yield form, node
    yield from _name_context_values(routes)


def _names_of_root(routes: Routes, root: Root) -> set[str]:
    links = read_links(routes.homes, Trail(root, (int(root.node),), ()))
    names = {write_path(links), write_path(links, masked=True), *filter(None, [root.name])}
    return names | {escape_terminal(name) for name in names}


def _name_context_values(routes: Routes) -> Iterator[tuple[str, int]]:
    """Values of context variables: their paths begin at the variable."""
    graph = routes.graph
    tables = [at for at, line in enumerate(graph.lineages) if set(line) & set(CONTEXT_TABLE.types)]
    for node in graph.of_types(tables).tolist():
        row = graph.row(node)
        for position in range(row.start, row.stop):
            trail = Trail(None, (node,), ()).extended(position, int(graph.targets[position]))
            if (
                shape_by_type(graph, node) is not CONTEXT_TABLE
                or edge_kind(graph, trail, 0) is not EdgeKind.UNNAMED
            ):
                continue
            link = read_step(routes.homes, trail, 0)
            if link.restarts:
                yield link.text, link.node


def _held_outside(routes: Routes) -> Nodes:
    return routes.starts.held


def _unreached(routes: Routes) -> Nodes:
    return np.flatnonzero(~routes.reached)


def _by_type(routes: Routes, nodes: Nodes, kind: str, wanted: Wanted) -> Iterator[Reached]:
    graph = routes.graph
    types = graph.type_ids[nodes]
    for number in distinct(types).tolist():
        for end in wanted.ends(f"{kind}.{graph.types[number].name}", at=0):
            yield end, nodes[types == number]
