"""A shop of which a dict of sessions grows, for tests of who allocated that."""

from __future__ import annotations

from collections.abc import Callable

from heapdiff.analysis import compare
from heapdiff.answers import Suspect
from heapdiff.graph.heap import HeapGraph
from tests.analysis.sampled import Sampling
from tests.analysis.summaries import captures

SHOP = """
    shop.cache.SESSIONS: dict -> [*]: shop.models.Session * {0} -> .tags: list -> dict
    shop.cache.OTHER: dict -> [*]: shop.models.Page * {1}
    shop.cache.LARGE: dict -> [*]: bytes * {1} size=10000
"""
NEW, LIST, DICT, PAGE = "shop.models.Session", "list", "dict", "shop.models.Page"
PACK = "shop/models.py:7 pack <- shop/cache.py:30 session_for"
VIEW = "shop/views.py:12 product <- FLASK"


def nodes_of(graph: HeapGraph, kind: str) -> list[int]:
    return [node for node in range(len(graph)) if graph.type_name(node) == kind]


def suspect(fill: Callable[[Sampling, HeapGraph], object], holder: str = "SESSIONS") -> Suspect:
    """The one of `shop.cache.SESSIONS`, which gained 200 entries in a minute."""
    first, last = captures(SHOP.format(20, 20), SHOP.format(220, 220), requests=100)
    sampling = Sampling()
    fill(sampling, last)
    found = compare([first, sampling.put_into(last)]).suspects
    return next(each for each in found if each.holder.path == f"shop.cache.{holder}")


def of_new(graph: HeapGraph, kind: str = NEW) -> list[int]:
    """Those that the first snapshot has not: keys of later entries are other addresses."""
    first = captures(SHOP.format(20, 20))[0]
    return [node for node in nodes_of(graph, kind) if first.index_of(int(graph.addresses[node])) < 0]
