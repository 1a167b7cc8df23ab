"""Which packages the application imports at the top of its modules, who names them, what hangs on them and what that weighs.

Only those of which it has no instance and no derived class: such a package is used by what functions do, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.callers.own_code import Functions
from heapdiff.analysis.reach.routes import find_tops
from heapdiff.analysis.waste.ground.blocks import occupy
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.analysis.waste.modules.importers import SCRIPTS, Binding, Imports
from heapdiff.format import RootKind
from heapdiff.graph.narrow import distinct
from heapdiff.graph.paths import compute_reachable

FEW_REQUESTS: Final = 100  # served by then, much may not have been used yet
MOST_NAMED: Final = 3
NEAR: Final = 4  # references from an object to what it calls: its dict, a dict in it, a list in that
CONTAINERS: Final = frozenset(("dict", "list", "tuple", "set", "method", "collections.defaultdict"))


@dataclass(frozen=True)
class Usage:
    """A package, the modules that are there because of it, and the functions that name it, all and those that ran.

    `ran` is None where nothing tells which code has run.
    """

    unit: str
    modules: frozenset[str]
    bindings: tuple[Binding, ...]
    users: tuple[str, ...]
    ran: tuple[str, ...] | None

    @property
    def importers(self) -> list[str]:
        return sorted({each.importer for each in self.bindings})


@dataclass(frozen=True)
class Packages:
    """What is imported, by whom, what each module keeps in bytes, and who uses what. For all rules, by `Heap.once`."""

    imports: Imports
    below: Mapping[str, int]
    usages: tuple[Usage, ...]


def find_packages(heap: Heap) -> Packages:
    imports = Imports(heap.routes)
    return Packages(imports, weigh_modules(heap, imports), tuple(find_usage(heap, imports)))


def find_usage(heap: Heap, imports: Imports) -> Iterator[Usage]:
    """Of each package that no other package imports as well."""
    functions = Functions(heap.routes)
    in_use = _find_units_in_use(heap, imports, functions) | _find_callers(heap, imports, functions)
    idle = None if heap.graph.idle is None else set(heap.graph.idle.tolist())
    for unit, modules in imports.units.items():
        bindings = [
            each
            for module in modules
            for each in imports.to.get(module, ())
            if imports.is_own(each.importer)
            and each.importer not in SCRIPTS  # what a program's own code uses shows in no function
        ]
        if not bindings or unit in in_use or _is_wrapping(functions, bindings):
            continue
        together = imports.only_through(unit)
        elsewhere = {each.importer for module in modules for each in imports.to.get(module, ())} - together
        if not all(map(imports.is_own, elsewhere)):
            continue  # another package imports it as well
        users = _find_users(functions, bindings)
        ran = None if idle is None else {each for each in users if functions.code_of(each) not in idle}
        yield Usage(
            unit,
            frozenset(together),
            tuple(bindings),
            _titles(functions, users),
            None if ran is None else _titles(functions, ran),
        )


def _titles(functions: Functions, users: set[int]) -> tuple[str, ...]:
    return tuple(sorted({functions.title(each) for each in users}))


def _find_users(functions: Functions, bindings: Sequence[Binding]) -> set[int]:
    """The functions whose code names one of these in the module that has it."""
    found = set()
    for each in bindings:
        space = functions.modules.get(each.importer, -1)
        found |= {user for user in functions.naming([each.name]) if int(functions.homes.of[user]) == space}
    return found


def _is_wrapping(functions: Functions, bindings: Sequence[Binding]) -> bool:
    """Whether a name stands for a function of the package that keeps one of the application's: a decorator made it."""
    return any(
        kept in functions.is_own
        for each in bindings
        if functions.is_function[each.node]
        for kept in functions.kept_by(each.node)
    )


def _find_units_in_use(heap: Heap, imports: Imports, functions: Functions) -> set[str]:
    """Whose classes the application derives from, or has instances of."""
    graph, routes = heap.graph, heap.routes
    names = [kind.name.rpartition(".")[0] for kind in graph.types]
    starts = find_tops(routes, np.zeros(len(graph), np.bool_))
    own = np.zeros(len(graph), np.bool_)
    own[[node for name, node in imports.nodes.items() if imports.is_own(name)]] = True
    there = np.bincount(graph.type_ids[own[starts] & routes.reached], minlength=len(graph.types))
    found = {imports.unit(name) for name, some in zip(names, there.tolist(), strict=True) if some and name}
    for kind in functions.own_classes:
        for above in functions.order(kind):
            name = functions.homes.class_names.get(above, "")
            found.add(imports.unit(name.rpartition(".")[0]) if "." in name else "")
    return found - {""}


def _find_callers(heap: Heap, imports: Imports, functions: Functions) -> set[str]:
    """Whose objects keep functions of the application, to call them: a framework its views, wherever it is kept itself."""
    graph, homes = heap.graph, heap.routes.homes
    between = np.array([kind.name in CONTAINERS for kind in graph.types], np.bool_)
    nodes, kinds = np.array(functions.own, np.int64), np.zeros(len(graph.types), np.bool_)
    for _ in range(NEAR):
        wanted = np.zeros(len(graph), np.bool_)
        wanted[nodes] = True
        nodes = distinct(graph.owners_of(np.flatnonzero(wanted[graph.targets])))
        nodes = nodes[heap.routes.reached[nodes] & ~homes.is_globals[nodes]]
        kinds[graph.type_ids[nodes]] = True
        nodes = nodes[between[graph.type_ids[nodes]]]
    names = (graph.types[number].name.rpartition(".")[0] for number in np.flatnonzero(kinds).tolist())
    return {imports.unit(name) for name in names if name} - {""}


def weigh_modules(heap: Heap, imports: Imports) -> dict[str, int]:
    """What is reached through each module first, in bytes."""
    routes = heap.routes
    tops = find_tops(routes, np.zeros(len(routes.graph), np.bool_))
    sums = np.zeros(len(routes.graph), np.int64)
    np.add.at(sums, tops[routes.reached], occupy(routes.graph.sizes[routes.reached]))
    return {name: int(sums[node]) for name, node in imports.nodes.items()}


def weigh_together(heap: Heap, imports: Imports, modules: frozenset[str]) -> int:
    """Bytes that wouldn't be there without these modules: they, all that is at home in them, and what only these keep."""
    graph, dominance = heap.graph, heap.dominance
    numbers = [number for number, name in enumerate(imports.nodes) if name in modules]
    members = np.isin(imports.home, numbers)
    members[[imports.spaces[name] for name in modules if name in imports.spaces]] = True
    members[
        [int(root.node) for root in graph.roots if root.kind is RootKind.TYPE and _is_of(root.name, modules)]
    ] = True
    members[_static_types(heap, modules)] = True
    nodes = np.flatnonzero(members)
    starts = np.setdiff1d(dominance.starts, nodes)
    kept = compute_reachable(graph, starts, without=nodes)
    gone = (dominance.idom <= len(graph)) & ~kept
    return int(occupy(graph.sizes[gone]).sum())


def _is_of(type_name: str, modules: frozenset[str]) -> bool:
    return type_name.rpartition(".")[0] in modules


def _static_types(heap: Heap, modules: frozenset[str]) -> NDArray[np.int64]:
    tops = {name.partition(".")[0] for name in modules}
    addresses = [
        kind.address for kind in heap.graph.types if "." in kind.name and _is_of(kind.name, modules | tops)
    ]
    nodes = heap.graph.indexes_of(np.array(addresses, np.uint64))
    return nodes[nodes >= 0]


def is_warm(heap: Heap) -> bool:
    """Whether the worker has served enough for what it uses to have been used, or nothing counts."""
    served = heap.summary.process.requests
    return served is None or served >= FEW_REQUESTS


def name_with_others(imports: Imports, usage: Usage) -> str:
    """`pandas with dateutil and numpy`"""
    distributions = {imports.routes.ownership.distribution(name) for name in usage.modules}
    others = sorted(distributions - {usage.unit, ""})
    return usage.unit + (f" with {list_words(others)}" if others else "")


def list_words(words: Sequence[str]) -> str:
    if len(words) > MOST_NAMED:
        return f"{', '.join(words[:MOST_NAMED])} and {len(words) - MOST_NAMED} more"
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
