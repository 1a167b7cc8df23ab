"""Variables of the application's modules that keep much, or more and more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from heapdiff.analysis.holders.holder import Place, is_own, place_of
from heapdiff.analysis.holders.shapes import length_of
from heapdiff.analysis.waste.ground.rule import Rule, least_headline
from heapdiff.analysis.waste.ground.wording import shell_word
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.analysis.waste.held.accumulation import (
    NEARLY_ALL,
    count_new_entries,
    find_own_globals,
    tell_entries,
    walk_down,
)
from heapdiff.analysis.waste.held.large_objects import find_large_objects
from heapdiff.analysis.waste.held.outliving_requests import find_outliving_requests
from heapdiff.analysis.waste.held.pinned_buffers import find_pinned_buffers
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.knowledge.advice.amounts import LARGE_BYTES

RULE: Final = Rule("large-globals", Topic.GLOBALS)
MOST: Final = 20


def find_large_globals(heap: Heap) -> Iterator[Finding]:
    """Each variable with what only it keeps: from 1 % of the heap and 1 MB on if it grows, else from 10 MB on a headline."""
    nodes = find_own_globals(heap)
    bytes_ = heap.retained[nodes]
    large = bytes_ >= least_headline(heap.bytes)
    ranked = sorted(zip(bytes_[large].tolist(), nodes[large].tolist(), strict=True), reverse=True)
    told = _tell_data(heap) if ranked else Counter()
    for retained, node in ranked[:MOST]:
        place = place_of(heap.routes, node)
        if is_own(heap.routes, place) and told[place.path] < NEARLY_ALL * retained:
            yield _tell(heap, place, retained)


def _tell_data(heap: Heap) -> Counter[str]:
    """How much of what each holder keeps other rules name, which say more of it."""
    told: Counter[str] = Counter()
    for rule in (find_large_objects, find_pinned_buffers, find_outliving_requests):
        for finding in heap.ask(rule):
            told[finding.holder or ""] = max(told[finding.holder or ""], finding.bytes)
    return told


def _tell(heap: Heap, place: Place, bytes_: int) -> Finding:
    graph, node = heap.graph, place.node
    point = walk_down(heap, node)
    inner = place_of(heap.routes, point) if point != node else place
    length, grown = length_of(graph, point), count_new_entries(heap, point)
    kind = graph.type_name(point)
    entries = f"{tell_entries(length)} in " if length else ""
    more = f", {grown:,} more than in the first snapshot" if grown else ""
    name = place.path.rpartition(".")[2]
    return RULE.found(
        heap,
        f"{place.path} keeps {entries}a {kind}{more}",
        bytes=bytes_,
        saves=None,
        holder=place.path,
        type=kind,
        count=length or 1,
        example=f"most of it hangs on {inner.path}" if point != node else "",
        change="Every worker has its own copy for as long as it lives. Keep the data where it belongs (a database, Redis, a file "
        "that is read in pieces) and load what a request needs; if it's a cache, give it a bound.",
        code=(
            "@functools.lru_cache(maxsize=1_000)",
            f"def load_{name.lower() if name.isidentifier() else 'row'}(key):  # one entry, not all",
            "    return query(key)",
        ),
        check=f"heapdiff tree A --from {shell_word(place.path)} shows what it retains.",
        confidence=Confidence.HIGH if grown else Confidence.MEDIUM,
        reason="It grew between the snapshots, and nothing else keeps what it has."
        if grown
        else "Nothing else keeps what it has; whether it's needed, a snapshot can't tell.",
        headline=bool(grown) or bytes_ >= LARGE_BYTES,
    )
