"""What the records of objects are as stored arrays, and what has to hold of them beside the tables of the same file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, MAX_SIZE, NAMED_KINDS, EdgeKind
from heapdiff.graph.kernels import kernels
from heapdiff.graph.stored.columns import (
    Arrays,
    Check,
    Column,
    blocks,
    columns_apart,
    is_ascending,
    put_together,
)

NAME: Final = "records"
PART: Final = 1 << 22
MOST_SHORT_TYPES: Final = 2**16
MOST_REFERRED: Final = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Tables:
    """How much a file's tables have: what is stored can't refer to more."""

    records: int
    types: int
    names: int
    layouts: int
    has_hashes: bool


def columns_of(tables: Tables) -> Mapping[str, Column]:
    return {
        "addresses": Column("uint64"),
        "type_ids": Column(type_column(tables.types), None, 0, tables.types - 1),
        **columns_apart("sizes", "uint16", MAX_SIZE),
        **columns_apart("refcounts", "uint8", MOST_REFERRED),
        "first_edge": Column("int32"),
        "targets": Column("uint32"),
        "labels": Column("uint32"),
        "named": Column("uint32"),
        "int_keys": Column("int64"),
        "declared": Column("uint32"),
        "hashes": Column("uint32"),
        "counts": Column("int64", 2, 0),  # records, and references to addresses without one
    }


def type_column(types: int) -> str:
    """The type of a column of type numbers."""
    return "uint16" if types <= MOST_SHORT_TYPES else "uint32"


def checks_of(found: Arrays, tables: Tables) -> Iterator[Check]:
    """Each is true of what was decoded from this file."""
    nodes, references = len(found["addresses"]), len(found["targets"])
    records, first = int(found["counts"][0]), found["first_edge"]
    named, declared = found["named"].reshape(-1, 2), found["declared"].reshape(-1, 4)
    told = {len(found[name]) for name in ("type_ids", "sizes", "refcounts")} | {len(first) - 1}
    yield lambda: records == tables.records >= nodes
    yield lambda: told == {nodes} and len(found["hashes"]) == (nodes if tables.has_hashes else 0)
    yield lambda: len(found["labels"]) == references == first[-1] and first[0] == 0
    yield lambda: is_ascending(found["addresses"], strictly=True)
    yield lambda: is_ascending(first)
    yield lambda: all(put_together(name, found).is_whole() for name in ("sizes", "refcounts"))
    yield lambda: _below(named[:, 0], nodes) and _below(named[:, 1], tables.names)
    yield lambda: _below(declared[:, 0], nodes) and _below(declared[:, 1], tables.layouts)
    for targets in blocks(found["targets"], PART):
        yield partial(_below, targets, nodes)
    most = _most_payloads(tables.names, len(found["int_keys"]))
    for labels in blocks(found["labels"], PART):
        yield partial(kernels.below, labels, most)


def _below(column: NDArray[np.uint32], limit: int) -> bool:
    return not len(column) or int(column.max()) < limit


def _most_payloads(names: int, int_keys: int) -> NDArray[np.uint32]:
    """By kind, below what its label has to be. The last kinds are none, so that it fits."""
    limits = np.zeros(16, np.uint32)
    limits[[int(kind) for kind in EdgeKind]] = LABEL_PAYLOAD + 1
    limits[list(NAMED_KINDS)] = min(names, LABEL_PAYLOAD + 1)
    limits[EdgeKind.INT_VALUE] = min(int_keys, LABEL_PAYLOAD + 1)
    return limits + (np.arange(16, dtype=np.uint32) << np.uint32(LABEL_SHIFT))
