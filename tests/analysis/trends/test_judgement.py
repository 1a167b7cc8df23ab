"""The judgement of one holder's growth: how sure, and the sentence that says why."""

from __future__ import annotations

import pytest

from heapdiff.analysis.trends.judgement import End, Judgement, judge, worth_listing
from heapdiff.analysis.trends.trend import Trend
from heapdiff.answers import Confidence
from tests.analysis.summaries import compared

HIGH, MEDIUM, LOW = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW


@pytest.mark.parametrize(
    ("units", "requests", "confidence", "words"),
    [
        ((1000,), (500,), HIGH, "2 in each"),
        ((1000,), (1000,), HIGH, "1 in each"),
        ((500,), (1000,), HIGH, "one in every 2"),
        ((470,), (1000,), MEDIUM, "one in every 2.1"),
        ((150,), (1000,), LOW, "too little"),
        ((1000,), (), MEDIUM, "One step"),
        ((90,), (90,), LOW, "too little"),
        ((300, 300), (), HIGH, "every one of 2 steps"),
        ((300, 280, 310), (), HIGH, "every one of 3 steps"),
        ((100, 10), (100, 10), HIGH, "1 in each"),
        ((300, 40), (), LOW, "more slowly"),
        ((300, 0), (), LOW, "stopped"),
        ((300, -20), (), LOW, "stopped"),
        ((300, -20, 300), (), LOW, "comes and goes"),
        ((25, 25), (), MEDIUM, "every one"),
        ((10, 10), (), LOW, "by little"),
        ((210, 190, 0), (21, 19, 0), HIGH, "in 40 requests, 10 in each, at every one of 2 steps"),
        ((0, 210, 190), (0, 21, 19), HIGH, "at every one of 2 steps"),
        ((210, 0, 190), (21, 0, 19), HIGH, "at every one of 2 steps"),
        ((1000, 1000, 1), (500, 500, 0), HIGH, "at every one of 2 steps"),
        ((1000, 0), (500, 0), HIGH, "2 in each, and kept them"),
        ((300, 0), (1000, 0), LOW, "too little"),
        ((300, 20, 0), (300, 300, 0), LOW, "more slowly"),
        ((100, -100, 100), (50, 0, 50), LOW, "not in every step"),
        ((100, 100, 100), (21, 0, 21), HIGH, "at every one of 3 steps"),
        ((300, 300), (0, 0), HIGH, "every one of 2 steps"),
        ((300, 0), (0, 0), LOW, "stopped"),
    ],
)
def test_growth_is_judged_with_a_reason(
    units: tuple[int, ...], requests: tuple[int, ...], confidence: Confidence, words: str
) -> None:
    judgement = judge(Trend(units, tuple(48 * unit for unit in units), requests))
    assert judgement.confidence is confidence
    assert words in judgement.reason


def test_bytes_decide_for_what_has_no_entries() -> None:
    assert judge(Trend((0, 0), (100_000, 100_000))).confidence is HIGH
    assert judge(Trend((0,), (5_000_000,))).confidence is MEDIUM
    assert judge(Trend((0,), (20_000,))).confidence is LOW


def test_the_first_known_end_decides_and_doubt_is_added_to_what_the_growth_looks_like() -> None:
    trend = Trend((5000, 5000), (1 << 20, 1 << 20))
    doubt, full = End("far", "It may hold many.", MEDIUM), End("full", "; it stops there.")
    assert judge(trend, [doubt]) == Judgement(MEDIUM, f"{judge(trend).reason} It may hold many.")
    assert judge(trend, [doubt, full]) == Judgement(LOW, "It gained 10,000 entries; it stops there.")
    little = Trend((9, 8), (500, 500))
    assert judge(little, [doubt]) == judge(little)


def test_a_few_objects_are_not_listed_at_all() -> None:
    assert not worth_listing(Trend((5,), (400,)))
    assert not worth_listing(Trend((500,), (0,)))
    assert worth_listing(Trend((500,), (400,)))
    assert worth_listing(Trend((1,), (1 << 20,)))


@pytest.mark.parametrize(
    ("lines", "requests", "confidence"),
    [
        ((0, 1401), 100, LOW),  # a file read at once: 14.01 in each by chance
        ((0, 1135), 400, LOW),
        ((0, 200), 200, MEDIUM),
        ((0, 203), 200, MEDIUM),
        ((0, 200, 403), 200, HIGH),
        ((0, 1200, 2500), 200, LOW),
        ((0, 250, 400), 200, LOW),
    ],
)
def test_a_table_leaks_only_if_it_gains_the_same_few_with_each_request(
    lines: tuple[int, ...], requests: int, confidence: Confidence
) -> None:
    course = (f"linecache.cache: dict $c\n$c -> [*]: tuple * {count}" for count in lines)
    (found,) = compared(*course, requests=requests).suspects
    assert found.confidence is confidence


@pytest.mark.parametrize(
    ("units", "size", "confidence", "words"),
    [
        ((10, 10), 1_000_000, HIGH, "without slowing down"),
        ((2, 2), 1_000_000, MEDIUM, "without slowing down"),
        ((9, 8), 5_000, LOW, "by little"),
        ((200, 140), 50, MEDIUM, "more slowly in the last"),
        ((200, 175), 50, HIGH, "without slowing down"),  # no more than chance
        ((200, 110), 50, LOW, "ever more slowly"),
    ],
)
def test_few_entries_count_by_their_bytes_and_slower_growth_is_called_so(
    units: tuple[int, ...], size: int, confidence: Confidence, words: str
) -> None:
    judgement = judge(Trend(units, tuple(size * unit for unit in units), (200, 200)))
    assert judgement.confidence is confidence
    assert words in judgement.reason


def test_few_entries_that_take_the_same_with_each_request_leak() -> None:
    hours = Trend((2, 2), (88_000, 88_000), (200, 200), objects=(800, 801))
    schemas = Trend((2, 2), (88_000, 88_000), (200, 200), objects=(819, 728))
    assert [judge(trend).confidence for trend in (hours, schemas)] == [HIGH, LOW]


def test_work_that_is_not_counted_is_measured_by_time() -> None:
    # 400 jobs in eight minutes, then 150 in three
    jobs = Trend((400, 150), (40_000, 15_000), (0, 0), seconds=(480.0, 180.0))
    assert judge(jobs).confidence is HIGH
    filling = Trend((400, 150), (40_000, 15_000), (0, 0), seconds=(180.0, 180.0))
    assert judge(filling).confidence is LOW
    assert judge(Trend((400, 150), (40_000, 15_000), (0, 0), seconds=(0.0, 180.0))).confidence is LOW
