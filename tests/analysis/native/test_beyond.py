"""Growth beyond the Python objects: each kind of memory by its own course, as even as it is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import pytest

from heapdiff.analysis.native.beyond import Kind, Pace, Part, measure_beyond
from heapdiff.analysis.trends.judgement import judge
from heapdiff.analysis.trends.trend import Trend
from heapdiff.answers import Confidence
from heapdiff.model import Summary
from tests.analysis.summaries import Beyond, processes


def part(kind: Kind, steps: Sequence[float], requests: int = 60) -> Part:
    """How one kind of memory of a process of 40 MB was followed that grew by so many megabytes in each step."""
    levels = list(accumulate(steps, initial=1.0))
    amounts = {Kind.NATIVE: "native", Kind.FILES: "files", Kind.FREE: "free"}
    graphs = processes("shop.c.X: dict", [Beyond(**{amounts[kind]: level}) for level in levels], requests)
    summaries = [graph.summary for graph in graphs if isinstance(graph.summary, Summary)]
    beyond = measure_beyond(summaries, (requests,) * len(steps), (60.0,) * len(steps))
    found = beyond.part(kind) if beyond is not None else None
    assert found is not None
    return found


def test_equal_steps_are_seen_from_the_first_visible_amount_on() -> None:
    found = part(Kind.NATIVE, (2.49, 2.48))
    assert (found.pace, found.goes_on, found.sure) == (Pace.EVEN, True, True)


@pytest.mark.parametrize("steps", [(2.5, 0.4), (8.0, 1.4), (30.0, 3.0, 1.0)])
def test_growth_that_falls_off_is_a_warm_up_however_large(steps: tuple[float, ...]) -> None:
    assert not part(Kind.NATIVE, steps).goes_on


@pytest.mark.parametrize("steps", [(0.1, 0.1), (0.3, 0.1), (0.02, 0.03, 0.02)])
def test_what_any_process_gains_is_not_visible(steps: tuple[float, ...]) -> None:
    assert not part(Kind.NATIVE, steps).visible


def test_more_even_steps_make_less_visible() -> None:
    assert not part(Kind.NATIVE, (0.4, 0.4)).visible
    assert part(Kind.NATIVE, (0.4, 0.4, 0.4, 0.4)).visible


def test_little_in_one_step_is_no_evidence() -> None:
    assert not part(Kind.NATIVE, (2.5,)).visible
    assert part(Kind.NATIVE, (9.0,)).visible


def test_uneven_growth_must_be_large() -> None:
    assert not part(Kind.NATIVE, (1.5, 2.5)).visible
    assert part(Kind.NATIVE, (15.0, 25.0)).goes_on


def test_libraries_are_loaded_once() -> None:
    assert not part(Kind.FILES, (30.0,)).goes_on
    assert part(Kind.FILES, (30.0, 30.0)).goes_on


def test_a_peak_leaves_free_memory_behind_once() -> None:
    assert not part(Kind.FREE, (12.0,)).goes_on
    assert not part(Kind.FREE, (1.0, 30.0, 3.0)).goes_on
    assert not part(Kind.FREE, (12.0, 12.0)).goes_on
    assert part(Kind.FREE, (12.0, 12.0, 12.0)).goes_on


@pytest.mark.parametrize(
    "steps", [(100, 100), (100, 59), (100, 61), (100, 30, 61), (100, 0), (100, -5, 100), (100, 100, 100, 58)]
)
def test_has_stopped_means_the_same_here_as_for_a_holder(steps: tuple[int, ...]) -> None:
    trend = Trend((0,) * len(steps), tuple(step * 100_000 for step in steps), (60,) * len(steps), "byte")
    ends = judge(trend).confidence is Confidence.LOW
    assert part(Kind.NATIVE, [step / 10 for step in steps]).goes_on is not ends
