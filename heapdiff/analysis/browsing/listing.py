"""Pages: of types, and of the objects in a list. Whatever the length of a list, only a page of it is looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.browsing.orderings import sum_by
from heapdiff.analysis.browsing.prepared import Prepared
from heapdiff.answers import ObjectPage, ObjectRow, TypePage, TypeRow
from heapdiff.errors import UsageError
from heapdiff.graph.narrow import Narrow, blocks

PAGE: Final = 100
MOST_SORTED: Final = 1_000  # of a list that isn't kept in this order
MOST_TYPES: Final = 20_000
FEW: Final = 20  # times fewer than all objects: looking at each of them costs less than a pass over all
BLOCK: Final = 1 << 17  # objects at a time, within the processor's cache
ORDERS: Final = ("retained", "bytes", "address")


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list to show: pages of `size` rows, the one that has the row `start`."""

    start: int = 0
    size: int = PAGE

    def over(self, length: int) -> range:
        """The places of its rows in a list; those of the last page where the list is shorter."""
        start = max(0, min(self.start, length - 1)) // self.size * self.size
        return range(start, min(start + self.size, length))


FIRST: Final = Window()

TYPE_ORDERS: Final[Mapping[str, Callable[[TypeRow], tuple[object, ...]]]] = {
    "bytes": lambda row: (-row.bytes, row.type),
    "retained": lambda row: (-(row.retained_bytes or 0), -row.bytes, row.type),
    "count": lambda row: (-row.count, row.type),
    "type": lambda row: (row.type,),
}


def list_types(prepared: Prepared, sort: str = "bytes", contains: str = "") -> tuple[TypeRow, ...]:
    """All types, or those whose name has a text in it. Raises UsageError for an unknown order."""
    if sort not in TYPE_ORDERS:
        raise UsageError(f"{sort}: no order", f"Choose one of {', '.join(TYPE_ORDERS)}.")
    part = contains.casefold()
    chosen = [number for number, name in enumerate(prepared.kinds) if part in name.casefold()]
    rows = (row_of_kind(prepared, number) for number in chosen if prepared.totals.counts[number])
    return tuple(sorted(rows, key=TYPE_ORDERS[sort]))


def row_of_kind(prepared: Prepared, number: int) -> TypeRow:
    totals = prepared.totals
    columns = (totals.counts, totals.bytes, totals.retained)
    return TypeRow(prepared.kinds[number], *(int(column[number]) for column in columns))


def list_instances(
    prepared: Prepared, type_name: str, sort: str = "retained", window: Window = FIRST
) -> ObjectPage:
    """Objects of a type. By `retained` any page is a slice; by `bytes` there are the first MOST_SORTED; by `address` O(k)."""
    nodes = prepared.of_kind(type_name)
    if sort != "bytes" or len(nodes) * FEW < len(prepared.graph):
        return page_of(prepared, nodes, sort, window)
    number, sizes = prepared.kind_numbers[type_name], prepared.graph.sizes
    largest = find_heaviest(sizes, 0, lambda some: prepared.kinds_of(some) == number)
    page = page_of(prepared, largest, window=window)
    return ObjectPage(len(nodes), page.listed, page.start, page.rows)


def page_of(
    prepared: Prepared, nodes: NDArray[np.integer], sort: str = "retained", window: Window = FIRST
) -> ObjectPage:
    """Of objects that are in order of what they retain. Raises UsageError for an unknown order."""
    if sort not in ORDERS:
        raise UsageError(f"{sort}: no order", f"Choose one of {', '.join(ORDERS)}.")
    total = len(nodes)
    if sort == "bytes":
        nodes = take_heaviest(nodes, prepared.graph.sizes[nodes])
    places = window.over(len(nodes))
    if sort == "address" and places:
        some = np.sort(np.partition(nodes, [places.start, places.stop - 1])[places.start : places.stop])
    else:
        some = nodes[places.start : places.stop]
    rows = tuple(row_of(prepared, node) for node in some.tolist())
    return ObjectPage(total, len(nodes), places.start, rows)


def take_heaviest(
    nodes: NDArray[np.integer], weights: NDArray[np.int64], most: int = MOST_SORTED
) -> NDArray[np.integer]:
    """Those with the largest weights, and of equal ones the first in memory. O(k), never a sort of all."""
    if len(nodes) > most:
        least = np.partition(weights, len(weights) - most)[len(weights) - most]
        above = np.flatnonzero(weights > least)
        equal = np.flatnonzero(weights == least)[: most - len(above)]
        chosen = np.concatenate([above, equal])
        nodes, weights = nodes[chosen], weights[chosen]
    return nodes[np.lexsort((nodes, -weights))]


def find_heaviest(
    weights: NDArray[np.int64] | Narrow,
    least: int,
    among: Callable[[slice], NDArray[np.bool_]] | None = None,
    most: int = MOST_SORTED,
) -> NDArray[np.integer]:
    """The same of all objects with a weight of at least so much, or those `among` which a mask says. One pass in blocks.

    What is not above the lightest one kept isn't looked at again, so that of millions few are.
    """
    kept, bound = np.zeros(0, np.int64), least - 1
    for some in blocks(len(weights), BLOCK):
        chosen = weights[some] > bound
        if among is not None and chosen.any():
            chosen &= among(some)
        kept = np.concatenate([kept, some.start + np.flatnonzero(chosen)])
        if len(kept) > 2 * most:
            kept = np.sort(take_heaviest(kept, weights[kept], most))
            bound = int(weights[kept].min())
    return take_heaviest(kept, weights[kept], most)


def row_of(prepared: Prepared, node: int, reference: str = "") -> ObjectRow:
    """One object in a list."""
    graph = prepared.graph
    return ObjectRow(
        address=f"{int(graph.addresses[node]):#x}",
        type=graph.type_name(node),
        name=graph.name_of(node),
        bytes=int(graph.sizes[node]),
        retained_bytes=int(prepared.dominance.retained[node]),
        reference=reference,
        value=graph.values.get(node),
    )


def group_by_type(prepared: Prepared, nodes: NDArray[np.integer], alone: bool = True) -> TypePage:
    """The types of these objects. O(k). `alone`: none of them dominates another, so that what they retain adds up."""
    kinds, count = prepared.kinds_of(nodes), len(prepared.kinds)
    counts = np.bincount(kinds, minlength=count)
    own = sum_by(kinds, prepared.graph.sizes[nodes], count)
    kept = sum_by(kinds, prepared.dominance.retained[nodes], count) if alone else None
    rows = [
        TypeRow(
            type=prepared.kinds[number],
            count=int(counts[number]),
            bytes=int(own[number]),
            retained_bytes=None if kept is None else int(kept[number]),
        )
        for number in np.flatnonzero(counts).tolist()
    ]
    return TypePage(len(nodes), tuple(sorted(rows, key=TYPE_ORDERS["retained"])[:MOST_TYPES]))
