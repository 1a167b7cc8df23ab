"""What belongs to one thread or task: attributes of `threading.local`, values of context variables."""

from typing import Final

from heapdiff.analysis.naming.steps import MASKED_TEXT, Link, edge_kind, leads_to
from heapdiff.analysis.reach.origins import Homes
from heapdiff.analysis.reach.trails import Trail, key_node
from heapdiff.answers import HolderKind, Step
from heapdiff.format import LABEL_SHIFT, EdgeKind

CONTEXT_VARIABLE: Final = "_contextvars.ContextVar"


def read_thread_attribute(homes: Homes, trail: Trail, at: int) -> Link | None:
    """`local ──► dict of threads ──► a thread's dict ──► entry` is an attribute of a `threading.local`."""
    graph = homes.graph
    steps = [edge_kind(graph, trail, at + number) for number in (1, 2)]
    if steps != [EdgeKind.VALUE, EdgeKind.VALUE]:
        return None
    name = graph.name_of(key_node(graph, trail.edges[at + 2]))
    node, type_name = leads_to(graph, trail, at, 3)
    text = f".{name}" if name else MASKED_TEXT
    step = Step("attribute", name or MASKED_TEXT, type_name)
    return Link(step, text, node, HolderKind.THREAD_LOCAL, 3, indexed=not name)


def read_context_value(homes: Homes, trail: Trail, at: int) -> Link | None:
    """In a context's table a value's variable follows it, and has a name where it is kept: a global, an attribute."""
    graph = homes.graph
    following = trail.edges[at] + 1
    if following >= int(graph.first_edge[trail.nodes[at] + 1]):
        return None
    variable = int(graph.targets[following])
    name = _variable_name(homes, variable) if graph.type_name(variable) == CONTEXT_VARIABLE else ""
    if not name:
        return None
    node, type_name = leads_to(graph, trail, at, 1)
    step = Step("internal", f"{name}.<value>", type_name)
    return Link(step, f"{name}.<value>", node, HolderKind.THREAD_LOCAL, restarts=True)


def _variable_name(homes: Homes, node: int) -> str:
    """The global that a variable is, else the attribute of a class or of a global in which it stands, as LocalStack's."""
    graph = homes.graph
    turned = graph.referrers
    around = turned.row(node)
    names = []
    for holder, position in zip(turned.sources[around].tolist(), turned.edges[around].tolist(), strict=True):
        edge = graph.edge(position)
        if edge.kind is EdgeKind.ATTRIBUTE:
            owners, attribute = [holder], edge.name
        elif edge.kind is EdgeKind.VALUE:
            owners = turned.sources[turned.row(holder)].tolist()
            attribute = graph.name_of(key_node(graph, position))
        else:
            continue
        bases = [homes.class_names.get(owner) or _global_name(homes, owner) for owner in owners]
        names += [f"{base}.{attribute}" for base in bases if base and attribute]
    return _global_name(homes, node) or min(names, default="")


def _global_name(homes: Homes, node: int) -> str:
    """The dotted name of the global that an object is, in the smallest module that imports least."""
    graph = homes.graph
    turned = graph.referrers
    names: dict[int, str] = {}
    around = turned.row(node)
    for space, edge in zip(turned.sources[around].tolist(), turned.edges[around].tolist(), strict=True):
        if int(graph.labels[edge]) >> LABEL_SHIFT != EdgeKind.VALUE:
            continue
        key = graph.name_of(key_node(graph, edge))
        owners = turned.sources[turned.row(space)].tolist()
        modules = [graph.name_of(owner) for owner in owners if graph.type_name(owner) == "module"]
        if key and any(modules):
            names[space] = f"{min(filter(None, modules))}.{key}"
    if len(names) < 2:
        return next(iter(names.values()), "")
    rows = {space: graph.targets[graph.row(space)] for space in names}
    imports = {
        space: len(set(homes.of[row].tolist()) & names.keys() - {space}) for space, row in rows.items()
    }
    return min(names.items(), key=lambda item: (imports[item[0]], len(rows[item[0]]), item[1]))[1]
