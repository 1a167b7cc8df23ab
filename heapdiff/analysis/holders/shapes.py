"""What is known of a container's make, applied to one in a graph: its entries, its length, its bound, its own parts."""

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.naming.steps import shape_by_type
from heapdiff.analysis.reach.trails import GAP, Trail, own_text
from heapdiff.format import LABEL_SHIFT, EdgeKind, TypeFlag
from heapdiff.graph.heap import HeapGraph
from heapdiff.knowledge.shapes import BY_FIELDS, CONTEXT_TABLE, POOLED, SHAPES, Shape

ENTRY_KINDS: Final = (EdgeKind.ELEMENT, EdgeKind.VALUE, EdgeKind.INT_VALUE, EdgeKind.MEMBER)
IS_ENTRY: Final = np.isin(np.arange(16), ENTRY_KINDS)  # by kind of reference
WITH_PARTS: Final = tuple(shape for shape in SHAPES if shape.parts)


def shape_of(graph: HeapGraph, node: int) -> Shape | None:
    """The shape that an object has, by its type and by what it really has."""
    known = shape_by_type(graph, node)
    if known is not None and not known.fields:
        return known
    there = attributes_of(graph, node).keys()
    likely = BY_FIELDS if known is None else (known, *BY_FIELDS)
    return next((shape for shape in likely if there >= set(shape.fields)), None)


def attributes_of(graph: HeapGraph, node: int) -> dict[str, int]:
    """What an object has as attributes, in itself and in its `__dict__`."""
    found = {edge.name: int(edge.target) for edge in graph.edges(node, EdgeKind.ATTRIBUTE)}
    if "__dict__" in found:
        found = entries_of(graph, found["__dict__"]) | found
    return found


def nameless_of(graph: HeapGraph, node: int, most: int) -> list[int]:
    """What an object of C code keeps without a name for it, among its first references."""
    row = graph.row(node)
    near = slice(row.start, min(row.stop, row.start + most))
    found: list[int] = graph.targets[near][graph.labels[near] >> LABEL_SHIFT == EdgeKind.UNNAMED].tolist()
    return found


def entries_of(graph: HeapGraph, space: int) -> dict[str, int]:
    """The entries of a namespace whose names are known."""
    targets, kinds = _row(graph, space)
    values = np.flatnonzero(kinds == EdgeKind.VALUE)
    pairs = zip(targets[values - 1].tolist(), targets[values].tolist(), strict=True)
    return {name: value for key, value in pairs if (name := graph.name_of(key))}


def content_of(graph: HeapGraph, node: int) -> list[int]:
    """The parts that have a container's entries; none where it has them itself."""
    shape = shape_of(graph, node)
    if shape is None or not (shape.content or shape.inside):
        return []
    if shape.content:
        return [attributes_of(graph, node)[shape.content]]
    targets, kinds = _row(graph, node)
    nameless = targets[np.isin(kinds, (EdgeKind.UNNAMED, EdgeKind.INTERNAL))].tolist()
    return [target for target in nameless if graph.type_name(target) == shape.inside]


def length_of(graph: HeapGraph, node: int) -> int | None:
    """The number of entries, or None for what is no container."""
    if parts := content_of(graph, node):
        return max(_count_entries(graph, part) for part in parts)
    if count := _count_entries(graph, node):
        return count
    shape = shape_by_type(graph, node)
    return 0 if _is_dict(graph, node) or (shape is not None and shape.sized) else None


def _is_dict(graph: HeapGraph, node: int) -> bool:
    return bool(graph.types[int(graph.type_ids[node])].flags & TypeFlag.DICT)


def _count_entries(graph: HeapGraph, node: int) -> int:
    _, kinds = _row(graph, node)
    return int(np.count_nonzero(IS_ENTRY[kinds]))


def stops_at_bound(graph: HeapGraph, node: int) -> bool:
    """Whether a container has a whole number as its bound, and counts its entries by one."""
    shape = shape_of(graph, node)
    if shape is None or not shape.bound:
        return False
    attributes = attributes_of(graph, node)
    bound = attributes.get(shape.bound, -1)
    return bound >= 0 and graph.type_name(bound) == "int" and shape.measure not in attributes


def pool_of(graph: HeapGraph, node: int) -> int:
    """The pool with a fixed number of entries that has this object as one, or -1."""
    if not POOLED & set(graph.lineage(node)):
        return -1
    for content in _referring(graph, node):
        holders = _referring(graph, content)
        above = [one for each in holders if _is_dict(graph, each) for one in _referring(graph, each)]
        for owner in (*holders, *above):
            shape = shape_of(graph, owner)
            if shape is not None and shape.pool and content in content_of(graph, owner):
                return owner
    return -1


def _referring(graph: HeapGraph, node: int) -> list[int]:
    turned = graph.referrers
    found: list[int] = turned.sources[turned.row(node)].tolist()
    return found


def without_parts(graph: HeapGraph, trail: Trail) -> Trail:
    """The trail up to what a person can write down, and takes for one thing."""
    for at, edge in enumerate(trail.edges):
        if edge != GAP and (owner := _owner_of_part(graph, trail, at)) >= 0:
            return trail.upto(owner + 1)
    while len(trail.nodes) > 1 and trail.edges[-1] != GAP and _is_hidden(graph, trail):
        trail = trail.upto(len(trail.nodes) - 1)
    return trail


def _owner_of_part(graph: HeapGraph, trail: Trail, at: int) -> int:
    """Where on the trail the container is of whose private parts one begins here, or -1."""
    name = own_text(graph, trail.edges[at])
    likely = [shape for shape in WITH_PARTS if re.fullmatch(shape.parts, name)]
    in_dict = at > 0 and trail.edges[at - 1] != GAP and own_text(graph, trail.edges[at - 1]) == "__dict__"
    owner = at - 1 if in_dict else at
    return owner if likely and shape_of(graph, trail.nodes[owner]) in likely else -1


def _is_hidden(graph: HeapGraph, trail: Trail) -> bool:
    """Whether the trail's end is a part of its owner that has no name."""
    owner, kind = trail.nodes[-2], graph.edge(trail.edges[-1]).kind
    shape = shape_by_type(graph, owner)
    if kind is EdgeKind.UNNAMED:
        pseudo = graph.types[int(graph.type_ids[owner])].flags & TypeFlag.PSEUDO
        return shape is not CONTEXT_TABLE and not pseudo
    inside = shape.inside if shape is not None else ""
    return kind is EdgeKind.INTERNAL and graph.type_name(trail.nodes[-1]) == inside


def _row(graph: HeapGraph, node: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """An object's references: where they lead, and their kinds."""
    row = graph.row(node)
    kinds: NDArray[np.uint32] = (graph.labels[row] >> LABEL_SHIFT).astype(np.uint32)
    return graph.targets[row], kinds
