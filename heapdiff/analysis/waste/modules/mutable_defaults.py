"""Default arguments that collect: one list, dict or set for all calls of a function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from heapdiff.analysis.holders.holder import is_own, place_of
from heapdiff.analysis.holders.shapes import length_of
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.wording import code_word, shell_word
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.analysis.waste.held.accumulation import count_new_entries, tell_entries
from heapdiff.answers import Confidence, Finding, HolderKind, Topic

RULE: Final = Rule("mutable-defaults", Topic.GLOBALS)
MUTABLE: Final = (
    "list", "dict", "set", "bytearray", "collections.deque", "collections.defaultdict", "collections.OrderedDict",
    "collections.Counter",
)  # fmt: skip
LITERALS: Final = {"list": "[]", "dict": "{}"}
LARGE: Final = 100_000  # bytes: below, one that doesn't grow isn't worth a word


def find_mutable_defaults(heap: Heap) -> Iterator[Finding]:
    """Those of the application's functions that grow, or are large."""
    graph = heap.graph
    spaces = [node for node, name in heap.routes.homes.modules.items() if heap.routes.ownership.is_user(name)]
    edges = graph.attributes("__defaults__", "__kwdefaults__")
    owners = graph.owners_of(edges)
    edges = edges[np.isin(heap.routes.homes.of[owners], spaces)]
    inside = {
        int(target)
        for defaults in graph.targets[edges].tolist()
        for target in graph.targets[graph.row(defaults)]
    }
    kinds = [number for number, kind in enumerate(graph.types) if kind.name in MUTABLE]
    for node in sorted(inside):
        if int(graph.type_ids[node]) in kinds and (length := length_of(graph, node)):
            yield from _judge(heap, node, length)


def _judge(heap: Heap, node: int, length: int) -> Iterator[Finding]:
    place = place_of(heap.routes, node)
    grown = count_new_entries(heap, node)
    bytes_ = int(heap.retained[node])
    if place.kind is not HolderKind.FUNCTION_DEFAULT or not is_own(heap.routes, place):
        return
    if bytes_ < LARGE and not grown:
        return
    function, _, default = place.path.partition(".<default ")
    name, kind = default.rstrip(">"), heap.graph.type_name(node)
    shown = code_word(name, "values")
    more = f", {grown:,} more than in the first snapshot" if grown else ""
    yield RULE.found(
        heap,
        f"The default of {name} in {function} has {tell_entries(length)}{more}",
        bytes=bytes_,
        saves=bytes_,
        holder=place.path,
        type=kind,
        count=length,
        change=f"A default is made once, with the function, and every call without {name} shares it. Make a new one in the call; "
        "if it's meant to be a cache, use functools.lru_cache with a maxsize.",
        code=(
            f"def {code_word(function.rpartition('.')[2], 'function')}(..., {shown}=None):",
            f"    if {shown} is None:",
            f"        {shown} = {LITERALS.get(kind, kind.rpartition('.')[2] + '()')}",
        ),
        check=f"Take a snapshot after some requests: heapdiff why A {shell_word(place.path)} finds nothing.",
        confidence=Confidence.HIGH if grown else Confidence.MEDIUM,
        reason="It grew between the snapshots."
        if grown
        else "A default that nothing has filled is empty; this one isn't.",
    )
