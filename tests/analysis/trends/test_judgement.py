"""The judgement of one holder's growth: how sure, and the sentence that says why."""

from __future__ import annotations

import pytest

from heapdiff.analysis.trends.judgement import End, Judgement, judge, worth_listing
from heapdiff.analysis.trends.trend import Trend
from heapdiff.answers import Confidence
from tests.analysis.summaries import compared
from tests.together import together

HIGH, MEDIUM, LOW = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW


@together(
    ("units", "requests", "confidence", "words"),
    [
        ((1000,), (500,), HIGH, "2 per request"),
        ((1000,), (1000,), HIGH, "one per request"),
        ((500,), (1000,), HIGH, "one per 2 requests"),
        ((470,), (1000,), MEDIUM, "one per 2.1 requests"),
        ((150,), (1000,), LOW, "too little"),
        ((1000,), (), MEDIUM, "One interval isn't enough"),
        ((90,), (90,), LOW, "too little"),
        ((300, 300), (), HIGH, "in both intervals"),
        ((300, 280, 310), (), HIGH, "in all 3 intervals"),
        ((100, 10), (100, 10), HIGH, "one per request"),
        ((300, 40), (), LOW, "more slowly"),
        ((300, 0), (), LOW, "stopped"),
        ((300, -20), (), LOW, "stopped"),
        ((300, -20, 300), (), LOW, "comes and goes"),
        ((25, 25), (), MEDIUM, "in both intervals"),
        ((10, 10), (), MEDIUM, "in both intervals"),
        ((12, 8), (), LOW, "the amount is small"),
        ((210, 190, 0), (21, 19, 0), HIGH, "in 40 requests, 10 per request, in both intervals"),
        ((0, 210, 190), (0, 21, 19), HIGH, "in both intervals"),
        ((210, 0, 190), (21, 0, 19), HIGH, "in both intervals"),
        ((1000, 1000, 1), (500, 500, 0), HIGH, "in both intervals"),
        ((1000, 0), (500, 0), HIGH, "2 per request, and kept them"),
        ((300, 0), (1000, 0), LOW, "too little"),
        ((300, 20, 0), (300, 300, 0), LOW, "more slowly"),
        ((100, -100, 100), (50, 0, 50), LOW, "not in every interval"),
        ((100, 100, 100), (21, 0, 21), HIGH, "in all 3 intervals"),
        ((300, 300, 0), (1000, 1000, 3), HIGH, "in both intervals"),
        ((0, 300, 300), (2, 1000, 1000), HIGH, "in both intervals"),
        ((300, 0, 300), (1000, 1, 1000), HIGH, "in both intervals"),
        ((40, 40, 0), (1000, 1000, 90), MEDIUM, "in both intervals"),  # 4 of them at most
        ((40, 40, 0), (1000, 1000, 300), LOW, "stopped"),
        ((400, 400, 0), (1000, 1000, 90), LOW, "stopped"),
        ((1000, 1), (500, 1), HIGH, "2 per request, and kept them"),
        ((30, 0, 30), (3, 1, 3), LOW, "comes and goes"),
        ((300, 300), (0, 0), HIGH, "in both intervals"),
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
    doubt, full = End("far", "It may hold many.", MEDIUM, known=False), End("full", "; it stops there.")
    assert judge(trend, [doubt]) == Judgement(MEDIUM, f"{judge(trend).reason} It may hold many.")
    assert judge(trend, [doubt, full]) == Judgement(LOW, "It gained 10,000 entries; it stops there.", "full")
    little = Trend((9, 8), (500, 500))
    assert judge(little, [doubt]) == judge(little)


def test_a_few_objects_are_not_listed_at_all() -> None:
    assert not worth_listing(Trend((5,), (400,)))
    assert not worth_listing(Trend((500,), (0,)))
    assert worth_listing(Trend((500,), (400,)))
    assert worth_listing(Trend((1,), (1 << 20,)))


@pytest.mark.parametrize(
    ("entries", "modules", "confidence", "end"),
    [
        ((0, 80), 20, LOW, "table"),
        ((0, 81), 20, LOW, None),
        ((0, 300), 2, MEDIUM, None),  # many at once may be a traceback's files
        ((0, 150, 300), 75, LOW, "table"),
        ((0, 75, 150), 0, HIGH, None),  # one per two requests, and no module came
        ((0, 15, 30, 45), 0, MEDIUM, None),
        ((0, 250, 400), 0, MEDIUM, None),
        ((0, 250, 260), 0, LOW, "slows"),
    ],
)
def test_a_table_of_python_is_excused_by_as_much_code_as_came_in_between(
    entries: tuple[int, ...], modules: int, confidence: Confidence, end: str | None
) -> None:
    code = "interpreter keep: list -> _frozen_importlib.ModuleSpec"
    course = [f"linecache.cache: dict $c\n$c -> [*]: tuple * {count}" for count in entries]
    came = f"{code} * {modules + 1}" if modules else code
    suspects = compared(
        f"{course[0]}\n{code}", *(f"{each}\n{came}" for each in course[1:]), requests=150
    ).suspects
    (found,) = (suspect for suspect in suspects if suspect.holder.path == "linecache.cache")
    assert (found.confidence, found.end) == (confidence, end)


@pytest.mark.parametrize(
    ("units", "size", "confidence", "words"),
    [
        ((10, 10), 1_000_000, HIGH, "no sign of slowing"),
        ((2, 2), 1_000_000, MEDIUM, "no sign of slowing"),
        ((9, 8), 5_000, LOW, "the amount is small"),
        ((200, 140), 50, MEDIUM, "more slowly in the last"),
        ((200, 175), 50, HIGH, "no sign of slowing"),  # no more than chance
        ((200, 110), 50, LOW, "more and more slowly"),
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


@pytest.mark.parametrize(
    ("units", "requests", "seconds", "confidence", "words"),
    [
        ((100, 100), (300, 50), (60, 60), HIGH, "in 350 requests"),
        ((100, 100), (50, 300), (60, 60), HIGH, "in 2 minutes"),
        ((100, 100), (50, 300), (6, 6), LOW, "more and more slowly"),  # so short a time is not one of its own
        ((100, 40), (50, 300), (60, 60), LOW, "more and more slowly"),
        ((100, 40), (300, 300), (60, 60), LOW, "more and more slowly"),
    ],
)
def test_growth_goes_with_requests_or_with_time(
    units: tuple[int, ...],
    requests: tuple[int, ...],
    seconds: tuple[float, ...],
    confidence: Confidence,
    words: str,
) -> None:
    judgement = judge(Trend(units, tuple(48 * unit for unit in units), requests, seconds=seconds))
    assert judgement.confidence is confidence
    assert words in judgement.reason


@pytest.mark.parametrize(("one_in", "round_"), [(2, 150), (5, 150), (10, 150), (10, 200), (3, 100)])
def test_steady_growth_is_seen_at_any_rate(one_in: int, round_: int) -> None:
    units = (round_ // one_in,) * 3
    assert judge(Trend(units, tuple(48 * unit for unit in units), (round_,) * 3)).confidence is not LOW


def test_a_random_share_of_requests_is_not_slowing_down_by_chance() -> None:
    unlucky, filling = (
        Trend((22, 12), (9_000, 5_000), (150, 150)),
        Trend((60, 12), (9_000, 5_000), (150, 150)),
    )
    assert [judge(trend).end for trend in (unlucky, filling)] == ["", "slows"]


def test_a_fraction_of_an_entry_per_request_is_no_sure_leak_in_one_interval() -> None:
    assert judge(Trend((392,), (19_000,), (300,))).confidence is MEDIUM


@pytest.mark.parametrize(
    ("units", "confidence"),
    [((3, 26, 26), LOW), ((20, 18, 17), MEDIUM), ((8, 230), LOW), ((80, 158), LOW), ((119, 119), HIGH)],
)
def test_a_few_objects_count_only_where_they_come_evenly(
    units: tuple[int, ...], confidence: Confidence
) -> None:
    small = tuple(100 * unit for unit in units)
    assert (
        judge(Trend(units, small, (200,) * len(units), unit="object", objects=units)).confidence is confidence
    )


def test_objects_that_come_several_at_a_time_vary_more_by_chance() -> None:
    units, small = (404, 320), (26_000, 17_000)
    alone, together = (Trend(units, small, (300, 300), "object", units, clump=clump) for clump in (1, 4))
    assert judge(alone).confidence is LOW
    assert judge(together).confidence is HIGH


@pytest.mark.parametrize(
    ("units", "end", "words"),
    [
        (
            (3621, 1668, 1687, 1955),
            "",
            "as much in each second",
        ),  # two snapshots by hand, and an investigation
        ((3621, 1268, 887, 655), "slows", "more and more slowly"),
    ],
)
def test_short_steps_of_unequal_length_give_no_all_clear_for_what_goes_with_time(
    units: tuple[int, ...], end: str, words: str
) -> None:
    trend = Trend(units, tuple(90 * unit for unit in units), (0,) * 4, seconds=(9.2, 4.1, 4.15, 5.0))
    judgement = judge(trend)
    assert (judgement.confidence, judgement.end) == (LOW, end)
    assert words in judgement.reason


def test_how_long_a_step_of_some_seconds_took_tells_nothing() -> None:
    """Nobody counted requests."""
    units, small = (60, 60, 60), (2_880, 2_880, 2_880)
    quick, slow = (
        judge(Trend(units, small, (0, 0, 0), seconds=tuple(times * each for each in (0.2, 0.4, 0.7))))
        for times in (1, 300)
    )
    assert (quick.confidence, slow.end) == (HIGH, "slows")
