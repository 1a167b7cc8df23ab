"""Small valid files to start from: one per corner of the format, as `sealed` wants them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.fuzz.sealed import unseal
from tests.graph.random_graphs import random_graph
from tests.heapfiles import write_heap
from tests.heaps import heap

__all__ = ["write_seeds"]

HEAPS: Final = (
    "orphan: list",
    "module shop.app of application\nmodule flask of flask\nmodule os of standard\nmodule sys of built-in",
    "shop.cache.SESSIONS: dict -> [*]: shop.models.Session * 3 size=56 -> .tags: list -> str * 2",
    """
    shop.models.Session: type
    shop.models.Registry: type -> ._instances: dict -> [-7]: shop.models.Session
    shop.models.Registry -> ._instances -> [None]: shop.models.Session
    """,
    """
    shop.views.search: function -> default acc: list
    shop.views.search -> closure pending: set -> {}: shop.tasks.Job * 2 refcount=0
    shop.views.search -> kwdefault size: dict
    """,
    """
    thread MainThread -> frame serve -> local backlog: list $backlog -> [0]: shop.Job
    thread MainThread -> frame serve -> cell done: set
    $backlog -> weak: $backlog
    native: list extra=1 -> stack: bytes * 4 size=1000
    """,
    """
    shop.pricing.quote: lru_cache facts=hits:3,misses:-4 -> [None]: shop.pricing.Price
    interpreter codecs: dict -> [*]: str * 3
    """,
    """
    shop.cache.SESSIONS: dict -> [*]: shop.models.Session * 2 $session
    sample * 3 of $session: session_for shop/cache.py:31 < Flask.dispatch_request flask/app.py:900 of flask
    calls shop.product: 1200
    """,
)
RANDOM_GRAPHS: Final = 12
FRAMED: Final = 2


def write_seeds(directory: Path) -> None:
    """Write each seed to a file of its own; the last ones have their frames."""
    directory.mkdir(parents=True, exist_ok=True)
    graphs = [heap(text) for text in HEAPS] + [random_graph(seed) for seed in range(RANDOM_GRAPHS)]
    for number, graph in enumerate(graphs):
        path = directory / f"seed-{number:02}"
        write_heap(
            graph,
            path,
            values={0: "näïve", 1: b"raw", 2: 12, 3: 0.5} if number % 2 and len(graph) > 3 else None,
        )
        if number < len(graphs) - FRAMED:
            path.write_bytes(unseal(path.read_bytes()))
