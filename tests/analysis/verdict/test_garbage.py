"""Garbage is the verdict where nothing will take it, or where it is much; else it is a note."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from heapdiff.analysis import compare
from heapdiff.answers import Comparison, VerdictKind
from heapdiff.graph.heap import HeapGraph
from heapdiff.model import Collector
from tests.analysis.summaries import captures

ON = Collector(True, 0, (700, 10, 10), (100, 10, 3))
OFF = replace(ON, enabled=False)
MUCH, LITTLE = 3, 100  # how many times its objects the process weighs: garbage is a third, a hundredth of it


def collected(state: Collector, full: int) -> Collector:
    """After so many more collections of the oldest generation."""
    return replace(state, collections=(*state.collections[:2], state.collections[2] + full))


def waiting(*amounts: int) -> list[HeapGraph]:
    """A capture for each number of unreachable objects."""
    return captures(*(f"shop.c.X: dict\norphan: list -> shop.V * {amount}" for amount in amounts))


def judged(
    graphs: Sequence[HeapGraph], collectors: Sequence[Collector | None], weight: int = LITTLE
) -> Comparison:
    given = []
    for graph, collector in zip(graphs, collectors, strict=True):
        assert graph.summary is not None
        memory = replace(graph.summary.memory, rss_bytes=weight * 200_000)
        given.append(replace(graph, summary=replace(graph.summary, collector=collector, memory=memory)))
    return compare(given)


def test_cycles_that_wait_for_a_collector_that_is_on_are_a_note() -> None:
    comparison = judged(waiting(0, 3000), [ON, ON])
    assert comparison.verdict.kind is VerdictKind.STABLE
    assert comparison.suspects == ()
    assert [(entry.type, entry.count) for entry in comparison.garbage.types] == [
        ("shop.V", 3000),
        ("list", 1),
    ]
    assert comparison.notes == (
        "144.1 kB is unreachable and waiting for the collector: 3,001 objects (3,000 shop.V, 1 list).",
    )


@pytest.mark.parametrize(
    ("state", "why"),
    [(OFF, "gc.disable()"), (replace(ON, thresholds=(0, 10, 10)), "gc.set_threshold(0)")],
)
def test_garbage_while_the_collector_is_off_is_the_verdict(state: Collector, why: str) -> None:
    comparison = judged(waiting(0, 3000), [state, state])
    assert comparison.verdict.kind is VerdictKind.GARBAGE
    assert f"The collector is off ({why})" in comparison.verdict.text
    assert "including 3,000 shop.V" in comparison.verdict.text
    assert comparison.notes == ()


def test_garbage_that_an_application_collects_by_hand_just_waits() -> None:
    comparison = judged(waiting(0, 3000), [OFF, collected(OFF, 2)])
    assert comparison.verdict.kind is VerdictKind.STABLE
    assert "stay until something calls gc.collect(), because the collector is off" in comparison.notes[0]


def test_the_collector_was_switched_off_in_between() -> None:
    assert judged(waiting(0, 3000), [ON, collected(OFF, 1)]).verdict.kind is VerdictKind.GARBAGE


COMES_AND_GOES = "shop.c.X: dict\norphan: list gen={0} -> shop.V * {0} gen={0}"
SAME_PLACE = """
    shop.c.A: list $A
    shop.c.B: list $B
    orphan: list -> shop.V * {0} -> ref: ${1}
"""


@pytest.mark.parametrize(
    "texts",
    [
        [COMES_AND_GOES.format(size) for size in (1000, 2000, 3000)],
        [SAME_PLACE.format(size, other) for size, other in ((1000, "A"), (2000, "A"), (3000, "B"))],
    ],
)
def test_garbage_that_is_collected_and_comes_again_just_waits_though_there_is_more_each_time(
    texts: list[str],
) -> None:
    comparison = judged(captures(*texts), [ON, collected(ON, 1), collected(ON, 2)])
    assert comparison.verdict.kind is VerdictKind.STABLE


@pytest.mark.parametrize(
    ("frozen", "said"),
    [(0, "Break the cycles"), (375, "Break the cycles"), (90_000, "gc.freeze() has put 90,000 objects")],
)
def test_garbage_that_outlives_a_full_collection_is_the_verdict(frozen: int, said: str) -> None:
    state = replace(ON, frozen=frozen)
    comparison = judged(waiting(100, 2000, 4000), [state, state, collected(state, 1)])
    assert comparison.verdict.kind is VerdictKind.GARBAGE
    assert "survived a collection of the oldest generation" in comparison.verdict.text
    assert said in comparison.verdict.text


def test_what_cpython_312_freezes_as_it_starts_is_not_called_a_call_of_gc_freeze() -> None:
    state = replace(ON, frozen=375)
    comparison = judged(waiting(100, 3000, 3000), [state] * 3)
    assert "waiting for the collector" in comparison.notes[0]
    assert not any("gc.freeze()" in note for note in comparison.notes)


def test_garbage_that_was_frozen_at_the_start_is_not_held_against_what_waits() -> None:
    state = replace(ON, frozen=90_000)
    text = "shop.c.X: dict\norphan: list gen=start -> shop.V * 2000 gen=start\norphan: list gen={0} -> shop.V * {0} gen={0}"
    graphs = captures(*(text.format(size) for size in (100, 1300, 2600)))
    comparison = judged(graphs, [state, collected(state, 1), collected(state, 2)])
    assert comparison.verdict.kind is VerdictKind.STABLE
    assert "gc.freeze() has put 90,000 objects out of the collector's reach" in comparison.notes[1]


@pytest.mark.parametrize("state", [ON, None])
def test_a_tenth_of_the_process_that_still_grows_is_the_verdict(state: Collector | None) -> None:
    comparison = judged(waiting(0, 1500, 3000), [state] * 3, MUCH)
    assert comparison.verdict.kind is VerdictKind.GARBAGE
    assert "That is 24% of the process and still growing" in comparison.verdict.text
    assert ("oldest generation wasn't collected" in comparison.verdict.text) is (state is not None)


def test_a_tenth_of_the_process_that_grows_no_more_waits() -> None:
    assert judged(waiting(0, 3000, 3000), [ON] * 3, MUCH).verdict.kind is VerdictKind.STABLE


def test_of_older_snapshots_only_the_share_is_judged() -> None:
    assert judged(waiting(0, 3000), [None, None]).verdict.kind is VerdictKind.STABLE
    assert judged(waiting(0, 3000), [None, None], MUCH).verdict.kind is VerdictKind.GARBAGE


@pytest.mark.slow
def test_what_waits_is_not_growth_that_nobody_holds() -> None:
    comparison = judged(waiting(0, 60_000), [ON, ON], 10_000)
    assert comparison.garbage.bytes > 2 << 20
    assert comparison.verdict.kind is VerdictKind.STABLE
