"""Slots: which of its references a survivor keeps something along, in words that hold in every snapshot."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.reach.routes import Routes
from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, EdgeKind, RootKind
from heapdiff.graph.heap import HAS_NAME, HeapGraph

Slot = tuple[str, str]
WHOLE: Slot = ("", "")


class Book:
    """Numbers for slots that mean the same in both snapshots."""

    def __init__(self) -> None:
        self.slots: list[Slot] = [WHOLE]
        self.numbers: dict[Slot, int] = {WHOLE: 0}

    def number(self, slot: Slot) -> int:
        if slot not in self.numbers:
            self.numbers[slot] = len(self.slots)
            self.slots.append(slot)
        return self.numbers[slot]


def number_slots(routes: Routes, tops: NDArray[np.int64], book: Book) -> NDArray[np.int64]:
    """The number of the slot through which each of these objects is kept."""
    graph = routes.graph
    via = routes.via[tops]
    slots = np.zeros(len(tops), np.int64)
    linked = np.flatnonzero(via >= 0)
    labels = graph.labels[via[linked]]
    kinds = labels >> LABEL_SHIFT
    named = HAS_NAME[kinds]
    slots[linked[named]] = _number_names(graph, labels[named], book)
    in_dict = linked[np.isin(kinds, [EdgeKind.VALUE, EdgeKind.KEY])]
    owners = routes.parent[tops[in_dict]]
    for at in in_dict[routes.homes.is_namespace[owners]].tolist():
        edge = int(via[at])
        key = edge if int(graph.labels[edge]) >> LABEL_SHIFT == EdgeKind.KEY else edge - 1
        name = graph.name_of(int(graph.targets[key]))
        slots[at] = book.number(("entry", name))
    for at in np.flatnonzero(via < 0).tolist():
        slots[at] = book.number(_root_slot(routes, int(tops[at])))
    return slots


def _number_names(graph: HeapGraph, labels: NDArray[np.uint32], book: Book) -> NDArray[np.int64]:
    distinct, back = np.unique(labels, return_inverse=True)
    numbers = [
        book.number((EdgeKind(label >> LABEL_SHIFT).name.lower(), graph.names[label & LABEL_PAYLOAD]))
        for label in distinct.tolist()
    ]
    return np.array(numbers, np.int64)[back]


def _root_slot(routes: Routes, node: int) -> Slot:
    root = routes.starts[node][1]
    if root is None:
        return ("native", routes.graph.type_name(node))
    name = routes.graph.name_of(node) if root.kind is RootKind.THREAD else ""
    return (f"root {root.kind.name.lower()}", f"{root.name} {name}".rstrip())
