"""Margins over workers, held against tables and against brute force."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pytest

from heapdiff.fleet.judging.margins import Ratio, chance_of_more, holm, student_quantile, student_tail


def ratio_of(workers: Sequence[tuple[float, float]]) -> Ratio:
    return Ratio(
        len(workers),
        sum(b for b, _ in workers),
        sum(q for _, q in workers),
        sum(b * b for b, _ in workers),
        sum(b * q for b, q in workers),
        sum(q * q for _, q in workers),
    )


def alike(count: int, rate: float, traffic: float = 100.0) -> Ratio:
    return ratio_of([(rate * traffic, traffic)] * count)


@pytest.mark.parametrize(
    ("freedom", "share", "expected"),
    [
        (1, 0.975, 12.7062),
        (2, 0.95, 2.91999),
        (5, 0.99, 3.36493),
        (10, 0.975, 2.22814),
        (120, 0.975, 1.97993),
    ],
)
def test_students_distribution_is_that_of_the_tables(freedom: int, share: float, expected: float) -> None:
    assert student_quantile(share, freedom) == pytest.approx(expected, rel=1e-5)
    assert student_tail(expected, freedom) == pytest.approx(1 - share, rel=1e-4)


def test_a_tail_far_out_is_small_and_never_negative() -> None:
    tails = [student_tail(t, 7) for t in (0, 1, 10, 100, 1e6)]
    assert tails == sorted(tails, reverse=True)
    assert tails[0] == pytest.approx(0.5)
    assert tails[-1] > 0


def test_one_worker_has_no_margin() -> None:
    assert alike(1, 3.0).margin is None
    assert math.isinf(alike(1, 3.0).variance)


def test_workers_that_differ_have_a_margin_that_narrows_with_their_number() -> None:
    chance = random.Random(1)
    few, many = (ratio_of([(100 * chance.gauss(10, 2), 100.0) for _ in range(count)]) for count in (4, 400))
    assert few.margin is not None
    assert many.margin is not None
    assert many.margin < few.margin / 5
    assert many.rate == pytest.approx(10, abs=3 * many.margin)


@pytest.mark.parametrize(("count", "passes"), [(3, False), (5, False), (8, True), (100, True)])
def test_few_workers_that_all_leak_are_not_enough(count: int, passes: bool) -> None:
    assert (chance_of_more(alike(count, 0.0), alike(count, 300.0)) < 0.001) is passes


def test_a_rate_that_is_lower_or_equal_has_no_chance_of_more() -> None:
    assert chance_of_more(alike(20, 5.0), alike(20, 5.0)) == 1.0
    assert chance_of_more(alike(20, 5.0), alike(20, 4.0)) == 1.0


def test_chance_is_as_rare_as_it_says_where_nothing_differs() -> None:
    """Of 2,000 pairs with a few affected workers, hardly any is below a hundredth."""
    chance = random.Random(7)

    def release() -> Ratio:
        return ratio_of([(chance.expovariate(0.01) * (chance.random() < 0.3), 100.0) for _ in range(12)])

    low = sum(chance_of_more(release(), release()) < 0.01 for _ in range(2000))
    assert low <= 20


def test_several_tests_together_err_no_more_often_than_one() -> None:
    assert holm({"a": 0.0004, "b": 0.0006, "c": 0.5}, 0.001) == set()
    assert holm({"a": 0.0003, "b": 0.0004, "c": 0.5}, 0.001) == {"a", "b"}
    assert holm({}, 0.001) == set()
