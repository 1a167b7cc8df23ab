"""Which of the application's functions may call which: by their globals, closures and classes, or by name alone.

    view ──"session_for" in its globals──► session_for        resolved
    view ──"remember" of some object──► Store.remember         by name: only where nothing else leads there

Reads no bytecode: a name is taken for a use.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cached_property
from typing import Final

from heapdiff.analysis.callers.own_code import Functions

CALLED_UNNAMED: Final = frozenset(("__init__", "__new__", "__post_init__", "__call__"))
DEEPEST: Final = 3  # `service.store.add`
MOST_ALIKE: Final = 4  # methods with one name, where nothing but the name says which


class Calls:
    """The calls of one graph. O(names of the application's functions), when first asked."""

    def __init__(self, functions: Functions) -> None:
        self.functions = functions

    def callees(self, function: int) -> set[int]:
        """The functions that one may call, as its globals, its closure and its class say; also those of libraries."""
        known = self.functions
        names, space = known.names_in(function), known.space(int(known.homes.of[function]))
        kept = [*known.kept_by(function)]
        spaces = [known.space(known.modules[module]) for module in self._imported_inside(function, names)]
        found = self._used([space, *spaces], kept, names)
        for each in kept:
            found.update(self.all_of(each))
        if (kind := known.class_with.get(function)) is not None:
            for each in (kind, *known.made_from.get(kind, ())):
                found.update(known.find_methods(each, names))
        return found - {function}

    def all_of(self, node: int) -> Iterator[int]:
        """What may be called of an object that is handed to somebody: any method of a class."""
        known = self.functions
        yield from known.unwrap(node)
        kind = node if known.is_class(node) else known.class_of(node)
        if kind >= 0 and known.is_own_class(kind):
            for methods in known.methods(kind).values():
                yield from (each for each in methods if each in known.is_own)

    def _used(self, spaces: Iterable[Mapping[str, int]], objects: Iterable[int], names: Set[str]) -> set[int]:
        """What code with these names may call of what it finds in namespaces or has at hand. Looks at each object once."""
        found: set[int] = set()
        seen: set[int] = set()
        nodes = {*objects, *(there[name] for there in spaces for name in names & there.keys())}
        for _ in range(DEEPEST):
            seen |= nodes
            ahead: set[int] = set()
            for node in nodes:
                found.update(self._called(node, names))
                there = self._inside(node)
                ahead.update(there[name] for name in names & there.keys())
            nodes = ahead - seen
        return found

    def _called(self, node: int, names: Set[str]) -> Iterator[int]:
        """Of an object the function that it is, or those of its methods that have such names or that operators call."""
        known = self.functions
        if known.is_class(node):
            yield from known.find_methods(node, names | CALLED_UNNAMED)
            return
        yield from known.unwrap(node)
        if not known.is_function[node] and (kind := known.class_of(node)) >= 0:
            yield from known.find_methods(kind, names)
            if known.is_own_class(kind):
                yield from self._special(kind)

    def _inside(self, node: int) -> Mapping[str, int]:
        """The attributes by which code gets at something else: of a module, and of an object of one's own."""
        known = self.functions
        if known.graph.type_name(node) == "module":
            return known.space(known.attributes(node).get("__dict__", -1))
        return known.attributes(node) if known.is_own_class(known.class_of(node)) else {}

    def _special(self, kind: int) -> Iterator[int]:
        """Methods of the application that operators call: no code names them."""
        known = self.functions
        for name, methods in known.methods(kind).items():
            if name.startswith("__") and name.endswith("__"):
                yield from (each for each in methods if each in known.is_own)

    def _imported_inside(self, function: int, names: Set[str]) -> list[str]:
        """Modules that a function imports itself."""
        known = self.functions
        package = known.module_of(function)
        packages = [package, package.rpartition(".")[0]]
        likely = {name for name in names if name in known.modules}
        likely |= {f"{each}.{name}" for each in packages if each for name in names}
        return sorted(name for name in likely & known.modules.keys() if known.routes.ownership.is_user(name))

    @cached_property
    def resolved(self) -> Mapping[int, set[int]]:
        """Of each function, those that may call it; also of functions of libraries."""
        callers: defaultdict[int, set[int]] = defaultdict(set)
        for function in self.functions.own:
            for callee in self.callees(function):
                callers[callee].add(function)
        return callers

    @cached_property
    def by_name(self) -> Mapping[int, set[int]]:
        """The same for methods that have a name that few others have, by their names alone."""
        callers: defaultdict[int, set[int]] = defaultdict(set)
        few = {
            name: found
            for name, found in self.functions.methods_by_name.items()
            if 0 < len(found) <= MOST_ALIKE
        }
        for function in self.functions.own:
            for name in self.functions.names_in(function) & few.keys():
                for callee in few[name]:
                    if callee != function:
                        callers[callee].add(function)
        return callers

    def find_callers(self, function: int, by_name: bool = False) -> set[int]:
        """Itself, and all functions from which calls may lead to it."""
        found, waiting = {function}, [function]
        while waiting:
            node = waiting.pop()
            above = set(self.resolved.get(node, ()))
            if by_name:
                above |= self.by_name.get(node, set())
            waiting += above - found
            found |= above
        return found
