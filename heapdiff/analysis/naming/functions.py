"""What a function keeps beside its code: variables of enclosing functions, and default arguments."""

from heapdiff.analysis.naming.steps import Link, edge_kind, leads_to
from heapdiff.analysis.reach.origins import Homes
from heapdiff.analysis.reach.trails import Trail, key_node
from heapdiff.answers import HolderKind, Step
from heapdiff.format import LABEL_PAYLOAD, EdgeKind
from heapdiff.graph.heap import HeapGraph


def read_closure(homes: Homes, trail: Trail, at: int) -> Link | None:
    graph = homes.graph
    if edge_kind(graph, trail, at + 1) is not EdgeKind.ELEMENT:
        return None
    index = int(graph.labels[trail.edges[at + 1]]) & LABEL_PAYLOAD
    free = [name for kind, name in _variables(graph, trail.nodes[at])[0] if kind is EdgeKind.FREE]
    name = free[index] if index < len(free) else str(index)
    whole = edge_kind(graph, trail, at + 2) is EdgeKind.ATTRIBUTE
    references = 3 if whole else 2
    node, type_name = leads_to(graph, trail, at, references)
    return Link(Step("closure", name, type_name), f".<closure {name}>", node, HolderKind.CLOSURE, references)


def read_default(homes: Homes, trail: Trail, at: int) -> Link | None:
    graph = homes.graph
    if edge_kind(graph, trail, at + 1) is not EdgeKind.ELEMENT:
        return None
    index = int(graph.labels[trail.edges[at + 1]]) & LABEL_PAYLOAD
    defaults = trail.nodes[at + 1]
    count = len(graph.targets[graph.row(defaults)])
    variables, positional = _variables(graph, trail.nodes[at])
    place = positional - count + index
    name = variables[place][1] if 0 <= place < len(variables) else str(index)
    return _default_link(graph, trail, at, name)


def read_keyword_default(homes: Homes, trail: Trail, at: int) -> Link | None:
    graph = homes.graph
    if edge_kind(graph, trail, at + 1) is not EdgeKind.VALUE:
        return None
    name = graph.name_of(key_node(graph, trail.edges[at + 1])) or "…"
    return _default_link(graph, trail, at, name)


def _default_link(graph: HeapGraph, trail: Trail, at: int, name: str) -> Link:
    node, type_name = leads_to(graph, trail, at, 2)
    return Link(Step("default", name, type_name), f".<default {name}>", node, HolderKind.FUNCTION_DEFAULT, 2)


def _variables(graph: HeapGraph, function: int) -> tuple[tuple[tuple[EdgeKind, str], ...], int]:
    """A function's variables and how many of them are positional arguments."""
    for edge in graph.edges(function):
        declared = graph.declarations.get(int(edge.target)) if edge.name == "__code__" else None
        if declared is not None:
            return declared.variables, declared.positional
    return (), 0
