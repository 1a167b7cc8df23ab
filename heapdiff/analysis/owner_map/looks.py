"""How each object is referred to on its route, as numbers equal where a person reads the same, keys and indexes aside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.naming.steps import MASKED, MASKED_TEXT, write_reference
from heapdiff.analysis.owner_map.numbering import number_pairs
from heapdiff.analysis.reach.routes import Routes
from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, NAMED_KINDS, EdgeKind
from heapdiff.graph.heap import HAS_NAME, HeapGraph

TEXT_KEY: Final = 1
DEFINING: Final = frozenset(  # what a function, class or module says about itself
    (
        "__name__", "__qualname__", "__module__", "__doc__", "__file__", "__cached__", "__package__",
        "__mro__", "__bases__", "__dict__", "__weakref__",
    )
)  # fmt: skip
OUT_OF_SIGHT: Final = frozenset((EdgeKind.UNNAMED, EdgeKind.INTERNAL))


@dataclass(frozen=True)
class Looks:
    """The steps of a heap's routes: a step is a look and the type that it leads to."""

    steps: NDArray[np.int64]  # (n,) which step leads to each
    is_part: NDArray[
        np.bool_
    ]  # (n,) an object's `__dict__`, a function's code: part of it, not what it holds
    is_closed: NDArray[np.bool_]  # (n,) code: what it has is part of it, however deep
    step_looks: NDArray[np.int64]  # (steps,)
    step_types: NDArray[np.int64]  # (steps,)


def find_looks(routes: Routes) -> Looks:
    """O(n), where names and types are few beside objects."""
    graph = routes.graph
    names_count = max(2, len(graph.names))
    places = (looks := _look(routes)) >> LABEL_SHIFT
    places *= names_count
    places += looks & LABEL_PAYLOAD
    kinds, types, steps = number_pairs(
        places, 16 * names_count, graph.type_ids.astype(np.int64), max(1, len(graph.types))
    )
    step_looks = kinds // names_count << LABEL_SHIFT | kinds % names_count
    labels = np.array(graph.numbers_of(DEFINING), np.int64) | EdgeKind.ATTRIBUTE << LABEL_SHIFT
    is_code, is_function = (_of_type(graph, name) for name in ("code", "function"))
    is_part = np.isin(step_looks, labels)[steps]
    is_part |= is_code[graph.type_ids] & is_function[graph.type_ids[routes.parent]]
    is_part &= routes.parent >= 0
    return Looks(steps, is_part, is_code[graph.type_ids], step_looks, types)


def _look(routes: Routes) -> NDArray[np.int64]:
    """An entry of a namespace looks like an attribute; of others only whether the key is a string shows."""
    graph = routes.graph
    labels = graph.labels_at(routes.via)
    kinds = labels >> LABEL_SHIFT
    kinds[(kinds == EdgeKind.INT_VALUE) | (kinds == EdgeKind.ELEMENT)] = EdgeKind.VALUE
    looks = np.where(HAS_NAME[kinds], labels, kinds << LABEL_SHIFT)
    values = np.flatnonzero((labels >> LABEL_SHIFT == EdgeKind.VALUE) & (routes.via > 0))
    keys = graph.targets_at(routes.via[values] - 1)
    is_text = _of_type(graph, "str")
    looks[values] += TEXT_KEY * is_text[graph.type_ids[keys]]
    names = _names_of(graph)[keys]
    named = routes.homes.is_namespace[routes.parent[values]] & (names > 0)
    looks[values[named]] = names[named] | EdgeKind.ATTRIBUTE << LABEL_SHIFT
    return looks


def _of_type(graph: HeapGraph, wanted: str) -> NDArray[np.bool_]:
    """Whether that is the type's name, for each type."""
    return np.array([*(kind.name == wanted for kind in graph.types), False], np.bool_)


def _names_of(graph: HeapGraph) -> NDArray[np.int64]:
    """The number of each object's own name, 0 where it has none, (n,)."""
    names = np.zeros(len(graph), np.int64)
    nodes, numbers = graph.node_names.columns()
    names[nodes] = numbers
    return names


def write_look(graph: HeapGraph, look: int, reads: str) -> str:
    """The step as a person reads it; `reads` is how what its owner keeps out of sight does, if it has a shape."""
    kind, payload = EdgeKind(look >> LABEL_SHIFT), look & LABEL_PAYLOAD
    if kind is EdgeKind.VALUE:
        return MASKED_TEXT if payload == TEXT_KEY else MASKED
    if kind in OUT_OF_SIGHT and reads:
        return f".{reads}"
    if kind is EdgeKind.TYPE:
        return ".__class__"
    return write_reference(kind, graph.names[payload] if kind in NAMED_KINDS else "")
