"""Requests, responses and uploads that are still there after their request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from heapdiff.analysis.naming.amounts import count
from heapdiff.analysis.reach.retained import find_topmost
from heapdiff.analysis.waste.ground.keepers import Kept, find_keepers, place_of_kept
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.wording import shell_word
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.analysis.waste.held.accumulation import find_known
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.format import RootKind
from heapdiff.knowledge.advice.request_types import REQUEST_TYPES

RULE: Final = Rule("outliving-requests", Topic.DATA_IN_MEMORY)
LASTING: Final = (RootKind.MODULE, RootKind.TYPE)
SEVERAL: Final = 10  # fewer may be of requests that run right now


def find_outliving_requests(heap: Heap) -> Iterator[Finding]:
    """Those that a module's variable or a class keeps, by holder: no running call has them."""
    graph = heap.graph
    known = find_known(heap, REQUEST_TYPES)
    kinds = np.array([*map(bool, known)], np.bool_)
    nodes = find_topmost(heap.dominance, np.flatnonzero(kinds[graph.type_ids]))
    for kept in find_keepers(heap, nodes):
        root = kept.place.trail.root
        if root is not None and root.kind in LASTING and kept.own:
            yield _tell(heap, kept, known)


def _tell(heap: Heap, kept: Kept, known: Sequence[str]) -> Finding:
    graph, path, nodes = heap.graph, place_of_kept(heap, kept).path, kept.nodes
    numbers, counts = np.unique(graph.type_ids[nodes], return_counts=True)
    most = int(numbers[np.argmax(counts)])
    kind, instead = graph.types[most].name, REQUEST_TYPES[known[most]]
    return RULE.found(
        heap,
        f"{count(len(nodes), f'{kind} object')} outlive{'s' if len(nodes) == 1 else ''} the request, in {path}",
        bytes=int(heap.retained[nodes].sum()),
        saves=None,
        holder=path,
        type=kind,
        count=len(nodes),
        change=f"Keep {instead}, not the object: it keeps its headers, its body and often the connection alive.",
        code=("kept = response.json()['price']   # not response",)
        if "esponse" in kind
        else ("kept = request.path               # not request",),
        check=f"Take a snapshot while no request runs: heapdiff why A {shell_word(kind)} finds none.",
        confidence=Confidence.HIGH if len(nodes) >= SEVERAL else Confidence.MEDIUM,
        reason="A variable that lives as long as the worker leads to them."
        if len(nodes) >= SEVERAL
        else "A variable that lives as long as the worker leads to it, but its request may still be running.",
    )
