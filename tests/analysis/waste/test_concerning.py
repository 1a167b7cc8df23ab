"""Which advice stands below a comparison: only what concerns its suspects."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heapdiff.analysis.reach.routes import compute_routes
from heapdiff.analysis.waste import concerning
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Comparison, Confidence, Finding, Topic
from tests.analysis.summaries import captures, summarize
from tests.heaps import heap

FINDING = Finding(
    rule="slots",
    topic=Topic.DATA_STRUCTURES,
    title="Session has no __slots__",
    bytes=2_000_000,
    saves_bytes=1_000_000,
    share=0.1,
    holder=None,
    type=None,
    count=3,
    example="",
    change="Add them.",
    confidence=Confidence.HIGH,
    headline=True,
    page="docs/advice/slots.md",
)


@pytest.fixture
def leak(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    """What the rules would find in the later of two snapshots."""
    found: list[Finding] = []

    def find_waste(looked_at: Heap, _: object) -> list[Finding]:
        assert looked_at.earlier is not None
        return found

    monkeypatch.setattr(concerning, "find_waste", find_waste)
    return found


def compare() -> Comparison:
    return concerning.compare(
        captures(
            "shop.cache.SESSIONS: dict -> [*]: shop.models.Session * 3",
            "shop.cache.SESSIONS: dict -> [*]: shop.models.Session * 3003",
        )
    )


@pytest.mark.parametrize(
    ("holder", "kind", "told"),
    [
        ("shop.cache.SESSIONS", None, True),
        ("shop.cache.SESSIONS['…']", None, True),
        ("shop.cache.SESSIONS_OF_USERS", None, False),
        ("shop.catalog.ROWS", "shop.models.Session", False),
        (None, "shop.models.Session", True),
        (None, "shop.models.Row", False),
    ],
)
def test_a_finding_concerns_a_suspect_by_its_place_or_else_by_its_type(
    leak: list[Finding], holder: str | None, kind: str | None, told: bool
) -> None:
    leak.append(replace(FINDING, holder=holder, type=kind))
    assert compare().advice == (tuple(leak) if told else ())


def test_what_is_no_headline_is_not_told(leak: list[Finding]) -> None:
    leak.append(replace(FINDING, holder="shop.cache.SESSIONS", headline=False))
    assert compare().advice == ()


def test_a_comparison_without_a_suspect_looks_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> list[Finding]:
        raise AssertionError

    monkeypatch.setattr(concerning, "find_waste", never)
    same = captures("shop.cache.SESSIONS: dict", "shop.cache.SESSIONS: dict")
    assert concerning.compare(same).advice == ()


def test_of_a_large_heap_a_note_says_where_advice_is(
    leak: list[Finding], monkeypatch: pytest.MonkeyPatch
) -> None:
    leak.append(replace(FINDING, holder="shop.cache.SESSIONS"))
    monkeypatch.setattr(concerning, "MOST_OBJECTS", 3000)
    assert compare().advice == ()
    assert "heapdiff advise" in compare().notes[-1]


def test_the_routes_that_were_computed_are_used_again() -> None:
    graph = heap("shop.cache.SESSIONS: dict")
    known = compute_routes(graph)
    assert Heap(graph, summarize(graph), known=known).routes is known
