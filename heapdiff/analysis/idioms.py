"""How references read, one step at a time: each idiom takes what is one step to a person, however many it is.

The tables at the end say which idiom applies to a reference. No paths here: `naming` puts the steps together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from heapdiff.analysis.homes import find_home_namespaces
from heapdiff.analysis.trails import GAP, Trail, key_node
from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, EdgeKind, RootKind, TypeFlag
from heapdiff.graph.heap import HeapGraph
from heapdiff.model import HolderKind, Step

__all__ = [
    "GAP_TEXT",
    "LRU_CACHE",
    "MASKED",
    "MASKED_TEXT",
    "NAMESPACE_REFERENCES",
    "THREAD_LOCALS",
    "WEAK_REFERENCES",
    "Link",
    "gap_link",
    "is_context_table",
    "read_start",
    "read_step",
]

LRU_CACHE: Final = "functools._lru_cache_wrapper"
MASKED_TEXT: Final = "['…']"
MASKED: Final = "[…]"
MOST_BASES: Final = 20
GAP_TEXT: Final = ".…"
NUMBER: Final = re.compile(r"\d+")
NAMESPACE_REFERENCES: Final = frozenset(("__dict__", "__globals__", "__kwdefaults__"))
WEAK_REFERENCES: Final = frozenset(
    ("weakref.ReferenceType", "weakref.KeyedRef", "weakref.WeakMethod", "weakref")
)
CONTEXT_VARIABLE: Final = "_contextvars.ContextVar"
CONTEXT_TABLES: Final = frozenset(("hamt_bitmap_node", "hamt_array_node", "hamt_collision_node"))
THREAD_LOCALS: Final = frozenset(("_thread._local", "_thread._localdummy", "threading.local"))


@dataclass(frozen=True, slots=True)
class Link:
    """One step as read: `text` goes into the path, `masked` into fingerprints, `node` is where it leads."""

    step: Step
    text: str
    node: int
    kind: HolderKind | None
    references: int = 1
    restarts: bool = False
    indexed: bool = False

    @property
    def masked(self) -> str:
        name = NUMBER.sub("…", self.step.name) if self.step.step == "thread" else self.step.name
        return f"{self.step.step} {MASKED if self.indexed else name} {self.step.type}"

    @property
    def masked_text(self) -> str:
        """The text for all links that differ only in an index, a key or the number of a thread."""
        if self.step.step == "thread":
            return NUMBER.sub("…", self.text)
        return (
            MASKED if self.indexed and self.text.startswith("[") and self.text != MASKED_TEXT else self.text
        )


def gap_link(steps: int, last: Link) -> Link:
    step = Step("reference", f"… {steps:,} more steps …", last.step.type)
    return Link(step, GAP_TEXT, last.node, None, indexed=True)


def is_namespace(graph: HeapGraph, node: int) -> bool:
    """Whether a dict holds attributes or globals, so that its keys are code, not data."""
    turned = graph.referrers
    for position in turned.edges[int(turned.first[node]) : int(turned.first[node + 1])][:64]:
        label = int(graph.labels[position])
        if (
            label >> LABEL_SHIFT == EdgeKind.ATTRIBUTE
            and graph.names[label & LABEL_PAYLOAD] in NAMESPACE_REFERENCES
        ):
            return True
    return False


def read_start(graph: HeapGraph, trail: Trail) -> list[Link]:
    node = trail.nodes[0]
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
        name = _class_name(graph, node) or root.name
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


def _class_name(graph: HeapGraph, node: int) -> str:
    address = int(graph.addresses[node])
    return next((kind.name for kind in graph.types if kind.address == address), graph.name_of(node))


def read_step(graph: HeapGraph, trail: Trail, at: int) -> Link:
    if trail.edges[at] == GAP:
        node, type_name = _leads(graph, trail, at, 1)
        return gap_link(trail.skipped + 1, Link(Step("reference", "", type_name), "", node, None))
    label = int(graph.labels[trail.edges[at]])
    kind = EdgeKind(label >> LABEL_SHIFT)
    if kind is EdgeKind.ATTRIBUTE:
        idiom = ATTRIBUTE_IDIOMS.get(graph.names[label & LABEL_PAYLOAD])
        found = idiom(graph, trail, at) if idiom else None
        if found is not None:
            return found
    elif kind is EdgeKind.UNNAMED:
        found = _thread_attribute(graph, trail, at) or _context_value(graph, trail, at)
        if found is not None:
            return found
    return READERS[kind](graph, trail, at)


def _leads(graph: HeapGraph, trail: Trail, at: int, references: int) -> tuple[int, str]:
    node = trail.nodes[at + references]
    return node, graph.type_name(node)


def _kind_at(graph: HeapGraph, trail: Trail, at: int) -> EdgeKind | None:
    if at >= len(trail.edges) or trail.edges[at] == GAP:
        return None
    return EdgeKind(int(graph.labels[trail.edges[at]]) >> LABEL_SHIFT)


def _payload_name(graph: HeapGraph, trail: Trail, at: int) -> str:
    return graph.names[int(graph.labels[trail.edges[at]]) & LABEL_PAYLOAD]


def _namespace_entry(graph: HeapGraph, trail: Trail, at: int) -> Link | None:
    """`owner.__dict__[name]` is `owner.name`."""
    if _kind_at(graph, trail, at + 1) is not EdgeKind.VALUE:
        return None
    name = graph.name_of(key_node(graph, trail.edges[at + 1]))
    node, type_name = _leads(graph, trail, at, 2)
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
    if kind.name in THREAD_LOCALS:
        return "attribute", HolderKind.THREAD_LOCAL
    return "attribute", HolderKind.INSTANCE_ATTRIBUTE


def _closure(graph: HeapGraph, trail: Trail, at: int) -> Link | None:
    if _kind_at(graph, trail, at + 1) is not EdgeKind.ELEMENT:
        return None
    index = int(graph.labels[trail.edges[at + 1]]) & LABEL_PAYLOAD
    free = [name for kind, name in _variables(graph, trail.nodes[at])[0] if kind is EdgeKind.FREE]
    name = free[index] if index < len(free) else str(index)
    whole = _kind_at(graph, trail, at + 2) is EdgeKind.ATTRIBUTE
    references = 3 if whole else 2
    node, type_name = _leads(graph, trail, at, references)
    return Link(Step("closure", name, type_name), f".<closure {name}>", node, HolderKind.CLOSURE, references)


def _default(graph: HeapGraph, trail: Trail, at: int) -> Link | None:
    if _kind_at(graph, trail, at + 1) is not EdgeKind.ELEMENT:
        return None
    index = int(graph.labels[trail.edges[at + 1]]) & LABEL_PAYLOAD
    defaults = trail.nodes[at + 1]
    count = int(graph.first_edge[defaults + 1] - graph.first_edge[defaults])
    variables, positional = _variables(graph, trail.nodes[at])
    place = positional - count + index
    name = variables[place][1] if 0 <= place < len(variables) else str(index)
    return _default_link(graph, trail, at, name)


def _keyword_default(graph: HeapGraph, trail: Trail, at: int) -> Link | None:
    if _kind_at(graph, trail, at + 1) is not EdgeKind.VALUE:
        return None
    name = graph.name_of(key_node(graph, trail.edges[at + 1])) or "…"
    return _default_link(graph, trail, at, name)


def _default_link(graph: HeapGraph, trail: Trail, at: int, name: str) -> Link:
    node, type_name = _leads(graph, trail, at, 2)
    return Link(Step("default", name, type_name), f".<default {name}>", node, HolderKind.FUNCTION_DEFAULT, 2)


def _variables(graph: HeapGraph, function: int) -> tuple[tuple[tuple[EdgeKind, str], ...], int]:
    """A function's variables and how many of them are positional arguments."""
    for edge in graph.edges(function):
        declared = graph.declarations.get(int(edge.target)) if edge.name == "__code__" else None
        if declared is not None:
            return declared.variables, declared.positional
    return (), 0


def is_thread_local(graph: HeapGraph, node: int) -> bool:
    """Whether an object is a `threading.local` or of a class made from it."""
    number = int(graph.type_ids[node])
    for _ in range(MOST_BASES):
        if graph.types[number].name in THREAD_LOCALS:
            return True
        cls = graph.index_of(graph.types[number].address)
        above = [int(edge.target) for edge in graph.edges(cls) if edge.name == "__base__"] if cls >= 0 else []
        addresses = {int(graph.addresses[base]) for base in above}
        bases = [at for at, kind in enumerate(graph.types) if int(kind.address) in addresses]
        if not bases:
            return False
        number = bases[0]
    return False


def _thread_attribute(graph: HeapGraph, trail: Trail, at: int) -> Link | None:
    """`local ──► dict of threads ──► a thread's dict ──► entry` is an attribute of a `threading.local`."""
    steps = [_kind_at(graph, trail, at + number) for number in (1, 2)]
    if steps != [EdgeKind.VALUE, EdgeKind.VALUE] or not is_thread_local(graph, trail.nodes[at]):
        return None
    name = graph.name_of(key_node(graph, trail.edges[at + 2]))
    node, type_name = _leads(graph, trail, at, 3)
    text = f".{name}" if name else MASKED_TEXT
    step = Step("attribute", name or MASKED_TEXT, type_name)
    return Link(step, text, node, HolderKind.THREAD_LOCAL, 3, indexed=not name)


def is_context_table(graph: HeapGraph, node: int) -> bool:
    return graph.type_name(node) in CONTEXT_TABLES


def _context_value(graph: HeapGraph, trail: Trail, at: int) -> Link | None:
    """In a context's table a value's variable follows it, and has a name where it is kept: in a global."""
    if not is_context_table(graph, trail.nodes[at]):
        return None
    following = trail.edges[at] + 1
    if following >= int(graph.first_edge[trail.nodes[at] + 1]):
        return None
    variable = int(graph.targets[following])
    name = _global_name(graph, variable) if graph.type_name(variable) == CONTEXT_VARIABLE else ""
    if not name:
        return None
    node, type_name = _leads(graph, trail, at, 1)
    step = Step("internal", f"{name}.<value>", type_name)
    return Link(step, f"{name}.<value>", node, HolderKind.THREAD_LOCAL, restarts=True)


def _global_name(graph: HeapGraph, node: int) -> str:
    """The dotted name of the global that an object is, in the smallest module that imports least."""
    turned = graph.referrers
    names: dict[int, str] = {}
    around = slice(int(turned.first[node]), int(turned.first[node + 1]))
    for space, edge in zip(turned.sources[around].tolist(), turned.edges[around].tolist(), strict=True):
        if int(graph.labels[edge]) >> LABEL_SHIFT != EdgeKind.VALUE:
            continue
        key = graph.name_of(key_node(graph, edge))
        owners = turned.sources[int(turned.first[space]) : int(turned.first[space + 1])].tolist()
        modules = [graph.name_of(owner) for owner in owners if graph.type_name(owner) == "module"]
        if key and any(modules):
            names[space] = f"{min(filter(None, modules))}.{key}"
    if len(names) < 2:
        return next(iter(names.values()), "")
    homes = find_home_namespaces(graph).of
    imports = {
        space: len(
            set(
                homes[graph.targets[int(graph.first_edge[space]) : int(graph.first_edge[space + 1])]].tolist()
            )
            & names.keys() - {space}
        )
        for space in names
    }
    entries = {space: int(graph.first_edge[space + 1] - graph.first_edge[space]) for space in names}
    return min(names.items(), key=lambda item: (imports[item[0]], entries[item[0]], item[1]))[1]


def _weak_callback(graph: HeapGraph, trail: Trail, at: int) -> Link | None:
    if graph.type_name(trail.nodes[at]) not in WEAK_REFERENCES:
        return None
    node, type_name = _leads(graph, trail, at, 1)
    return Link(Step("internal", "__callback__", type_name), ".__callback__", node, HolderKind.WEAK_CALLBACK)


def _attribute(graph: HeapGraph, trail: Trail, at: int) -> Link:
    name = _payload_name(graph, trail, at)
    node, type_name = _leads(graph, trail, at, 1)
    step, kind = _owner_step(graph, trail.nodes[at])
    return Link(Step("attribute" if step == "global" else step, name, type_name), f".{name}", node, kind)


def _value(graph: HeapGraph, trail: Trail, at: int) -> Link:
    key = key_node(graph, trail.edges[at])
    node, type_name = _leads(graph, trail, at, 1)
    text, masked = _key_text(graph, trail.nodes[at], key)
    return Link(Step("item", text, type_name), text, node, None, indexed=masked)


def _key_text(graph: HeapGraph, owner: int, key: int) -> tuple[str, bool]:
    """How a dict key shows, and whether it is masked."""
    kind = graph.type_name(key)
    if kind == "str":
        name = graph.name_of(key)
        return (f"['{name}']", False) if name and is_namespace(graph, owner) else (MASKED_TEXT, True)
    if kind in ("NoneType", "bool"):
        address = int(graph.addresses[key])
        for name, at in graph.info.get("singletons", {}).items():
            if int(at) == address:
                return f"[{str(name).capitalize()}]", False
        return ("[None]", False) if kind == "NoneType" else (MASKED, True)
    return MASKED, True


def _int_value(graph: HeapGraph, trail: Trail, at: int) -> Link:
    text = f"[{graph.edge(trail.edges[at]).index}]"
    node, type_name = _leads(graph, trail, at, 1)
    return Link(Step("item", text, type_name), text, node, None, indexed=True)


def _element(graph: HeapGraph, trail: Trail, at: int) -> Link:
    text = f"[{int(graph.labels[trail.edges[at]]) & LABEL_PAYLOAD}]"
    node, type_name = _leads(graph, trail, at, 1)
    return Link(Step("element", text, type_name), text, node, None, indexed=True)


def _local(graph: HeapGraph, trail: Trail, at: int) -> Link:
    name = _payload_name(graph, trail, at)
    node, type_name = _leads(graph, trail, at, 1)
    owner = graph.types[int(graph.type_ids[trail.nodes[at]])]
    kind = HolderKind.FRAME_LOCAL if owner.flags & TypeFlag.PSEUDO else HolderKind.GENERATOR
    return Link(Step("local", name, type_name), f".<local {name}>", node, kind)


def _free(graph: HeapGraph, trail: Trail, at: int) -> Link:
    name = _payload_name(graph, trail, at)
    node, type_name = _leads(graph, trail, at, 1)
    return Link(Step("closure", name, type_name), f".<closure {name}>", node, HolderKind.CLOSURE)


def _internal(graph: HeapGraph, trail: Trail, at: int) -> Link:
    name = _payload_name(graph, trail, at) or "reference"
    node, type_name = _leads(graph, trail, at, 1)
    if graph.type_name(trail.nodes[at]) == LRU_CACHE and type_name != "function":
        return Link(Step("cache", "<lru_cache>", type_name), ".<lru_cache>", node, HolderKind.LRU_CACHE)
    if name == "tp_subclasses":
        step = Step("class-attribute", "__subclasses__", type_name)
        return Link(step, ".__subclasses__", node, HolderKind.CLASS_ATTRIBUTE)
    kind = HolderKind.THREAD_LOCAL if graph.type_name(trail.nodes[at]) in THREAD_LOCALS else None
    return Link(Step("internal", name, type_name), f".<{name}>", node, kind)


def _plain(step: str, name: str) -> Callable[[HeapGraph, Trail, int], Link]:
    def read(graph: HeapGraph, trail: Trail, at: int) -> Link:
        node, type_name = _leads(graph, trail, at, 1)
        if step == "reference" and graph.type_name(trail.nodes[at]) == LRU_CACHE:
            return Link(Step("cache", "<lru_cache>", type_name), ".<lru_cache>", node, HolderKind.LRU_CACHE)
        return Link(Step(step, name, type_name), f".{name}", node, None)

    return read


def _to_class(graph: HeapGraph, trail: Trail, at: int) -> Link:
    node, type_name = _leads(graph, trail, at, 1)
    name = _class_name(graph, node)
    return Link(Step("reference", "__class__", type_name), name, node, None, restarts=True)


ATTRIBUTE_IDIOMS: Final[Mapping[str, Callable[[HeapGraph, Trail, int], Link | None]]] = {
    "__dict__": _namespace_entry,
    "__closure__": _closure,
    "__defaults__": _default,
    "__kwdefaults__": _keyword_default,
    "__callback__": _weak_callback,
}
READERS: Final[Mapping[EdgeKind, Callable[[HeapGraph, Trail, int], Link]]] = {
    EdgeKind.UNNAMED: _plain("reference", "<reference>"),
    EdgeKind.ELEMENT: _element,
    EdgeKind.KEY: _plain("key", "<key>"),
    EdgeKind.VALUE: _value,
    EdgeKind.INT_VALUE: _int_value,
    EdgeKind.ATTRIBUTE: _attribute,
    EdgeKind.LOCAL: _local,
    EdgeKind.CELL: _local,
    EdgeKind.FREE: _free,
    EdgeKind.MEMBER: _plain("member", "<member>"),
    EdgeKind.INTERNAL: _internal,
    EdgeKind.TYPE: _to_class,
    EdgeKind.WEAK: _plain("reference", "<weak>"),
    EdgeKind.STACK: _plain("internal", "<stack>"),
}
