"""Single large pieces of data: arrays, tables, bytes, buffers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from heapdiff.analysis.naming.amounts import format_bytes
from heapdiff.analysis.reach.retained import find_topmost
from heapdiff.analysis.waste.ground.keepers import Kept, find_keepers, place_of_kept
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.wording import shell_word
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.analysis.waste.held.accumulation import find_known
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.knowledge.advice.amounts import HEADLINE_SHARE, LARGE_BYTES
from heapdiff.knowledge.advice.data_types import DATA_TYPES, TABLES

RULE: Final = Rule("large-objects", Topic.DATA_IN_MEMORY)


def find_large_objects(heap: Heap) -> Iterator[Finding]:
    """Each piece of at least 1 % of the heap and 10 MB, with what it alone keeps; a table counts with all its columns."""
    graph = heap.graph
    known = find_known(heap, DATA_TYPES)
    kinds = np.array([*map(bool, known)], np.bool_)
    large = heap.retained >= max(LARGE_BYTES, HEADLINE_SHARE * heap.bytes)
    nodes = np.flatnonzero(large & kinds[graph.type_ids])
    for kept in find_keepers(heap, find_topmost(heap.dominance, nodes)):
        yield _tell(heap, kept, known)


def _tell(heap: Heap, kept: Kept, known: Sequence[str]) -> Finding:
    graph, nodes = heap.graph, kept.nodes
    largest = int(nodes[np.argmax(heap.retained[nodes])])
    what = DATA_TYPES[known[int(graph.type_ids[largest])]]
    path, bytes_ = place_of_kept(heap, kept).path, int(heap.retained[nodes].sum())
    first = _article(what)
    several = first.capitalize() if len(nodes) == 1 else f"{len(nodes):,} objects, the largest {first}"
    table = what in TABLES
    return RULE.found(
        heap,
        f"{several} {what} of {format_bytes(int(heap.retained[largest]))} in {path}",
        bytes=bytes_,
        saves=None,
        holder=path,
        type=graph.type_name(largest),
        count=len(nodes),
        change="Don't keep the whole in every worker: read it in pieces, query what a request needs, or put it into a file "
        "that all workers map.",
        code=(
            ("for part in pandas.read_csv(path, chunksize=10_000):", "    add(part)")
            if table
            else ("data = numpy.load(path, mmap_mode='r')  # shared by all workers",)
            if what.startswith("NumPy")
            else ("with open(path, 'rb') as file:", "    return flask.send_file(file, ...)  # in pieces")
        ),
        check=f"heapdiff why A {shell_word(graph.type_name(largest))} no longer leads to {path}.",
        confidence=Confidence.HIGH,
        reason="It's one piece, and nothing else keeps it; whether it's needed, a snapshot can't tell.",
        headline=None if kept.own else False,
    )


def _article(word: str) -> str:
    return "an" if word[0] in "aeiouA" else "a"
