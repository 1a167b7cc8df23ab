"""Which modules import which, as their namespaces show it: modules, classes and functions that are at home elsewhere.

An import inside a function leaves nothing in a namespace, and isn't seen here.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.reach.routes import Routes
from heapdiff.format import LABEL_SHIFT, EdgeKind, ModuleOwner, RootKind, TypeFlag
from heapdiff.graph.narrow import distinct

C_FUNCTION = "builtin_function_or_method"
SCRIPTS: Final = frozenset(
    ("__main__", "__mp_main__")
)  # the program that was started; multiprocessing has a name of its own for it


@dataclass(frozen=True, slots=True)
class Binding:
    """A name in a module's namespace that stands for another module, or for something at home there."""

    importer: str
    name: str
    imported: str
    node: int


class Imports:
    """All of one graph, found once. O(references of namespaces)."""

    def __init__(self, routes: Routes) -> None:
        self.routes, self.graph, self.homes = routes, routes.graph, routes.homes
        self.nodes = {root.name: int(root.node) for root in self.graph.roots if root.kind is RootKind.MODULE}
        self.spaces = {name: space for space, name in self.homes.modules.items() if name in self.nodes}

    def unit(self, module: str) -> str:
        """What is installed together, by import name: a distribution, or a package of the standard library.

        Empty for the application's modules and for heapdiff's.
        """
        owner = self.routes.ownership.find(module)
        if owner is ModuleOwner.DISTRIBUTION:
            return self.routes.ownership.distribution(module)
        return module.partition(".")[0] if owner is ModuleOwner.STANDARD else ""

    def is_own(self, module: str) -> bool:
        """Whether it's the application's: one that some library made at run time, without a file, isn't."""
        told = self.graph.modules
        if module in SCRIPTS:
            return module in self._own_scripts
        return self.routes.ownership.is_user(module) and (
            not told or any(name in told for name in _with_packages(module))
        )

    @cached_property
    def _own_scripts(self) -> frozenset[str]:
        """The programs that define something: a server's launcher only calls it."""
        graph = self.graph
        defined = np.array(
            [kind.name == "function" or bool(kind.flags & TypeFlag.TYPE) for kind in graph.types], np.bool_
        )
        homes = {*distinct(self.home[defined[graph.type_ids]]).tolist()}
        return frozenset(
            name for number, name in enumerate(self.nodes) if number in homes and name in SCRIPTS
        )

    @cached_property
    def units(self) -> Mapping[str, Sequence[str]]:
        """The modules of each."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for module in sorted(self.nodes):
            if unit := self.unit(module):
                found[unit].append(module)
        return found

    @cached_property
    def home(self) -> NDArray[np.int64]:
        """The number of the module that each object is or is at home in, (n,); -1 without one."""
        numbers = {name: number for number, name in enumerate(self.nodes)}
        by_space = np.full(len(self.graph) + 1, -1, np.int64)
        for name, space in self.spaces.items():
            by_space[space] = numbers[name]
        found = by_space[self.homes.of]
        for name, node in self.nodes.items():
            found[node] = numbers[name]
        kinds = [number for number, kind in enumerate(self.graph.types) if kind.name == C_FUNCTION]
        edges = self.graph.attributes("__self__")
        owners = self.graph.owners_of(edges)
        made = np.isin(self.graph.type_ids[owners], kinds)
        is_module = np.zeros(len(self.graph), np.bool_)
        is_module[[*self.nodes.values()]] = True
        targets = self.graph.targets[edges]
        made &= is_module[targets]
        found[owners[made]] = found[targets[made]]
        return found

    @cached_property
    def bindings(self) -> Sequence[Binding]:
        """Submodules, which the import system binds in their packages, are none."""
        graph, names = self.graph, [*self.nodes]
        found = []
        for importer, space in self.spaces.items():
            row = graph.row(space)
            values = row.start + np.flatnonzero(graph.labels[row] >> LABEL_SHIFT == EdgeKind.VALUE)
            homes = self.home[graph.targets[values]]
            for position, number in zip(values[homes >= 0].tolist(), homes[homes >= 0].tolist(), strict=True):
                imported, node = names[number], int(graph.targets[position])
                name = graph.name_of(int(graph.targets[position - 1]))
                if imported != importer and imported != f"{importer}.{name}" and name != "__loader__":
                    found.append(Binding(importer, name, imported, node))
        return found

    @cached_property
    def of(self) -> Mapping[str, Sequence[Binding]]:
        """The bindings of each importing module."""
        return _grouped(self.bindings, lambda each: each.importer)

    @cached_property
    def to(self) -> Mapping[str, Sequence[Binding]]:
        """The bindings to each module."""
        return _grouped(self.bindings, lambda each: each.imported)

    def reach(self, modules: Iterable[str], without: Set[str] = frozenset()) -> set[str]:
        """These and what they import, and that imports, but for what is left out."""
        seen = set(modules) - without
        waiting = [*seen]
        while waiting:
            for each in self._ahead(waiting.pop()):
                if each not in seen and each not in without:
                    seen.add(each)
                    waiting.append(each)
        return seen

    def _ahead(self, module: str) -> Iterator[str]:
        """What it imports; a module needs its packages, too, and what was installed together goes together."""
        for binding in self.of.get(module, ()):
            yield binding.imported
        package = module.rpartition(".")[0]
        if package in self.nodes:
            yield package
        yield from self._unseen.get(module, ())
        if distribution := self.routes.ownership.distribution(module):
            yield from self.units[distribution]

    @cached_property
    def _unseen(self) -> Mapping[str, Sequence[str]]:
        """Modules that no namespace shows to be imported, by what most likely did: their package, or `x` of `_x`."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for module in self.nodes.keys() - self.to.keys():
            package, _, name = module.rpartition(".")
            likely = package or name.lstrip("_")
            if likely in self.nodes and likely != module:
                found[likely].append(module)
        return found

    def only_through(self, unit: str) -> set[str]:
        """The modules that are there because of a unit: its own, and what no module imports that could be without it."""
        own = set(self.units[unit])
        within = self.reach(own)
        others = self.nodes.keys() - within
        return own | (within - self.reach(others, own))

    def chain_to(self, unit: str) -> tuple[str, ...]:
        """The shortest way by which the application's modules import it: an own module, the packages between, the unit."""
        came: dict[str, str | None] = {name: None for name in sorted(self.nodes) if self.is_own(name)}
        waiting = deque(came)
        while waiting:
            module = waiting.popleft()
            if self.unit(module) == unit:
                return self._told(came, module)
            for binding in self.of.get(module, ()):
                if binding.imported not in came and self.unit(binding.imported):
                    came[binding.imported] = module
                    waiting.append(binding.imported)
        return ()

    def _told(self, came: Mapping[str, str | None], module: str) -> tuple[str, ...]:
        way: list[str] = []
        at: str | None = module
        while at is not None:
            word = self.unit(at) or at
            if not way or way[-1] != word:
                way.append(word)
            at = came[at]
        return tuple(reversed(way))


def _with_packages(module: str) -> Iterator[str]:
    while module:
        yield module
        module = module.rpartition(".")[0]


def _grouped(bindings: Iterable[Binding], key: Callable[[Binding], str]) -> dict[str, list[Binding]]:
    found: defaultdict[str, list[Binding]] = defaultdict(list)
    for each in bindings:
        found[key(each)].append(each)
    return found
