"""What the standard library and well-known packages define: the names that a redacted snapshot may keep.

Goes by where a module's file was and by what is in its namespace. That a class says it is from `types` proves nothing.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from heapdiff.analysis.reach.namespaces import find_globals, find_namespaces, spaces_by_owner
from heapdiff.analysis.reach.origins import find_modules
from heapdiff.analysis.reach.ownership import is_ours
from heapdiff.format import LABEL_SHIFT, EdgeKind, ModuleOwner, RootKind, TypeFlag
from heapdiff.graph.heap import HeapGraph, Owner
from heapdiff.knowledge.packages import is_standard, is_well_known
from heapdiff.snapshot.redaction import Definitions


def find_definitions(graph: HeapGraph) -> Definitions:
    """O(n + m). Nothing is known of a snapshot that doesn't say who owns its modules."""
    public = {
        root.name: int(root.node)
        for root in graph.roots
        if root.kind is RootKind.MODULE
        and is_public(root.name, graph.modules.get(root.name))
        and is_its_name(root.name, graph.name_of(root.node))
    }
    nodes = [*public.values(), *_classes(graph, public), *_texts(graph, public)]
    return Definitions(frozenset(public), frozenset(graph.addresses[nodes].tolist()))


def is_public(module: str, owner: Owner | None) -> bool:
    """Whether everybody knows a module: by its name, and it is not another one that has this name."""
    if owner is None or owner.kind is ModuleOwner.APPLICATION:
        return False
    if owner.kind is ModuleOwner.DISTRIBUTION:
        return all(is_well_known(name) or is_ours(name) for name in (owner.distribution, module))
    return is_standard(module)


def is_its_name(name: str, own: str) -> bool:
    """Lists have only packages: of one of their modules it must be what it calls itself."""
    return "." not in name or name in (own, "os.path")


def _classes(graph: HeapGraph, public: Mapping[str, int]) -> Iterator[int]:
    """Those of the module that they say they are from: its C code made them, or they are in its namespace, or in the
    namespace of such a class.
    """
    modules = dict(find_modules(graph))
    spaces = spaces_by_owner(graph)
    waiting = [(name, space) for name, space in find_globals(graph).items() if name in public]
    yield from _made_by_c_code(graph, modules, public)
    seen = set()
    while waiting:
        module, space = waiting.pop()
        for node in graph.targets[graph.row(space)].tolist():
            if node not in seen and modules.get(node) == module and _is_class(graph, node):
                seen.add(node)
                yield node
                if node in spaces:
                    waiting.append((module, spaces[node]))


def _made_by_c_code(graph: HeapGraph, modules: Mapping[int, str], public: Mapping[str, int]) -> Iterator[int]:
    """The native engine writes which module's code made a class; the `gc` engine can't."""
    labels = [EdgeKind.INTERNAL << LABEL_SHIFT | number for number in graph.numbers_of(["ht_module"])]
    edges = np.flatnonzero(np.isin(graph.labels, labels))
    for node, made_by in zip(graph.owners_of(edges).tolist(), graph.targets[edges].tolist(), strict=True):
        if public.get(modules.get(node, "")) == made_by:
            yield node


def _is_class(graph: HeapGraph, node: int) -> bool:
    return bool(graph.types[int(graph.type_ids[node])].flags & TypeFlag.TYPE)


def _texts(graph: HeapGraph, public: Mapping[str, int]) -> Iterator[int]:
    """The strings that say which module something is from; not those that name anything else as well."""
    named = graph.nodes_named(public).tolist()
    texts = {node: public[graph.name_of(node)] for node in named if graph.type_name(node) == "str"}
    entries = graph.entries([*texts])
    entries = entries[find_namespaces(graph)[graph.owners_of(entries)]]
    named = zip(graph.targets[entries - 1].tolist(), graph.targets[entries].tolist(), strict=True)
    others = {text for text, value in named if value != texts[text]}
    return (text for text in texts if text not in others)
