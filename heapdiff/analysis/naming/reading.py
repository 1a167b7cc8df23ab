"""How references read, one step at a time: each idiom takes what is one step to a person, however many it is.

The tables at the end say which idiom applies to a reference. No paths here: `naming` puts the steps together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from heapdiff.analysis.naming.functions import read_closure, read_default, read_keyword_default
from heapdiff.analysis.naming.steps import (
    MASKED,
    MASKED_TEXT,
    SUBCLASSES,
    Link,
    content_link,
    edge_kind,
    edge_name,
    gap_link,
    leads_to,
    shape_by_type,
    write_reference,
)
from heapdiff.analysis.naming.tasks import read_awaited
from heapdiff.analysis.naming.thread_locals import read_context_value, read_thread_attribute
from heapdiff.analysis.reach.origins import Homes
from heapdiff.analysis.reach.trails import GAP, Trail, key_node
from heapdiff.answers import HolderKind, Step
from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, EdgeKind, RootKind, TypeFlag
from heapdiff.graph.heap import HeapGraph
from heapdiff.knowledge.shapes import CONTEXT_TABLE, THREAD_LOCAL, Shape

WEAK_REFERENCES: Final = frozenset(
    ("weakref.ReferenceType", "weakref.KeyedRef", "weakref.WeakMethod", "weakref")
)
METHODS: Final = frozenset(("staticmethod", "classmethod"))


def read_start(homes: Homes, trail: Trail) -> list[Link]:
    graph, node = homes.graph, trail.nodes[0]
    type_name = graph.type_name(node)
    if not trail.found:
        return [Link(Step("native", "<unreachable>", type_name), f"<unreachable>.{type_name}", node, None)]
    root = trail.root
    if root is None:
        step = Step("native", "<native>", type_name)
        return [Link(step, f"<native>.{type_name}", node, HolderKind.NATIVE)]
    if root.kind is RootKind.MODULE:
        return [Link(Step("module", root.name, type_name), root.name, node, None)]
    if root.kind is RootKind.THREAD:
        name = _frame_name(graph, node)
        thread = Link(Step("thread", root.name, "thread"), f"<thread {root.name}>", node, None)
        return [thread, Link(Step("frame", name, type_name), f".{name}", node, None)]
    if root.kind is RootKind.THREAD_STATE:
        step = Step("thread", root.name, type_name)
        return [Link(step, f"<thread-state {root.name}>", node, HolderKind.THREAD_LOCAL)]
    if root.kind is RootKind.TYPE:
        name = _class_name(homes, node) or root.name
        return [Link(Step("interpreter", name, type_name), name, node, None)]
    return [Link(Step("interpreter", root.name, type_name), f"<interpreter {root.name}>", node, None)]


def _frame_name(graph: HeapGraph, node: int) -> str:
    """A frame's function: its own name, else its code object's."""
    own = graph.name_of(node)
    if own:
        return own
    for edge in graph.edges(node):
        if edge.name in ("f_code", "__code__") and graph.name_of(edge.target):
            return graph.name_of(edge.target)
    return graph.type_name(node)


def _class_name(homes: Homes, node: int) -> str:
    return homes.class_names.get(node) or homes.graph.name_of(node)


def read_step(homes: Homes, trail: Trail, at: int) -> Link:
    graph = homes.graph
    if trail.edges[at] == GAP:
        node, type_name = leads_to(graph, trail, at, 1)
        return gap_link(trail.skipped + 1, Link(Step("reference", "", type_name), "", node, None))
    kind = EdgeKind(int(graph.labels[trail.edges[at]]) >> LABEL_SHIFT)
    idiom = _idiom(graph, trail, at, kind)
    return (idiom(homes, trail, at) if idiom is not None else None) or READERS[kind](homes, trail, at)


def _idiom(graph: HeapGraph, trail: Trail, at: int, kind: EdgeKind) -> Idiom | None:
    if kind is EdgeKind.ATTRIBUTE:
        return ATTRIBUTE_IDIOMS.get(edge_name(graph, trail, at))
    if kind not in (EdgeKind.UNNAMED, EdgeKind.INTERNAL):
        return None
    shape = shape_by_type(graph, trail.nodes[at])
    if shape is not None and shape.reads:
        return _content
    return SHAPE_IDIOMS.get(shape, read_awaited) if kind is EdgeKind.UNNAMED else None


def _namespace_entry(homes: Homes, trail: Trail, at: int) -> Link | None:
    """`owner.__dict__[name]` is `owner.name`."""
    graph = homes.graph
    if edge_kind(graph, trail, at + 1) is not EdgeKind.VALUE:
        return None
    name = graph.name_of(key_node(graph, trail.edges[at + 1]))
    node, type_name = leads_to(graph, trail, at, 2)
    step, kind = _owner_step(graph, trail.nodes[at])
    if not name:
        return Link(
            Step(step, MASKED_TEXT, type_name), f".__dict__{MASKED_TEXT}", node, kind, 2, indexed=True
        )
    return Link(Step(step, name, type_name), f".{name}", node, kind, 2)


def _owner_step(graph: HeapGraph, owner: int) -> tuple[str, HolderKind]:
    kind = graph.types[int(graph.type_ids[owner])]
    if kind.name == "module":
        return "global", HolderKind.MODULE_GLOBAL
    if kind.flags & TypeFlag.TYPE:
        return "class-attribute", HolderKind.CLASS_ATTRIBUTE
    if shape_by_type(graph, owner) is THREAD_LOCAL:
        return "attribute", HolderKind.THREAD_LOCAL
    return "attribute", HolderKind.INSTANCE_ATTRIBUTE


def _wrapped_function(homes: Homes, trail: Trail, at: int) -> Link | None:
    """What a static or class method's function keeps reads as the method's own."""
    graph = homes.graph
    if graph.type_name(trail.nodes[at]) not in METHODS or edge_kind(graph, trail, at + 1) is None:
        return None
    link = read_step(homes, trail, at + 1)
    return replace(link, references=link.references + 1)


def _weak_callback(homes: Homes, trail: Trail, at: int) -> Link | None:
    graph = homes.graph
    if graph.type_name(trail.nodes[at]) not in WEAK_REFERENCES:
        return None
    node, type_name = leads_to(graph, trail, at, 1)
    return Link(Step("internal", "__callback__", type_name), ".__callback__", node, HolderKind.WEAK_CALLBACK)


def _attribute(homes: Homes, trail: Trail, at: int) -> Link:
    graph = homes.graph
    name = edge_name(graph, trail, at)
    node, type_name = leads_to(graph, trail, at, 1)
    step, kind = _owner_step(graph, trail.nodes[at])
    text = write_reference(EdgeKind.ATTRIBUTE, name)
    return Link(Step("attribute" if step == "global" else step, name, type_name), text, node, kind)


def _value(homes: Homes, trail: Trail, at: int) -> Link:
    graph = homes.graph
    key = key_node(graph, trail.edges[at])
    node, type_name = leads_to(graph, trail, at, 1)
    text, masked = key_text(homes, trail.nodes[at], key)
    name = f"[{graph.values[key]}]" if masked and key in graph.values else text
    return Link(Step("item", name, type_name), text, node, None, indexed=masked)


def key_text(homes: Homes, owner: int, key: int) -> tuple[str, bool]:
    """How a dict key shows, and whether it is masked."""
    graph = homes.graph
    kind = graph.type_name(key)
    if kind == "str":
        name = graph.name_of(key)
        return (f"['{name}']", False) if name and homes.is_namespace[owner] else (MASKED_TEXT, True)
    if kind in ("NoneType", "bool"):
        address = int(graph.addresses[key])
        for name, at in graph.info.get("singletons", {}).items():
            if at == address:
                return f"[{name.capitalize()}]", False
        return ("[None]", False) if kind == "NoneType" else (MASKED, True)
    return MASKED, True


def _int_value(homes: Homes, trail: Trail, at: int) -> Link:
    graph = homes.graph
    text = f"[{graph.edge(trail.edges[at]).index}]"
    node, type_name = leads_to(graph, trail, at, 1)
    return Link(Step("item", text, type_name), text, node, None, indexed=True)


def _element(homes: Homes, trail: Trail, at: int) -> Link:
    graph = homes.graph
    text = f"[{int(graph.labels[trail.edges[at]]) & LABEL_PAYLOAD}]"
    node, type_name = leads_to(graph, trail, at, 1)
    return Link(Step("element", text, type_name), text, node, None, indexed=True)


def _local(homes: Homes, trail: Trail, at: int) -> Link:
    graph = homes.graph
    name = edge_name(graph, trail, at)
    node, type_name = leads_to(graph, trail, at, 1)
    owner = graph.types[int(graph.type_ids[trail.nodes[at]])]
    kind = HolderKind.FRAME_LOCAL if owner.flags & TypeFlag.PSEUDO else HolderKind.GENERATOR
    return Link(Step("local", name, type_name), write_reference(EdgeKind.LOCAL, name), node, kind)


def _free(homes: Homes, trail: Trail, at: int) -> Link:
    graph = homes.graph
    name = edge_name(graph, trail, at)
    node, type_name = leads_to(graph, trail, at, 1)
    text = write_reference(EdgeKind.FREE, name)
    return Link(Step("closure", name, type_name), text, node, HolderKind.CLOSURE)


def _content(homes: Homes, trail: Trail, at: int) -> Link | None:
    """What hangs on a container out of sight is its content, but for what it has beside that under other names."""
    graph = homes.graph
    shape = shape_by_type(graph, trail.nodes[at])
    node, type_name = leads_to(graph, trail, at, 1)
    if shape is None or (edge_kind(graph, trail, at) is EdgeKind.INTERNAL and type_name != shape.inside):
        return None
    return content_link(shape, node, type_name)


def _internal(homes: Homes, trail: Trail, at: int) -> Link:
    graph = homes.graph
    name = edge_name(graph, trail, at) or "reference"
    text = write_reference(EdgeKind.INTERNAL, name)
    node, type_name = leads_to(graph, trail, at, 1)
    if name == SUBCLASSES:
        step = Step("class-attribute", "__subclasses__", type_name)
        return Link(step, text, node, HolderKind.CLASS_ATTRIBUTE)
    kind = HolderKind.THREAD_LOCAL if shape_by_type(graph, trail.nodes[at]) is THREAD_LOCAL else None
    return Link(Step("internal", name, type_name), text, node, kind)


def _plain(step: str, kind: EdgeKind) -> Callable[[Homes, Trail, int], Link]:
    text = write_reference(kind)

    def read(homes: Homes, trail: Trail, at: int) -> Link:
        graph = homes.graph
        node, type_name = leads_to(graph, trail, at, 1)
        return Link(Step(step, text.removeprefix("."), type_name), text, node, None)

    return read


def _to_class(homes: Homes, trail: Trail, at: int) -> Link:
    graph = homes.graph
    node, type_name = leads_to(graph, trail, at, 1)
    name = _class_name(homes, node)
    return Link(Step("reference", "__class__", type_name), name, node, None, restarts=True)


Idiom = Callable[[Homes, Trail, int], Link | None]
ATTRIBUTE_IDIOMS: Final[Mapping[str, Idiom]] = {
    "__dict__": _namespace_entry,
    "__closure__": read_closure,
    "__defaults__": read_default,
    "__kwdefaults__": read_keyword_default,
    "__callback__": _weak_callback,
    "__func__": _wrapped_function,
}
SHAPE_IDIOMS: Final[Mapping[Shape | None, Idiom]] = {  # of references without a name
    THREAD_LOCAL: read_thread_attribute,
    CONTEXT_TABLE: read_context_value,
}
READERS: Final[Mapping[EdgeKind, Callable[[Homes, Trail, int], Link]]] = {
    EdgeKind.UNNAMED: _plain("reference", EdgeKind.UNNAMED),
    EdgeKind.ELEMENT: _element,
    EdgeKind.KEY: _plain("key", EdgeKind.KEY),
    EdgeKind.VALUE: _value,
    EdgeKind.INT_VALUE: _int_value,
    EdgeKind.ATTRIBUTE: _attribute,
    EdgeKind.LOCAL: _local,
    EdgeKind.CELL: _local,
    EdgeKind.FREE: _free,
    EdgeKind.MEMBER: _plain("member", EdgeKind.MEMBER),
    EdgeKind.INTERNAL: _internal,
    EdgeKind.TYPE: _to_class,
    EdgeKind.WEAK: _plain("reference", EdgeKind.WEAK),
    EdgeKind.STACK: _plain("internal", EdgeKind.STACK),
}
