"""Which functions name a holder: by the global, attribute, variable or cache through which code gets at it.

    shop.app.app.before_request_funcs[None]
             │   └ of a library's object: the names of it, and of the methods that name it, in turn
             └ the application's own: functions that name it, and of these the ones that name one of those

Says who can, not who does.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Final

from heapdiff.analysis.callers.calls_between import Calls
from heapdiff.analysis.callers.own_code import Functions
from heapdiff.analysis.holders.holder import Place, is_frame
from heapdiff.format import EdgeKind

MOST_REFERRERS: Final = 64
MOST_LAYERS: Final = 4  # methods of a library that call one another
MAKING: Final = frozenset(("__init__", "__new__", "__post_init__"))
_READING: Final = """
__eq__ __ne__ __lt__ __le__ __gt__ __ge__ __hash__ __repr__ __str__ __len__ __iter__ __contains__ __bool__ __format__
"""
READING: Final = frozenset(_READING.split())
TAKING: Final = frozenset(
    (
        "get",
        "keys",
        "values",
        "items",
        "copy",
        "count",
        "index",
        "clear",
        "pop",
        "popitem",
        "remove",
        "discard",
        "close",
        "read",
    )
)
OF_NAMESPACES: Final = frozenset(("globals", "vars", "setattr", "exec"))
PUTTING: Final = frozenset(("__setitem__", "__missing__", "__setattr__", "__call__", "__iadd__", "__ior__"))
_GENERIC: Final = """
add append clear copy count extend get index insert items keys pop popitem put remove run set
    setdefault start stop update values close open read write send
"""
GENERIC: Final = frozenset(_GENERIC.split())


@dataclass(frozen=True, slots=True)
class Near:
    """Functions that name a holder; `near`: those in its own module or class."""

    functions: frozenset[int]
    near: frozenset[int] = frozenset()


NAMED_STEPS: Final = ("global", "attribute", "class-attribute")
NOBODY: Final = Near(frozenset())


class Handles:
    """Finds them for the places of one graph."""

    def __init__(self, functions: Functions, calls: Calls) -> None:
        self.functions, self.calls, self.graph = functions, calls, functions.graph

    def find(self, place: Place) -> Near:
        """Those of the nearest handle on the way to the holder that the application's own code has."""
        inner: set[str] = set()  # what code names to reach further down, past the handle
        library: set[int] = set()  # functions of libraries that do
        for at in range(len(place.links) - 1, -1, -1):
            step, node = place.links[at].step, place.links[at].node
            owner = place.links[at - 1].node if at else -1
            found = self._named_by(step.step, step.name, owner, node, _names_on(place, without=at))
            if found.functions:
                return self._with_methods(_narrow(self.functions, found, inner), node)
            if step.step in ("attribute", "class-attribute", "global") and owner >= 0:
                names, methods = self._library(owner, step.name)
                inner |= names
                library |= methods
            elif step.step == "cache":
                library |= {
                    each for each in self.functions.unwrap(owner) if each not in self.functions.is_own
                }
        callers = {each for method in library for each in self.calls.resolved.get(method, ())}
        return Near(frozenset(callers)) if callers else self._by_name(inner)

    def _named_by(self, step: str, name: str, owner: int, node: int, around: Set[str]) -> Near:
        known = self.functions
        if node in known.homes.modules:
            here = (each for each in known.own if known.homes.of[each] == node)
            return Near(frozenset(each for each in here if known.names_in(each) & OF_NAMESPACES))
        if step == "global":
            return self._naming_value(node, owner)
        if step in ("attribute", "class-attribute"):
            return self._naming_attribute(owner, name, node, around)
        if step == "closure":
            return Near(frozenset(self._with_cell(node, owner)))
        if step in ("default", "cache") and owner >= 0:
            return Near(frozenset(each for each in known.unwrap(owner) if each in known.is_own))
        if step == "local" or (owner < 0 and is_frame(self.graph, node)):
            return Near(frozenset(self._running(owner if owner >= 0 else node)))
        return NOBODY

    def _naming_value(self, value: int, module: int) -> Near:
        """Functions whose globals have it, under whatever name, or a module that has it."""
        known = self.functions
        home = known.attributes(module).get("__dict__", -1) if module >= 0 else -1
        names = {
            space: {name for name, each in known.space(space).items() if each == value}
            for space, title in known.homes.modules.items()
            if known.routes.ownership.is_user(title)
        }
        there = {space: found for space, found in names.items() if found}
        found = {
            each
            for space, aliases in there.items()
            for each in known.naming(aliases)
            if known.homes.of[each] == space
        }
        for space, aliases in there.items():
            found |= self._through_module(space, aliases)
        found |= self._through_attributes(value)
        near = {each for each in found if known.homes.of[each] == home}
        return Near(frozenset(found), frozenset(near))

    def _through_module(self, space: int, names: set[str]) -> set[int]:
        """`cache.SESSIONS`, or `from .cache import SESSIONS` inside a function."""
        known = self.functions
        title = known.homes.modules[space]
        short = {title, title.rpartition(".")[2]}
        found = set()
        for function in known.naming(names):
            if known.homes.of[function] != space:
                there = known.names_in(function)
                around = known.space(int(known.homes.of[function]))
                modules = (around[name] for name in there & around.keys())
                if there & short or any(known.attributes(each).get("__dict__") == space for each in modules):
                    found.add(function)
        return found

    def _through_attributes(self, value: int) -> set[int]:
        """Methods of the application's objects that have it as an attribute as well."""
        known, found = self.functions, set()
        edges = self.graph.edges_to([value])[:MOST_REFERRERS]
        for edge, source in zip(edges.tolist(), self.graph.owners_of(edges).tolist(), strict=True):
            reference, kind = self.graph.edge(edge), known.class_of(source)
            if (
                reference.kind is EdgeKind.ATTRIBUTE
                and reference.name
                and kind >= 0
                and known.is_own_class(kind)
            ):
                found |= self._in_family(kind, reference.name)
        return found

    def _naming_attribute(self, owner: int, name: str, value: int, around: Set[str]) -> Near:
        known = self.functions
        if self.graph.type_name(owner) == "module":
            return self._naming_value(value, owner)
        kind = owner if known.is_class(owner) else known.class_of(owner)
        if kind < 0 or not (known.is_own_class(kind) or self._has_own_part(kind, name)):
            return NOBODY
        family = self._in_family(kind, name)
        others = {
            each
            for each in known.naming([name])
            if known.names_in(each) & around or not (name in GENERIC or self._has_one_of_its_own(each, name))
        }
        return self._without_makers(Near(frozenset(family | others), frozenset(family)), owner != kind)

    def _with_methods(self, found: Near, value: int) -> Near:
        """With the methods of an object of the application's own class that these name, or that operators call."""
        known, kind = self.functions, self.functions.class_of(value)
        if kind < 0 or not known.is_own_class(kind):
            return found
        callers = (self.calls.resolved.get(each, set()) for each in found.functions)
        named = frozenset[str]().union(*map(known.names_in, found.functions.union(*callers)))
        methods = {
            each
            for above in known.order(kind)
            if known.is_own_class(above)
            for name, value in known.attributes(above).items()
            if name in PUTTING or (name in named and name not in TAKING)
            for each in known.unwrap(value)
            if each in known.is_own
        }
        return Near(found.functions | methods, found.near)

    def _without_makers(self, found: Near, of_instance: bool) -> Near:
        """Without methods that only look at an object, or make it."""
        last = {each: self.graph.name_of(each).rpartition(".")[2] for each in found.functions}
        idle = READING | (MAKING if of_instance else frozenset())
        some = frozenset(each for each in found.functions if last[each] not in idle)
        return Near(some, found.near & some)

    def _has_own_part(self, kind: int, name: str) -> bool:
        return any(known in self.functions.own_classes for known in self.functions.order(kind)) and bool(
            self._in_family(kind, name)
        )

    def _has_one_of_its_own(self, method: int, name: str) -> bool:
        """Whether its class makes an attribute of this name, which is then the one that it names."""
        kind = self.functions.class_with.get(method)
        family = set() if kind is None else self._in_family(kind, name)
        return any(self.graph.name_of(each).rpartition(".")[2] in MAKING for each in family)

    def _in_family(self, kind: int, name: str) -> set[int]:
        """Methods of a class, of those it is made from and those made from it, that name an attribute."""
        known = self.functions
        family = {*known.order(kind), *known.made_from.get(kind, ())}
        return {each for each in known.naming([name]) if known.class_with.get(each) in family}

    def _with_cell(self, value: int, owner: int) -> Iterable[int]:
        """Functions that share the variable."""
        known = self.functions
        cells = {
            cell
            for function in known.unwrap(owner)
            for cell in known.cells_of(function)
            if value in known.content_of_cell(cell)
        }
        return (each for each in known.own if cells & set(known.cells_of(each)))

    def _running(self, frame: int) -> Iterable[int]:
        """The functions whose code a frame or a generator runs."""
        codes = (
            int(edge.target) for edge in self.graph.edges(frame) if edge.target in self.functions.with_code
        )
        return (function for code in codes for function in self.functions.with_code[code][:1])

    def _library(self, owner: int, name: str) -> tuple[set[str], set[int]]:
        """An attribute of a library's object: what code names to change it, and the library's functions that do."""
        known = self.functions
        kind = owner if known.is_class(owner) else known.class_of(owner)
        if self.graph.type_name(owner) == "module":
            space = known.attributes(owner).get("__dict__", -1)
            there = {each: value for each, value in known.space(space).items() if known.is_function[value]}
            members = {each: {value} for each, value in there.items()}
        elif kind >= 0:
            members = {
                each: set(known.unwrap_method(above, value))
                for above in reversed(known.order(kind))
                for each, value in known.attributes(above).items()
            }
        else:
            members = {}
        names, found = {name}, set()
        for _ in range(MOST_LAYERS):
            new = {
                each
                for each, functions in members.items()
                if each not in names and any(known.names_in(function) & names for function in functions)
            }
            if not new:
                break
            names |= {each for each in new if not each.startswith("__")}
            found |= {function for each in new for function in members[each]}
        return names, found

    def _by_name(self, names: set[str]) -> Near:
        wanted = {name for name in names if name not in GENERIC and not name.startswith("__")}
        return Near(frozenset(self.functions.naming(wanted)))


def _names_on(place: Place, without: int) -> frozenset[str]:
    """The names of all steps to a holder but one, by which code may get at it."""
    steps = (link.step for at, link in enumerate(place.links) if at != without)
    return frozenset(step.name for step in steps if step.step in NAMED_STEPS)


def _narrow(functions: Functions, found: Near, inner: set[str]) -> Near:
    """Only those that also name what comes after the handle, if some do."""
    few = frozenset(each for each in found.functions if functions.names_in(each) & inner)
    return Near(few, found.near & few) if few else found
