"""Where the owner map begins: package, module; threads; the interpreter; what native code holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.naming.reading import read_start
from heapdiff.analysis.naming.steps import Link
from heapdiff.analysis.owner_map.columns import NO_PARENT, Name
from heapdiff.analysis.reach.ownership import Ownership, is_ours
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.reach.trails import Trail
from heapdiff.answers import GroupKind
from heapdiff.format import ModuleOwner, RootKind
from heapdiff.graph.heap import Root
from heapdiff.graph.narrow import distinct
from heapdiff.knowledge.packages import OURS

STANDARD: Final = "(standard library)"
OF_ROOTS: Final = {
    RootKind.THREAD: Name(GroupKind.THREAD, "(thread stacks)"),
    RootKind.THREAD_STATE: Name(GroupKind.THREAD, "(thread states)"),
    RootKind.TYPE: Name(GroupKind.INTERPRETER, "(static types)"),
    RootKind.INTERPRETER: Name(GroupKind.INTERPRETER, "(interpreter)"),
}
NATIVE: Final = Name(GroupKind.NATIVE, "(native code)")
KINDS: Final = {"module": GroupKind.MODULE, "thread": GroupKind.THREAD}


@dataclass(frozen=True, slots=True)
class Top:
    """A group that begins the map, or stands above those that do."""

    parent: int
    name: Name


@dataclass
class _Tops:
    numbers: dict[tuple[int, Name], int] = field(default_factory=dict)

    def number(self, names: Iterator[Name]) -> int:
        """The group at the end of a way from the top."""
        at = NO_PARENT
        for name in names:
            at = self.numbers.setdefault((at, name), len(self.numbers))
        return at


def find_tops(routes: Routes) -> tuple[list[Top], NDArray[np.int64], NDArray[np.int64]]:
    """The groups where the routes begin, the objects that begin them, and the number of each one's group."""
    tops, graph = _Tops(), routes.graph
    beginning = routes.reached & (routes.parent < 0)
    named = [node for node in routes.starts.named if beginning[node]]
    numbers = [tops.number(_way(routes, node)) for node in named]
    beginning[named] = False
    held = np.flatnonzero(beginning)
    types = graph.type_ids[held]
    of_type = np.zeros(len(graph.types), np.int64)
    for kind in distinct(types).tolist():
        name = graph.types[kind].name
        of_type[kind] = tops.number(iter((NATIVE, Name(GroupKind.NATIVE, f"<native>.{name}", name))))
    nodes = np.concatenate([np.array(named, np.int64), held])
    return (
        [Top(parent, name) for parent, name in tops.numbers],
        nodes,
        np.concatenate([np.array(numbers, np.int64), of_type[types]]),
    )


def _way(routes: Routes, node: int) -> Iterator[Name]:
    root = routes.starts[node][1]
    assert root is not None, "held by native code, which is none of these"
    yield _above(routes.ownership, root)
    for link in read_start(routes.homes, Trail(root, (node,), ())):
        yield Name(_kind(root, link), link.masked_text, link.step.type)


def _above(ownership: Ownership, root: Root) -> Name:
    if root.kind is not RootKind.MODULE:
        return OF_ROOTS[root.kind]
    return Name(GroupKind.PACKAGE, _package(ownership, root.name))


def _package(ownership: Ownership, module: str) -> str:
    """What a person would look for: one of the application's packages, a distribution, or the standard library."""
    if is_ours(module):
        return OURS
    if ownership.find(module) in (ModuleOwner.STANDARD, ModuleOwner.BUILT_IN):
        return STANDARD
    return ownership.distribution(module) or module.partition(".")[0]


def _kind(root: Root, link: Link) -> GroupKind:
    if root.kind is RootKind.MODULE:
        return GroupKind.MODULE
    return KINDS.get(link.step.step, GroupKind.OBJECT)
