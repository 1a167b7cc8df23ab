"""Dicts, lists and sets with much more room than entries: removing entries gives no room back, or only some."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.waste.ground.blocks import occupied, occupy
from heapdiff.analysis.waste.ground.groups import Group, find_groups
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.knowledge.advice.layouts import DICT, LIST, POINTER, SET

RULE: Final = Rule("oversized-containers", Topic.DATA_STRUCTURES)
LEAST_ROOM: Final = 64  # below, growth itself leaves as much unused
USED_OF_DICT: Final = 1 / 4  # growth leaves half of it used
USED_OF_SET: Final = 1 / 10  # growth leaves 15 %
USED_OF_LIST: Final = 0.7  # growth leaves 89 %
KEYS_HEADER: Final = 32
ENTRIES: Final = (16, 24)  # with the hash, where not all keys are str
LARGEST: Final = 33  # a table of so many bits would not fit a machine
SET_ENTRY: Final = 16

Numbers = NDArray[np.int64]


def find_oversized_containers(heap: Heap) -> Iterator[Finding]:
    for kind, measure, confidence in (
        ("dict", _measure_dicts, Confidence.HIGH),
        ("set", _measure_sets, Confidence.HIGH),
        ("list", _measure_lists, Confidence.MEDIUM),
    ):
        nodes = heap.of_type(kind)
        references = heap.graph.first_edge[nodes + 1] - heap.graph.first_edge[nodes]
        some = (references > 0) & ~heap.routes.homes.is_namespace[nodes]
        nodes, references = nodes[some], references[some]
        entries = references // 2 if kind == "dict" else references
        taken, saved, room = measure(heap.graph.sizes[nodes], entries)
        found = np.flatnonzero(saved > 0)
        for group in find_groups(heap, nodes[found], taken[found], saved[found]):
            at = np.searchsorted(nodes, group.nodes)
            yield _tell(group, kind, confidence, int(entries[at].sum()), int(room[at].sum()))


def _tell(group: Group, kind: str, confidence: Confidence, entries: int, room: int) -> Finding:
    name = group.holder.rpartition(".")[2] if group.count == 1 else ""
    name = name if name.isidentifier() else "entries"
    what = group.holder if group.count == 1 else f"{group.count:,} {kind}s in {group.holder}"
    have = "has" if group.count == 1 else "have"
    malloc = (
        " Of that, malloc gives back to the system what no other block lies in." if kind == "list" else ""
    )
    return RULE.found(
        group.heap,
        f"{what} {have} room for {room:,} entries and {entries:,} in it",
        bytes=group.bytes,
        saves=group.saves,
        change=f"Copy it once its entries are removed: a new {kind} has room for what is in it. If it fills up and empties "
        "again and again, give it a bound instead.",
        code=(f"{name} = {kind}({name})",),
        check="Afterwards, heapdiff advise on a new snapshot doesn't name it anymore.",
        confidence=confidence,
        reason=f"Growing alone never leaves so much room unused: entries were removed.{malloc}",
        holder=group.holder,
        type=kind,
        count=group.count,
        example=group.example if group.count > 1 else "",
    )


def _measure_dicts(sizes: Numbers, entries: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """What each takes, what a copy would save where that's worth it, and for how many entries it has room."""
    bits = np.arange(3, LARGEST, dtype=np.int64)
    usable = (2 << bits) // 3
    index = np.left_shift(1, bits) * np.where(bits < 8, 1, np.where(bits < 16, 2, np.where(bits < 32, 4, 8)))
    tables = np.concatenate([KEYS_HEADER + index + usable * each for each in ENTRIES])
    rooms, forms = np.tile(usable, 2), np.repeat([0, 1], len(bits))
    order = np.argsort(tables)
    body = sizes - DICT
    at = order[np.minimum(np.searchsorted(tables[order], body), len(order) - 1)]
    known = tables[at] == body
    enough = np.searchsorted(2 << (bits - 1), (entries * 3 + 1) // 2)  # as dict(d) makes it
    smaller = tables.reshape(2, -1)[forms[at], np.minimum(enough, len(bits) - 1)]
    saved = occupy(body) - occupy(smaller)
    worth = known & (entries < USED_OF_DICT * rooms[at]) & (rooms[at] >= LEAST_ROOM)
    return occupied(DICT) + occupy(body), np.where(worth, saved, 0), rooms[at]


def _measure_sets(sizes: Numbers, entries: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    body = sizes - SET
    room = body // SET_ENTRY * 3 // 5
    enough = 2 << np.frexp((2 * entries).astype(np.float64))[1].astype(np.int64) - 1
    smaller = np.where(entries < 5, 0, SET_ENTRY * enough)
    worth = (room >= LEAST_ROOM) & (entries * SET_ENTRY < USED_OF_SET * body)
    return occupied(SET) + occupy(body), np.where(worth, occupy(body) - occupy(smaller), 0), room


def _measure_lists(sizes: Numbers, entries: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    body = sizes - LIST
    room = body // POINTER
    worth = (room >= LEAST_ROOM) & (entries < USED_OF_LIST * room)
    return occupied(LIST) + occupy(body), np.where(worth, occupy(body) - occupy(POINTER * entries), 0), room
