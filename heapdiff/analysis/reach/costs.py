"""What each reference costs on a path, so that the cheapest path is the one a person would name.

Costs are small integers, at least 1 per reference. A path through user code beats one through a framework,
that one the standard library, that one running frames, and native code comes last.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.reach.origins import Homes
from heapdiff.analysis.reach.ownership import Ownership
from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, NAMED_KINDS, EdgeKind, RootKind, TypeFlag
from heapdiff.graph.heap import HeapGraph, Root
from heapdiff.knowledge.packages import OURS

EDGE_COSTS: Final[Mapping[EdgeKind, int]] = {
    EdgeKind.UNNAMED: 12,
    EdgeKind.ELEMENT: 5,
    EdgeKind.KEY: 9,
    EdgeKind.VALUE: 4,
    EdgeKind.INT_VALUE: 4,
    EdgeKind.ATTRIBUTE: 4,
    EdgeKind.LOCAL: 8,
    EdgeKind.CELL: 8,
    EdgeKind.FREE: 30,
    EdgeKind.MEMBER: 6,
    EdgeKind.INTERNAL: 7,
    EdgeKind.TYPE: 60,
    EdgeKind.WEAK: 250,
    EdgeKind.STACK: 30,
}
NAME_COSTS: Final[Mapping[str, int]] = {
    "__dict__": 1,
    "__wrapped__": 10,
    "__self__": 10,
    "__func__": 10,
    "__closure__": 8,
    "__context__": 12,
    "__cause__": 12,
    "__traceback__": 12,
    "__code__": 20,
    "f_code": 60,
    "f_back": 60,
    "__annotations__": 40,
    "__annotate__": 60,
    "__type_params__": 60,
    "__class__": 60,
    "__mro__": 60,
    "__bases__": 60,
    "__base__": 60,
    "__objclass__": 60,
    "__weakref__": 60,
    "__globals__": 200,
    "__builtins__": 200,
    "f_globals": 200,
    "f_builtins": 200,
}
BACK_COST: Final = 150  # to a registry that is at home elsewhere
PASSING_COST: Final = 120  # to whom a thread works for that lasts a moment
SETTINGS: Final = frozenset(("flask.config.Config",))
COSTS_BY_OWNER: Final[Mapping[str, Mapping[str, int]]] = {
    "logging.Logger": {"manager": BACK_COST, "parent": BACK_COST},
    "threading.Timer": {"function": PASSING_COST},
}
INTO_MODULE: Final = 200  # a module is a root of its own
INTO_FOREIGN: Final = 150  # a class or function found in a namespace that only imported it
INTO_FRAME: Final = 20
INTO_SETTINGS: Final = 12  # what is set up for somebody, who has it, too
DEAREST: Final = 250

USER_COST: Final = 1
FRAMEWORK_COST: Final = 60
STANDARD_COST: Final = 120
NATIVE_COST: Final = 500
ROOT_COSTS: Final[Mapping[RootKind, int]] = {
    RootKind.THREAD: 200,
    RootKind.THREAD_STATE: 220,
    RootKind.TYPE: 260,
    RootKind.INTERPRETER: 320,
}
OURS_COST: Final = 400


def root_cost(root: Root, ownership: Ownership) -> int:
    if root.kind is not RootKind.MODULE:
        return ROOT_COSTS[root.kind]
    if root.name.partition(".")[0] == OURS:
        return OURS_COST
    if ownership.is_user(root.name):
        return USER_COST
    return FRAMEWORK_COST if ownership.is_framework(root.name) else STANDARD_COST


def compute_edge_costs(homes: Homes) -> NDArray[np.uint8]:
    """The cost of each reference, (m,). O(m), a few passes over bytes."""
    graph = homes.graph
    kinds = (graph.labels >> LABEL_SHIFT).astype(np.uint8)
    table = np.full(16, DEAREST, np.uint8)
    for kind, cost in EDGE_COSTS.items():
        table[kind] = cost
    costs = table[kinds]
    _raise_for_names(graph, kinds, costs)
    _raise_for_types(graph, costs)
    _raise_for_targets(homes, costs)
    return costs


def _raise_for_names(graph: HeapGraph, kinds: NDArray[np.uint8], costs: NDArray[np.uint8]) -> None:
    by_name = np.zeros(len(graph.names), np.uint8)
    for number, name in enumerate(graph.names):
        by_name[number] = NAME_COSTS.get(name, 0)
    if not by_name.any():
        return
    has_name = np.zeros(16, np.bool_)
    has_name[list(NAMED_KINDS)] = True
    named = np.flatnonzero(has_name[kinds])
    special = by_name[graph.labels[named] & LABEL_PAYLOAD]
    chosen = special > 0
    costs[named[chosen]] = special[chosen]


def _raise_for_types(graph: HeapGraph, costs: NDArray[np.uint8]) -> None:
    for type_name, names in COSTS_BY_OWNER.items():
        types = [number for number, kind in enumerate(graph.types) if kind.name == type_name]
        for name, cost in names.items() if types else ():
            positions = graph.attributes(name)
            costs[positions[np.isin(graph.type_ids[graph.owners_of(positions)], types)]] = cost


def _raise_for_targets(homes: Homes, costs: NDArray[np.uint8]) -> None:
    """To a module, a frame, a namespace, or what was defined elsewhere: most references cost what their target says.

    Only a namespace's own references, and an object's to its `__dict__`, depend on who refers.
    """
    graph = homes.graph
    extra = _target_costs(graph)
    own = graph.attributes("__dict__")
    own = own[homes.is_globals[graph.targets[own]]]
    own_costs = costs[own]
    _add(own_costs, extra[graph.targets[own]])
    inside, owners = _references_of(graph, np.flatnonzero(homes.is_globals))
    targets, inside_costs = graph.targets[inside], costs[inside]
    _add(inside_costs, extra[targets])
    _add_where(inside_costs, homes.is_globals[targets], INTO_MODULE)
    elsewhere = (homes.of[targets] >= 0) & (homes.of[targets] != owners)
    in_dict = graph.labels[inside] == EdgeKind.VALUE << LABEL_SHIFT
    _add_where(inside_costs, elsewhere & (in_dict | homes.is_class[targets]), INTO_FOREIGN)
    _add_where(extra, homes.is_globals, INTO_MODULE)
    _add_where(extra, homes.is_class & (homes.of >= 0), INTO_FOREIGN)
    _add(costs, extra.take(graph.targets))
    costs[own], costs[inside] = own_costs, inside_costs


def _target_costs(graph: HeapGraph) -> NDArray[np.uint8]:
    by_type = np.zeros(max(1, len(graph.types)), np.uint8)
    for number, kind in enumerate(graph.types):
        by_type[number] = INTO_FRAME if kind.flags & TypeFlag.PSEUDO else 0
        if kind.name == "module":
            by_type[number] = INTO_MODULE
        if kind.name in SETTINGS:
            by_type[number] = INTO_SETTINGS
    extra = by_type.take(graph.type_ids)
    extra[[root.node for root in graph.roots if root.kind is RootKind.MODULE]] = INTO_MODULE
    return extra


def _references_of(graph: HeapGraph, nodes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The positions of all references of these objects, and whose each is."""
    first, last = graph.first_edge[nodes], graph.first_edge[nodes + 1]
    positions = [np.arange(start, end) for start, end in zip(first.tolist(), last.tolist(), strict=True)]
    return np.concatenate([np.zeros(0, np.int64), *positions]), np.repeat(nodes, last - first)


def _add_where(costs: NDArray[np.uint8], chosen: NDArray[np.bool_], extra: int) -> None:
    _add(costs, chosen.astype(np.uint8) * np.uint8(extra))


def _add(costs: NDArray[np.uint8], extra: NDArray[np.uint8]) -> None:
    """Add without passing over what a byte holds."""
    costs += np.minimum(extra, DEAREST - np.minimum(costs, DEAREST))
