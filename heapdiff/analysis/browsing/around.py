"""One object and what is around it: references both ways, the path from a root, what dominates it and what it dominates."""

from __future__ import annotations

from typing import Final

from heapdiff.analysis.browsing.listing import FIRST, Window, group_by_type, page_of, row_of
from heapdiff.analysis.browsing.prepared import Prepared
from heapdiff.analysis.holders.holder import Place, place_of
from heapdiff.analysis.holders.shapes import length_of
from heapdiff.analysis.naming.reading import read_step
from heapdiff.analysis.reach.trails import Trail
from heapdiff.answers import Dominators, ObjectPage, ObjectRow, PathStep, TypePage, Whole
from heapdiff.format import LABEL_SHIFT, EdgeKind
from heapdiff.graph.heap import HeapGraph

CLASS: Final = ".__class__"
MOST_DOMINATORS: Final = 100
MOST_MEASURED: Final = 1_000_000  # references of one object; counting more entries takes too long for a click


def describe(prepared: Prepared, node: int) -> Whole:
    """An object by itself, and the path that leads to it."""
    graph, place = prepared.graph, place_of(prepared.routes, node)
    row = graph.row(node)
    return Whole(
        address=f"{int(graph.addresses[node]):#x}",
        type=graph.type_name(node),
        name=graph.name_of(node),
        bytes=int(graph.sizes[node]),
        retained_bytes=int(prepared.dominance.retained[node]),
        reference_count=int(graph.refcounts[node]),
        length=length_of(graph, node) if row.stop - row.start <= MOST_MEASURED else None,
        value=graph.values.get(node),
        path=place.path,
        kind=place.kind,
        reached=bool(prepared.routes.reached[node]),
        chain=_steps(prepared, place),
        references=row.stop - row.start,
        referrers=_length(graph, node),
        dominated=len(prepared.dominated_by(node)),
    )


def _length(graph: HeapGraph, node: int) -> int:
    row: slice = graph.referrers.row(node)
    return int(row.stop - row.start)


def _steps(prepared: Prepared, place: Place) -> tuple[PathStep, ...]:
    graph, retained = prepared.graph, prepared.dominance.retained
    return tuple(
        PathStep(
            text=link.text,
            step=link.step,
            address="" if link.is_gap else f"{int(graph.addresses[link.node]):#x}",
            bytes=int(graph.sizes[link.node]),
            retained_bytes=int(retained[link.node]),
        )
        for link in place.links
    )


def list_references(prepared: Prepared, node: int, window: Window = FIRST) -> ObjectPage:
    """What an object refers to, in its own order, weak references too."""
    row, targets = prepared.graph.row(node), prepared.graph.targets
    total = row.stop - row.start
    places = window.over(total)
    rows = []
    for edge in range(row.start + places.start, row.start + places.stop):
        target = int(targets[edge])
        rows.append(row_of(prepared, target, write_edge(prepared, node, target, edge)))
    return ObjectPage(total, total, places.start, tuple(rows))


def list_referrers(prepared: Prepared, node: int, window: Window = FIRST) -> ObjectPage:
    """What refers to an object, without weak references."""
    turned = prepared.graph.referrers
    row = turned.row(node)
    total = row.stop - row.start
    places = window.over(total)
    some = slice(row.start + places.start, row.start + places.stop)
    pairs = zip(turned.sources[some].tolist(), turned.edges[some].tolist(), strict=True)
    rows = (row_of(prepared, source, write_edge(prepared, source, node, edge)) for source, edge in pairs)
    return ObjectPage(total, total, places.start, tuple(rows))


def list_dominated(prepared: Prepared, node: int, window: Window = FIRST) -> ObjectPage:
    """What an object dominates directly, heaviest first; `len(graph)` stands for all roots together."""
    return page_of(prepared, prepared.dominated_by(node), window=window)


def write_edge(prepared: Prepared, owner: int, target: int, edge: int) -> str:
    """How a reference reads as one step."""
    if int(prepared.graph.labels[edge]) >> LABEL_SHIFT == EdgeKind.TYPE:
        return CLASS  # a path begins anew at a class
    return read_step(prepared.routes.homes, Trail(None, (owner, target), (edge,)), 0).text


def group_references(prepared: Prepared, node: int) -> TypePage:
    row = prepared.graph.row(node)
    return group_by_type(prepared, prepared.graph.targets[row], alone=False)


def group_referrers(prepared: Prepared, node: int) -> TypePage:
    turned = prepared.graph.referrers
    return group_by_type(prepared, turned.sources[turned.row(node)], alone=False)


def group_dominated(prepared: Prepared, node: int) -> TypePage:
    return group_by_type(prepared, prepared.dominated_by(node))


def list_dominators(prepared: Prepared, node: int) -> Dominators:
    """From the nearest up, MOST_DOMINATORS at most."""
    idom, n = prepared.dominance.idom, len(prepared.graph)
    rows: list[ObjectRow] = []
    at = int(idom[node])
    while at < n and len(rows) < MOST_DOMINATORS:
        rows.append(row_of(prepared, at))
        at = int(idom[at])
    return Dominators(tuple(rows), at < n)
