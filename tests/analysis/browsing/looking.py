"""A small shop's heap, ready to be looked around in."""

from __future__ import annotations

from heapdiff.analysis.browsing.prepared import Prepared, prepare
from heapdiff.answers import ObjectPage
from tests.analysis.summaries import captures

SHOP = """
    shop.models.Session: type
    shop.cache.SESSIONS: dict -> [*]: shop.models.Session * 5 size=100 $s -> .tags: list size=50
    shop.cache.LIMITS: dict -> [*]: str * 2
    shop.audit.LOG: list -> []: bytes * 3 size=1000
    shop.audit.OTHER: list -> []: $s
    orphan: list -> bytes size=9999
"""
HUB = "shop.big.ALL: list -> []: shop.Item * 250 size=10 -> .owner: $hub"


def shop(text: str = SHOP) -> Prepared:
    (graph,) = captures(text)
    return prepare(graph)


def node_of(prepared: Prepared, type_name: str, at: int = 0) -> int:
    return int(prepared.of_kind(type_name)[at])


def described(page: ObjectPage) -> list[tuple[str, str, int]]:
    return [(row.reference, row.type, row.retained_bytes) for row in page.rows]
