"""Which types can own native memory: made in C by an extension module, and with nothing that counts what they own.

A type made in C has methods of C, or is static; a class of Python code owns what the type made in C owns that it is made
from. One with a `__sizeof__` of its own counts what it owns: that is no native memory to us.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from heapdiff.analysis.reach.namespaces import spaces_by_owner
from heapdiff.analysis.reach.ownership import Ownership, is_ours
from heapdiff.format import LABEL_SHIFT, EdgeKind, ModuleOwner, RootKind, TypeFlag
from heapdiff.graph.heap import HeapGraph
from heapdiff.knowledge.native_owners import (
    CORE,
    MAPPINGS,
    OF_LIBRARIES,
    OF_PYTHON,
    OWN_NOTHING,
    PLAIN_MODULES,
    STACKS,
)

OF_C: Final = frozenset(
    ("method_descriptor", "wrapper_descriptor", "classmethod_descriptor", "getset_descriptor")
)
OF_PYTHON_CODE: Final = frozenset(("function", "classmethod", "staticmethod"))
OF_EVERY_CLASS: Final = frozenset(("__dict__", "__weakref__"))
COUNTS_ITSELF: Final = "__sizeof__"
BUILTIN: Final = "builtins."  # before a built-in type's name where no instance tells it
OF_INTERPRETER: Final = (ModuleOwner.STANDARD, ModuleOwner.BUILT_IN)


@dataclass(frozen=True, slots=True)
class OwnerType:
    """A type whose instances may own native memory. `known`: that they do is known of it, or of what it is made from."""

    name: str
    known: bool = False
    mapped: bool = False
    stack: bool = False


@dataclass(frozen=True)
class OwnerTypes:
    """What one snapshot says about its types."""

    graph: HeapGraph
    ownership: Ownership

    def find(self, names: Iterable[str]) -> dict[str, OwnerType]:
        """Those of these types that may own native memory. Costs a little per type."""
        wanted = set(names)
        numbers = {kind.name: number for number, kind in enumerate(self.graph.types) if kind.name in wanted}
        found = ((name, self._judge(name, number)) for name, number in sorted(numbers.items()))
        return {name: judged for name, judged in found if judged is not None}

    def _judge(self, name: str, number: int) -> OwnerType | None:
        kind = self.graph.types[number]
        if is_ours(name) or kind.flags & (TypeFlag.PSEUDO | TypeFlag.TYPE):
            return None
        made_from = [(name, int(self.graph.index_of(kind.address))), *self._made_from(kind.address)]
        metatype = self.graph.type_name(made_from[0][1]) if made_from[0][1] >= 0 else ""
        names = frozenset(each.removeprefix(BUILTIN) for each in (metatype, *(each for each, _ in made_from)))
        if names & (OF_PYTHON | OF_LIBRARIES):
            return OwnerType(name, True, bool(names & MAPPINGS), bool(names & STACKS))
        if names & OWN_NOTHING:
            return None
        return OwnerType(name) if self._is_extension(made_from) else None

    def _is_extension(self, made_from: Iterable[tuple[str, int]]) -> bool:
        """Whether the nearest type made in C is an extension module's, and leaves what it owns uncounted."""
        for name, node in made_from:
            if not self.is_made_in_c(node):
                continue
            if not name or name in CORE or name.startswith(PLAIN_MODULES):
                return False
            if "." in name and self.ownership.find(name) in OF_INTERPRETER:
                return False
            return COUNTS_ITSELF not in dict(self._namespace(node))
        return False

    def _made_from(self, address: int) -> Iterator[tuple[str, int]]:
        """The types above one, nearest first: their names, and where they stand."""
        node, seen = int(self.graph.index_of(address)), set[int]()
        while node >= 0 and node not in seen:
            seen.add(node)
            bases = (e.target for e in self.graph.edges(node, EdgeKind.ATTRIBUTE) if e.name == "__base__")
            node = int(next(bases, -1))
            if node >= 0 and node not in seen:
                yield self._name_of(node), node

    def _name_of(self, node: int) -> str:
        """The type's full name, also if there is no instance of it."""
        known = self._types.get(int(self.graph.addresses[node]))
        if known is not None:
            return self.graph.types[known].name
        module = next((kept for name, kept in self._namespace(node) if name == "__module__"), -1)
        if module >= 0 and (own := self.graph.name_of(node)):
            return f"{self.graph.name_of(module)}.{own}"
        return self._name_in_module(node)

    def _name_in_module(self, node: int) -> str:
        """What a static type without instances is called where it is from: its own name is not written.

        Libraries bind others' types to names of their own (`ParseError = Exception`), so the interpreter's modules come first.
        """
        turned = self.graph.referrers
        row = turned.row(node)
        found = []
        for source, edge in zip(turned.sources[row].tolist(), turned.edges[row].tolist(), strict=True):
            if source in self._modules and self.graph.labels[edge] >> LABEL_SHIFT == EdgeKind.VALUE:
                module, name = self._modules[source], self.graph.name_of(int(self.graph.targets[edge - 1]))
                found.append((self.ownership.find(module) not in OF_INTERPRETER, f"{module}.{name}"))
        return min(found)[1] if found else ""

    def is_made_in_c(self, node: int) -> bool:
        """Whether a type is: static, or with nothing in it that Python code made."""
        if node < 0:
            return False
        number = self._types.get(int(self.graph.addresses[node]), -1)
        if number >= 0 and not self.graph.types[number].flags & TypeFlag.HEAP_TYPE:
            return True
        held = {
            self.graph.type_name(kept) for name, kept in self._namespace(node) if name not in OF_EVERY_CLASS
        }
        return bool(held & OF_C) and not held & OF_PYTHON_CODE

    def _namespace(self, node: int) -> Iterator[tuple[str, int]]:
        """The names in a class, and what is there."""
        graph = self.graph
        attributes = graph.edges(node, EdgeKind.ATTRIBUTE)
        for held in [int(edge.target) for edge in attributes if edge.name == "__dict__"]:
            row = graph.row(held)
            values = np.flatnonzero(graph.labels[row] >> LABEL_SHIFT == EdgeKind.VALUE)
            keys = graph.targets[row][values - 1].tolist()
            kept = graph.targets[row][values].tolist()
            yield from zip(map(graph.name_of, keys), kept, strict=True)

    @cached_property
    def _modules(self) -> dict[int, str]:
        """The namespaces of modules. What was made private comes first: it is where C code is."""
        found: dict[int, str] = {}
        roots = [root for root in self.graph.roots if root.kind is RootKind.MODULE]
        spaces = spaces_by_owner(self.graph)
        for root in sorted(roots, key=lambda root: (not root.name.startswith("_"), root.name)):
            if root.node in spaces:
                found.setdefault(spaces[root.node], root.name)
        return found

    @cached_property
    def _types(self) -> dict[int, int]:
        return {kind.address: number for number, kind in enumerate(self.graph.types) if kind.address}
