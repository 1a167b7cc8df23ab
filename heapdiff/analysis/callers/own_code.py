"""The functions of a graph: whose they are, what their code names, which class they are methods of. Follows no call."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from typing import Final, overload

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.holders.lookup import find_type
from heapdiff.analysis.holders.shapes import attributes_of, entries_of, nameless_of
from heapdiff.analysis.reach.namespaces import find_globals
from heapdiff.analysis.reach.routes import Routes
from heapdiff.format import TypeFlag
from heapdiff.graph.heap import HeapGraph

MOST_OF_ONE_CODE: Final = 64  # closures that one function made: the code is the same, what they keep is not
MOST_NESTED: Final = 8
MOST_WRAPPED: Final = 16  # references of what wraps a function
MOST_BASES: Final = 64
PARTS: Final = ("__code__", "co_names", "co_consts", "__closure__", "__defaults__", "__mro__")
WRAPPERS: Final = frozenset(
    (
        "classmethod", "staticmethod", "property", "method", "functools._lru_cache_wrapper", "functools.partial",
        "functools.partialmethod", "functools.cached_property", "functools.singledispatchmethod",
        "werkzeug.utils.cached_property", "weakref.WeakMethod", "weakref", "ReferenceType", "weakref.ReferenceType",
    )
)  # fmt: skip


class OfTypes:
    """Which objects are of some types: `[nodes]` like an array of truth values, without a byte for each object."""

    def __init__(self, graph: HeapGraph, numbers: Sequence[int]) -> None:
        self._type_ids, self._wanted = graph.type_ids, np.zeros(len(graph.types), np.bool_)
        self._wanted[np.asarray(numbers, np.int64)] = True

    @overload
    def __getitem__(self, at: NDArray[np.integer]) -> NDArray[np.bool_]: ...
    @overload
    def __getitem__(self, at: int) -> bool: ...
    def __getitem__(self, at: NDArray[np.integer] | int) -> NDArray[np.bool_] | bool:
        found: NDArray[np.bool_] = self._wanted[self._type_ids[at]]
        return found


class Functions:
    """What is known of the functions of one graph. What the application doesn't own is looked up only by its class."""

    def __init__(self, routes: Routes) -> None:
        self.routes, self.graph, self.homes = routes, routes.graph, routes.homes
        self.is_function = _is_type(routes, "function")
        wrappers = [number for number, line in enumerate(self.graph.lineages) if set(line) & WRAPPERS]
        self._is_wrapper = OfTypes(self.graph, wrappers)
        self._spaces: dict[int, dict[str, int]] = {}
        self._attributes: dict[int, dict[str, int]] = {}
        self._methods: dict[int, Mapping[str, Sequence[int]]] = {}
        self._names: dict[int, frozenset[str]] = {}

    @cached_property
    def own(self) -> tuple[int, ...]:
        """The application's own functions; of many with one code and one home only some."""
        home, code = self.homes.of, self._parts("__code__")
        is_own = np.zeros(len(self.graph), np.bool_)
        is_own[[node for node, name in self.homes.modules.items() if self.routes.ownership.is_user(name)]] = (
            True
        )
        nodes = find_type(self.graph, "function")
        nodes = nodes[(home[nodes] >= 0) & is_own[home[nodes]]]
        seen: Counter[int] = Counter()
        found = []
        for node in nodes.tolist():
            if (
                self.graph.name_of(code.get(node, node)) == "<module>"
            ):  # a module while it is imported, or a script
                continue
            seen[code.get(node, -1)] += 1
            if seen[code.get(node, -1)] <= MOST_OF_ONE_CODE:
                found.append(node)
        return tuple(found)

    @cached_property
    def is_own(self) -> frozenset[int]:
        return frozenset(self.own)

    @cached_property
    def with_code(self) -> Mapping[int, list[int]]:
        """The application's functions by their code objects."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        for node in self.own:
            found[self.code_of(node)].append(node)
        return found

    @cached_property
    def modules(self) -> dict[str, int]:
        """The namespace of each module, by its name."""
        return find_globals(self.graph)

    def module_of(self, function: int) -> str:
        return self.homes.modules.get(int(self.homes.of[function]), "")

    def title(self, function: int) -> str:
        """Its module, where that is known, and qualified name."""
        return ".".join(
            filter(None, (self.module_of(function), self.graph.name_of(function) or "<function>"))
        )

    def title_of_code(self, function: int) -> str:
        """The same of its code: a decorator's function is called like the one that it stands for."""
        own, code = (self.graph.name_of(node) for node in (function, self.code_of(function)))
        same = own.rpartition(".")[2] == code.rpartition(".")[2]
        return self.title(function) if same or not code else f"{self.module_of(function)}.{code}"

    def code_of(self, function: int) -> int:
        return self._parts("__code__").get(function, -1)

    def code_run_by(self, node: int) -> int:
        """That of a frame, generator or coroutine; -1 where there is none."""
        return next((each for each in self._elements(node) if self._is_code[each]), -1)

    def names_in(self, function: int) -> frozenset[str]:
        """The globals, attributes and modules that its code names, and those of code inside it that is no function now."""
        return self._names_of_code(self.code_of(function), MOST_NESTED)

    def naming(self, names: Iterable[str]) -> set[int]:
        """The application's functions whose code names one of these."""
        return {function for name in names for function in self._naming.get(name, ())}

    @cached_property
    def _naming(self) -> Mapping[str, list[int]]:
        found: defaultdict[str, list[int]] = defaultdict(list)
        for function in self.own:
            for name in self.names_in(function):
                found[name].append(function)
        return found

    def _names_of_code(self, code: int, depth: int) -> frozenset[str]:
        if code not in self._names and code >= 0:
            self._names[code] = frozenset()  # a damaged file may have code inside itself
            graph, parts = self.graph, (self._parts("co_names"), self._parts("co_consts"))
            listed, constants = (each.get(code, -1) for each in parts)
            names = {graph.name_of(node) for node in self._elements(listed)} - {""}
            inner = [
                node
                for node in self._elements(constants)
                if depth and self._is_code[node] and node not in self.with_code
            ]
            self._names[code] = frozenset(names).union(
                *(self._names_of_code(node, depth - 1) for node in inner)
            )
        return self._names.get(code, frozenset())

    def _elements(self, node: int) -> list[int]:
        found: list[int] = self.graph.targets[self.graph.row(node)].tolist() if node >= 0 else []
        return found

    @cached_property
    def _is_code(self) -> OfTypes:
        return _is_type(self.routes, "code")

    def _parts(self, name: str) -> dict[int, int]:
        return self._all_parts[name]

    @cached_property
    def _all_parts(self) -> dict[str, dict[int, int]]:
        """Code of functions, and names and constants of code. O(m), once."""
        found = {}
        self.graph.attributes(*PARTS)  # all in one pass
        for name in PARTS:
            edges = self.graph.attributes(name)
            owners = self.graph.owners_of(edges).tolist()
            found[name] = dict(zip(owners, self.graph.targets[edges].tolist(), strict=True))
        return found

    def space(self, node: int) -> dict[str, int]:
        """The entries of a namespace whose names are known."""
        if node not in self._spaces:
            self._spaces[node] = entries_of(self.graph, node) if node >= 0 else {}
        return self._spaces[node]

    def attributes(self, node: int) -> dict[str, int]:
        if node not in self._attributes:
            self._attributes[node] = attributes_of(self.graph, node)
        return self._attributes[node]

    def kept_by(self, function: int) -> Iterator[int]:
        """What its closure and its defaults keep, and its own attributes."""
        for cell in self._elements(self._parts("__closure__").get(function, -1)):
            yield from self.content_of_cell(cell)
        yield from self._elements(self._parts("__defaults__").get(function, -1))
        yield from self.own_attributes(function).values()

    def own_attributes(self, function: int) -> Mapping[str, int]:
        """What somebody has set on a function."""
        return self.space(self._dicts.get(function, -1))

    @cached_property
    def _dicts(self) -> dict[int, int]:
        """The attributes of functions that have some."""
        edges = self.graph.attributes("__dict__")
        owners = self.graph.owners_of(edges)
        there = self.is_function[owners]
        return dict(zip(owners[there].tolist(), self.graph.targets[edges[there]].tolist(), strict=True))

    def cells_of(self, function: int) -> list[int]:
        return self._elements(self._parts("__closure__").get(function, -1))

    def content_of_cell(self, cell: int) -> list[int]:
        return self._elements(cell)[:1]

    def unwrap(self, node: int) -> list[int]:
        """The functions that an object stands for: itself, or what a method, a cache or a proxy wraps."""
        if self.is_function[node]:
            return [node]
        found, seen, waiting = [], {node}, [node]
        while waiting and len(seen) <= MOST_WRAPPED:
            new = [each for each in dict.fromkeys(self._wrapped_by(waiting.pop(0))) if each not in seen]
            found += [each for each in new if self.is_function[each]]
            waiting += [each for each in new if not (self.is_function[each] or self.is_class(each))]
            seen.update(new)
        return found

    def _wrapped_by(self, node: int) -> list[int]:
        if self._is_wrapper[node]:
            targets: list[int] = self.graph.targets[self.graph.row(node)][:MOST_WRAPPED].tolist()
            return targets
        return nameless_of(self.graph, node, MOST_WRAPPED)

    def is_class(self, node: int) -> bool:
        return bool(self.graph.types[int(self.graph.type_ids[node])].flags & TypeFlag.TYPE)

    def class_of(self, node: int) -> int:
        """The class of an instance, where the graph has it, or -1."""
        return self._class_nodes[int(self.graph.type_ids[node])]

    def instances_of(self, name: str) -> NDArray[np.int64]:
        """The objects of a class and of those made from it, be there instances of all of these or not."""
        titles, classes = self.homes.class_names, self._class_nodes
        types = [
            number
            for number, line in enumerate(self.graph.lineages)
            if name in line or (classes[number] >= 0 and name in map(titles.get, self.order(classes[number])))
        ]
        return self.graph.of_types(types)

    @cached_property
    def _class_nodes(self) -> list[int]:
        addresses = np.array([kind.address for kind in self.graph.types], np.uint64)
        found: list[int] = self.graph.indexes_of(addresses).tolist()
        return found

    def is_own_class(self, node: int) -> bool:
        return node in self._own_classes

    def order(self, kind: int) -> list[int]:
        """A class and those that it is made from."""
        return self._elements(self._parts("__mro__").get(kind, -1))[:MOST_BASES] or [kind]

    def find_methods(self, kind: int, names: Set[str]) -> Iterator[int]:
        """The functions that attributes of a class with these names stand for."""
        there = self.methods(kind)
        for name in names & there.keys():
            yield from there[name]

    def methods(self, kind: int) -> Mapping[str, Sequence[int]]:
        """What an object of a class can be asked to do: by name, the functions of the nearest class that has one."""
        if kind not in self._methods:
            found: dict[str, Sequence[int]] = {}
            for each in reversed(self.order(kind)):
                for name, value in self.attributes(each).items():
                    found[name] = self.unwrap(value)
            self._methods[kind] = {name: functions for name, functions in found.items() if functions}
        return self._methods[kind]

    @cached_property
    def class_with(self) -> Mapping[int, int]:
        """Of each of the application's methods, the class that has it."""
        return {
            function: kind
            for kind in self.own_classes
            for value in self.attributes(kind).values()
            for function in self.unwrap_method(kind, value)
        }

    def unwrap_method(self, kind: int, value: int) -> Iterator[int]:
        """The functions that a class's attribute stands for, and the method itself where a decorator's stands in its place."""
        title = self.graph.name_of(kind)
        for method in self.unwrap(value):
            yield method
            for kept in self.kept_by(method):
                if self.is_function[kept] and title and self.graph.name_of(kept).rpartition(".")[0] == title:
                    yield kept

    @cached_property
    def own_classes(self) -> tuple[int, ...]:
        """Of many with one name only some."""
        seen: Counter[str] = Counter()
        found = []
        for node, name in sorted(self.homes.class_names.items()):
            seen[name] += 1
            if seen[name] <= MOST_OF_ONE_CODE and self.routes.ownership.is_user_type(name):
                found.append(node)
        return tuple(found)

    @cached_property
    def _own_classes(self) -> frozenset[int]:
        return frozenset(self.own_classes)

    @cached_property
    def made_from(self) -> Mapping[int, list[int]]:
        """Of each class, the application's classes that are made from it."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        for kind in self.own_classes:
            for above in self.order(kind):
                found[above].append(kind)
        return found

    @cached_property
    def methods_by_name(self) -> Mapping[str, list[int]]:
        """The application's methods, but for those with a name of the language's own."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for kind in self.own_classes:
            for name, value in self.attributes(kind).items():
                if not name.startswith("__"):
                    found[name] += (each for each in self.unwrap(value) if each in self.is_own)
        return found


def _is_type(routes: Routes, name: str) -> OfTypes:
    return OfTypes(
        routes.graph, [number for number, kind in enumerate(routes.graph.types) if kind.name == name]
    )
