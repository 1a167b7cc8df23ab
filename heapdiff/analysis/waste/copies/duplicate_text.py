"""Strings and bytes that say the same: known by a keyed hash of each, never by what they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from heapdiff.analysis.waste.copies.repeats import Repeated, Whereabouts, find_repeats, find_whereabouts
from heapdiff.analysis.waste.ground.blocks import occupy
from heapdiff.analysis.waste.ground.keepers import find_table
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Confidence, Finding, Topic

RULE: Final = Rule("duplicate-text", Topic.DATA_STRUCTURES)


BYTES_HEADER: Final = 33


@dataclass(frozen=True, slots=True)
class _Kind:
    """How objects of a type are called, and how one copy of each is kept."""

    noun: str
    values: tuple[str, str]
    change: str
    code: tuple[str, ...]


KINDS: Final[Mapping[str, _Kind]] = {
    "str": _Kind(
        "strings",
        ("text", "different texts"),
        "Keep one copy of each text: intern it where it's read or parsed.",
        ("import sys", "{0} = sys.intern({0})  # equal texts become one object"),
    ),
    "bytes": _Kind(
        "bytes objects",
        ("value", "different values"),
        "Keep one copy of each: look it up in a dict where it's read or received.",
        ("SHARED: dict[bytes, bytes] = {{}}", "{0} = SHARED.setdefault({0}, {0})  # the first one stays"),
    ),
}


KEYS: Final = _Kind(
    "strings",
    ("text", "different texts"),
    "Intern the keys where the dicts are made, or make objects of a class with `__slots__` instead of dicts.",
    ("import sys", "row = {{sys.intern(key): value for key, value in row.items()}}"),
)


COLUMN: Final = _Kind(
    "strings",
    ("text", "different texts"),
    "Make the columns that repeat a few texts categorical: each row then has a small number instead of an object.",
    (
        'table["state"] = table["state"].astype("category")  # pandas',
        'pandas.read_csv(path, dtype={{"state": "category"}})',
    ),
)


def find_duplicate_text(heap: Heap) -> Iterator[Finding]:
    """For each place that keeps equal texts what all but one of each take. Needs a snapshot with hashes."""
    hashes = heap.graph.hashes
    if hashes is None:
        return
    for type_name in KINDS:
        nodes = heap.of_type(type_name)
        nodes = nodes[hashes[nodes] != 0]
        for repeated in find_repeats(
            heap, nodes, hashes[nodes].astype(np.uint64), occupy(heap.graph.sizes[nodes])
        ):
            yield _describe(heap, type_name, repeated)


def _describe(heap: Heap, type_name: str, repeated: Repeated) -> Finding:
    count, different = len(repeated.nodes), repeated.different
    table = find_table(heap, repeated.place.node)
    where = Whereabouts(repeated.place.path, True) if table else find_whereabouts(heap, repeated.nodes)
    kind = COLUMN if table else KEYS if where.is_key and type_name == "str" else KINDS[type_name]
    values = f"{different:,} {kind.values[different > 1]}"
    name = where.name or ("text" if type_name == "str" else "data")
    return RULE.found(
        heap,
        f"{count:,} {kind.noun} at {where.path} hold only {values}"
        if where.all and not table
        else f"{count:,} {kind.noun} in {repeated.place.path} hold only {values}",
        bytes=repeated.bytes,
        saves=repeated.saves,
        change=kind.change,
        code=tuple(line.format(name) for line in kind.code),
        check=f"Take another snapshot: about {count - different:,} objects of type {type_name} are gone.",
        confidence=Confidence.HIGH,
        reason="A keyed hash of each says which are equal, and sharing what can't change is safe.",
        holder=repeated.place.path,
        type=type_name,
        count=count,
        example=f"{_describe_one(heap, type_name, repeated.commonest)}, {repeated.times:,} times, at {where.path}",
    )


def _describe_one(heap: Heap, type_name: str, node: int) -> str:
    """Its size, and what it holds only where the snapshot was asked for values."""
    if node in heap.graph.values:
        return heap.graph.values[node]
    size = int(heap.graph.sizes[node])
    return (
        f"one of {size - BYTES_HEADER:,} bytes" if type_name == "bytes" else f"one that takes {size:,} bytes"
    )
