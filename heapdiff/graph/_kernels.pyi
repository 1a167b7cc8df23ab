"""The kernels in C. `heapdiff.graph.fallback` has the same functions in Python; the same tests run over both.

Arrays are lent as contiguous buffers; `out` ones are written. ValueError when an array does not fit the
others, and for what is wrong with a payload; MemoryError. The GIL is released meanwhile: leave them alone.
"""

import numpy as np
from numpy.typing import NDArray

def referrers(
    first: NDArray[np.int64],
    targets: NDArray[np.uint32],
    labels: NDArray[np.uint32],
    out_first: NDArray[np.int64],
    out_sources: NDArray[np.uint32],
    out_edges: NDArray[np.uint32],
) -> int:
    """Turn strong references round; `out_first` has n + 2 items, of which n + 1 count. Returns how many."""

def dominators(
    first: NDArray[np.int64],
    targets: NDArray[np.uint32],
    labels: NDArray[np.uint32],
    referrers_first: NDArray[np.int64],
    sources: NDArray[np.uint32],
    roots: NDArray[np.uint32],
    out_idom: NDArray[np.uint32],
) -> None:
    """Immediate dominators; n: the virtual root, n + 1: unreached. O(m log n), 24 bytes per node."""

def retained(idom: NDArray[np.uint32], sizes: NDArray[np.int64], out_retained: NDArray[np.int64]) -> None:
    """Sizes of what each node dominates, itself included; 0 where unreached. O(n), 4 bytes per node."""

def paths(
    first: NDArray[np.int64],
    targets: NDArray[np.uint32],
    labels: NDArray[np.uint32],
    costs: NDArray[np.uint8],
    starts: NDArray[np.uint32],
    start_costs: NDArray[np.int64],
    distance: NDArray[np.int64],
    edge: NDArray[np.int64],
    parent: NDArray[np.int64],
) -> None:
    """Cheapest paths from starts, which are in order of their costs, where cheaper than those known. O(m + n), 8 bytes
    per node."""

def reach(
    first: NDArray[np.int64],
    targets: NDArray[np.uint32],
    labels: NDArray[np.uint32],
    starts: NDArray[np.uint32],
    marks: NDArray[np.uint8],
) -> None:
    """Mark 1 what the starts reach through marks of 0. O(m + n), 4 bytes per node."""

def recurring(
    first: NDArray[np.int64],
    targets: NDArray[np.uint32],
    labels: NDArray[np.uint32],
    first_before: NDArray[np.int64],
    targets_before: NDArray[np.uint32],
    labels_before: NDArray[np.uint32],
    matched: NDArray[np.int64],
    marks: NDArray[np.uint8],
) -> None:
    """Mark strong references between matched objects: 1 where the same ones were joined in the same place before, else
    2; 0 the others. `matched` has the earlier node of each, or -1. O(m)."""

class Decoder:
    """One file: scan each section, seal, tables, columns, describe each, references, fill each, compact."""

    objects: int  # records that are no continuations
    named: int  # room needed
    declared: int
    int_items: int
    named_used: int
    declared_used: int
    int_used: int
    filled: int
    dropped: int  # references to addresses without a record
    def __init__(self, seed: int, /) -> None: ...
    def scan(self, payload: bytes, /) -> None:
        """First pass: note the objects of one section."""

    def seal(self) -> int:
        """The number of objects."""

    def addresses(self, out: NDArray[np.uint64], /) -> None: ...
    def find(self, addresses: NDArray[np.uint64], out: NDArray[np.uint32], /) -> None:
        """The node at each address, 2**32 - 1 where none is."""

    def tables(
        self,
        base_sizes: NDArray[np.int64],
        type_nodes: NDArray[np.uint32],
        layout_first: NDArray[np.uint32],
        layout_labels: NDArray[np.uint32],
        names: int,
        /,
    ) -> None:
        """`type_nodes`: 2**32 - 1 where instances do not refer to their type, 2**32 - 2 if not found."""

    def columns(
        self,
        type_ids: NDArray[np.uint32],
        sizes: NDArray[np.int64],
        refcounts: NDArray[np.uint32],
        first: NDArray[np.int64],
        named: NDArray[np.uint32],
        declared: NDArray[np.uint32],
        /,
    ) -> None:
        """Where to describe. `first`, n + 2 zeros, takes the number of node i's references at i + 2.

        `named` has rows of node and name; `declared` of node, layout, positional and keyword-only arguments.
        """

    def describe(self, payload: bytes, /) -> None:
        """Second pass: the facts about each object, and how many references it has."""

    def references(
        self, targets: NDArray[np.uint32], labels: NDArray[np.uint32], int_keys: NDArray[np.int64], /
    ) -> None:
        """Where to fill. `first` was summed up meanwhile; filling moves each row into its place."""

    def compact(self) -> int:
        """Leave out the references to what has no record; returns how many stay. `first` moves with them."""

    def fill(self, payload: bytes, /) -> None:
        """Third pass: the references."""
