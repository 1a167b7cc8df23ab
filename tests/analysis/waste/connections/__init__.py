"""What a worker has open, on the heap language."""

from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.graph.heap import HeapGraph
from tests.analysis.summaries import captures, summarize
from tests.heaps import heap


def look(text: str) -> Heap:
    """A process of which there is one snapshot."""
    graph: HeapGraph = heap(text)
    return Heap(graph, summarize(graph))


def look_twice(before: str, after: str, requests: int | None = None) -> Heap:
    """A process of which there are two, that served so many requests between them."""
    earlier, latest = captures(before, after, requests=requests)
    assert latest.summary is not None
    return Heap(latest, latest.summary, earlier)
