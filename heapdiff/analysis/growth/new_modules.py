"""Which groups of growth are all of a newly imported module, and what grows in them after the import. Judges nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.growth.attribution import Group, Growth
from heapdiff.analysis.holders.modules import is_imported
from heapdiff.analysis.reach.routes import Routes
from heapdiff.format import RootKind
from heapdiff.graph.heap import HeapGraph

ROOT_SLOT: Final = f"root {RootKind.MODULE.name.lower()}"
SINCE: Final = (
    20  # references that an object of a module gets in each step after the import: it collects something
)
ALWAYS: Final = 1 << 40
CODE_SHARE: Final = 0.2  # of the bytes: strings of a module weigh more
CODE_TYPES: Final = frozenset(("function", "code", "type", "module", "cell", "property"))


def find_imported(routes: Routes, growth: Growth) -> dict[int, str]:
    """The groups that are all of a module imported since, and its name. O(new modules)."""
    nodes = {root.name: int(root.node) for root in routes.graph.roots if root.kind is RootKind.MODULE}
    return {
        number: group.slot[1]
        for number, group in enumerate(growth.groups)
        if group.keeper < 0
        and group.slot[0] == ROOT_SLOT
        and (node := nodes.get(group.slot[1])) is not None  # it may have been a root before only
        and is_imported(routes.graph, node)
    }


@dataclass(frozen=True)
class Counted:
    """The members of a group in an earlier snapshot: which were in it, and how many references those had."""

    same: NDArray[np.bool_]
    references: NDArray[np.int64]


def find_collecting(routes: Routes, growth: Growth, number: int, earlier: Sequence[Counted]) -> int:
    """What keeps growing in a new module: the object that got most references since its import, many in each step, or -1.

    Modules come to use their parts one by one, and then these have their own parts: that is no object that gets more.
    `earlier`: its members in each snapshot before the last that has the group, oldest first.
    """
    if not earlier:
        return -1
    members = growth.members(number)
    least, counts = np.full(len(members), ALWAYS, np.int64), _count_references(routes.graph, members)
    for then in reversed(earlier):
        least = np.where(then.same, np.minimum(least, counts - then.references), 0)
        counts = then.references
    best = int(np.argmax(least))
    return int(members[best]) if least[best] >= SINCE else -1


def _count_references(graph: HeapGraph, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
    counts: NDArray[np.int64] = graph.first_edge[nodes + 1].astype(np.int64) - graph.first_edge[nodes]
    return counts


def is_mostly_code(group: Group) -> bool:
    """Whether functions and classes are a good part of a module."""
    code = sum(size for kind, (_, size) in group.held.items() if kind in CODE_TYPES)
    return code >= CODE_SHARE * group.bytes
