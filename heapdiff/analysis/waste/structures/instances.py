"""The application's classes whose instances could have slots, and what their instances have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.holders.shapes import entries_of
from heapdiff.analysis.reach.cutout import spread
from heapdiff.analysis.waste.ground.blocks import occupy
from heapdiff.analysis.waste.ground.keepers import find_keepers
from heapdiff.analysis.waste.ground.wording import code_word
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Confidence
from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, EdgeKind
from heapdiff.graph.narrow import distinct
from heapdiff.knowledge.advice.layouts import POINTER, SLOTTED, layout_of

LEAST_INSTANCES: Final = 1000
SAMPLED: Final = 50_000
RARE: Final = 0.01  # an attribute that fewer instances have was set by somebody from outside
CODE_WIDTH: Final = 66
OF_LAYOUT: Final = ("member_descriptor", "getset_descriptor")  # what slots and the __dict__ are in a class


@dataclass(frozen=True)
class Class:
    """A class of the application's that could have slots.

    `bases` are the application's classes above it that would need slots first; `variables` are what is set in all of these.
    """

    name: str
    bases: tuple[str, ...]
    inherited: frozenset[str]  # slots that it has from above
    variables: frozenset[str]
    is_dataclass: bool


@dataclass(frozen=True)
class Instances:
    """A class's instances that have their attributes in one way; `spaces` are their `__dict__`s, if these are objects."""

    made: Class
    nodes: NDArray[np.int64]
    spaces: NDArray[np.int64]
    attributes: tuple[str, ...]
    weak: int  # bytes for weak references, where there are any

    @property
    def slotted(self) -> int:
        """The bytes of one with slots."""
        return SLOTTED + POINTER * len({*self.attributes} | self.made.inherited) + self.weak

    @property
    def conflicts(self) -> list[str]:
        """Attributes that are class variables, too."""
        return [] if self.made.is_dataclass else sorted(self.made.variables & {*self.attributes})

    @property
    def confidence(self) -> Confidence:
        return Confidence.MEDIUM if self.made.bases or self.conflicts else Confidence.HIGH

    @property
    def change(self) -> str:
        """How the class gets slots."""
        return "Add slots=True to its @dataclass" if self.made.is_dataclass else "Give the class __slots__"

    @property
    def code(self) -> list[str]:
        """What the class begins with afterwards."""
        name = code_word(self.made.name.rpartition(".")[2], "Row")
        if self.made.is_dataclass:
            return [
                f"@dataclass({'slots=True, weakref_slot=True' if self.weak else 'slots=True'})",
                f"class {name}:",
            ]
        names = [f'"{code_word(each, "...")}"' for each in self.attributes if each not in self.made.inherited]
        names += ['"__weakref__"'] if self.weak else []
        return [f"class {name}:", *_wrap(names)]

    @property
    def first(self) -> str:
        """What has to be done before, in sentences."""
        said = ""
        if self.made.bases:
            said += f" First give them to {' and '.join(self.made.bases)}, which it inherits from, for what they set."
        if self.conflicts:
            said += f" Set {', '.join(self.conflicts)} in __init__ then: a slot can't have a class variable as its default."
        return said

    @property
    def reason(self) -> str:
        weak = "something refers to them weakly" if self.weak else "nothing refers to them weakly"
        return (
            f"At least 99 % of the instances have no other attributes than these {len(self.attributes)}, {weak}, and no "
            "base class gives them a __dict__ that can't be taken away."
        )


def _wrap(names: Sequence[str]) -> list[str]:
    lines = ["    __slots__ = ("]
    for number, name in enumerate(names):
        text = f"{name}," if len(names) == 1 else f"{name}, " if number < len(names) - 1 else name
        if len(lines[-1]) + len(text) > CODE_WIDTH:
            lines.append(" " * 8)
        lines[-1] += text
    lines[-1] += ")"
    return [line.rstrip() for line in lines]


def find_instances(heap: Heap, with_dict: bool) -> Iterator[Instances]:
    """Of each class that could have slots the instances whose attributes are in a `__dict__` object, or in the instance
    itself. O(n + m) once, and 50,000 instances of each class are looked at.
    """
    graph = heap.graph
    counts = np.bincount(graph.type_ids, minlength=len(graph.types))
    chosen = np.flatnonzero(heap.is_own_type & (counts >= LEAST_INSTANCES))
    if not len(chosen):
        return
    wanted = np.zeros(len(graph.types), np.bool_)
    wanted[chosen] = True
    nodes = np.flatnonzero(wanted[graph.type_ids] & heap.routes.reached)
    spaces = _find_spaces(heap, nodes)
    weak = _find_weak_types(heap)
    for number in chosen.tolist():
        made = examine(heap, number)
        if made is None:
            continue
        of_type = graph.type_ids[nodes] == number
        own = of_type & ((spaces >= 0) == with_dict)
        if np.count_nonzero(own) < LEAST_INSTANCES:
            continue
        attributes = _find_attributes(heap, nodes[own], spaces[own])
        if attributes:
            room = layout_of(heap.summary.process.python).weakref if weak[number] else 0
            yield Instances(made, nodes[own], spaces[own], attributes, room)


def holder_of(heap: Heap, found: Instances) -> str:
    """Who keeps most of them."""
    kept = next(find_keepers(heap, found.nodes), None)
    return kept.place.path if kept is not None else ""


def occupy_instances(heap: Heap, found: Instances) -> int:
    """What these take now, their `__dict__`s apart."""
    sizes = heap.graph.sizes[found.nodes]
    alone = layout_of(heap.summary.process.python).instance
    if not alone:
        return int(occupy(sizes).sum())
    body = np.minimum(sizes, alone + POINTER * len(found.made.inherited))
    return int((occupy(body) + occupy(sizes - body)).sum())


def _find_spaces(heap: Heap, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The `__dict__` of each, or -1."""
    graph = heap.graph
    edges = graph.attributes("__dict__")
    of = np.full(len(graph), -1, np.int64)
    of[graph.owners_of(edges)] = graph.targets[edges]
    return of[nodes]


def _find_weak_types(heap: Heap) -> NDArray[np.bool_]:
    graph = heap.graph
    positions = np.flatnonzero(graph.labels >> LABEL_SHIFT == EdgeKind.WEAK)
    weak = np.zeros(len(graph.types), np.bool_)
    weak[graph.type_ids[graph.targets[positions]]] = True
    return weak


def _find_attributes(heap: Heap, nodes: NDArray[np.int64], spaces: NDArray[np.int64]) -> tuple[str, ...]:
    """The names that the instances have; none where some have names that few others have, or that aren't known."""
    graph = heap.graph
    some = distinct(np.linspace(0, len(nodes) - 1, min(len(nodes), SAMPLED)).astype(np.int64))
    owners, positions = spread(graph.first_edge, nodes[some])
    labels = graph.labels[positions]
    named = labels >> LABEL_SHIFT == EdgeKind.ATTRIBUTE
    having, names = owners[named], (labels[named] & LABEL_PAYLOAD).astype(np.int64)
    if spaces[0] >= 0:
        kept = ~np.isin(names, graph.numbers_of(["__dict__"]))
        owners, positions = spread(graph.first_edge, spaces[some])
        keys = graph.labels[positions] >> LABEL_SHIFT == EdgeKind.KEY
        own = _names_of(heap, graph.targets[positions[keys]])
        having, names = np.concatenate([having[kept], owners[keys]]), np.concatenate([names[kept], own])
    counts = np.bincount(names, minlength=1)
    usual = counts >= RARE * len(some)
    strange = len(distinct(having[~usual[names] | (names == 0)]))
    if strange > RARE * len(some):
        return ()
    known, first = np.unique(names, return_index=True)
    ordered = known[np.argsort(first)]
    return tuple(graph.names[number] for number in ordered[usual[ordered]].tolist() if number)


def _names_of(heap: Heap, keys: NDArray[np.uint32]) -> NDArray[np.int64]:
    """The numbers of the keys' names, 0 where one has none."""
    known = heap.graph.node_names
    distinct, at = np.unique(keys, return_inverse=True)
    numbers: NDArray[np.int64] = np.array([known.get(key, 0) for key in distinct.tolist()], np.int64)[at]
    return numbers


@dataclass(slots=True)
class _Above:
    """What is learned on the way through a class and those above it."""

    bases: list[str] = field(default_factory=list)
    inherited: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)
    gives_dict: bool = False


def examine(heap: Heap, number: int) -> Class | None:
    """The class, if slots would rid its instances of their `__dict__`.

    Not where a library's or a C class above it gives them one, where it has two bases with a layout of their own, or where a
    cached_property needs the `__dict__`.
    """
    graph, names = heap.graph, heap.routes.homes.class_names
    node = graph.index_of(graph.types[number].address)
    order = _elements(heap, node, "__mro__") if node >= 0 else []
    if len(order) < 2 or order[0] != node:
        return None
    found = _Above()
    for each in order[:-1]:
        space = entries_of(graph, attributes_of_class(heap, each).get("__dict__", -1))
        name = names.get(each, "")
        slotted = _elements(heap, each, "__slots__")
        if not heap.routes.ownership.is_user(name):
            if "__slots__" not in space or "__dict__" in space or slotted:
                return None
            continue
        if any(graph.type_name(value).endswith("cached_property") for value in space.values()):
            return None
        if "__dict__" in space:
            found.gives_dict = True
            found.bases += [name] if each != node else []
        found.inherited |= {graph.name_of(slot) for slot in slotted}
        found.variables |= {name for name, value in space.items() if graph.type_name(value) not in OF_LAYOUT}
        if (
            sum(
                heap.routes.ownership.is_user(names.get(base, ""))
                for base in _elements(heap, each, "__bases__")
            )
            > 1
        ):
            return None
    if not found.gives_dict:
        return None
    own = entries_of(graph, attributes_of_class(heap, node).get("__dict__", -1))
    return Class(
        graph.types[number].name,
        tuple(found.bases),
        frozenset(found.inherited),
        frozenset(found.variables),
        "__dataclass_fields__" in own,
    )


def attributes_of_class(heap: Heap, node: int) -> dict[str, int]:
    return {edge.name: int(edge.target) for edge in heap.graph.edges(node, EdgeKind.ATTRIBUTE)}


def _elements(heap: Heap, node: int, attribute: str) -> list[int]:
    """What is in a tuple that a class has."""
    listed = attributes_of_class(heap, node).get(attribute, -1)
    return [int(edge.target) for edge in heap.graph.edges(listed, EdgeKind.ELEMENT)] if listed >= 0 else []
