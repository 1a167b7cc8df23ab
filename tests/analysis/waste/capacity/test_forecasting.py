"""How fast an amount grows and when it reaches a level: lines, noise that lasts, steps, and what doesn't grow at all."""

from __future__ import annotations

import math

import numpy as np
import pytest

from heapdiff.analysis.waste.capacity.forecasting import measure_growth
from tests.benchmarks.simulated import KINDS, simulate


def test_a_line_is_continued_with_the_least_doubt_that_any_traffic_has() -> None:
    """
    100, 110, … 290 ──► 500 is 21 steps ahead
    """
    growth = measure_growth(range(20), range(100, 300, 10))
    assert growth is not None
    assert growth.slope == pytest.approx(10)
    ahead = growth.reach(500)
    assert ahead.expected == pytest.approx(21)
    assert ahead.low < 19 < 23 < ahead.high < 25


def test_three_samples_tell_nothing() -> None:
    assert measure_growth([0, 1, 2], [1, 2, 3]) is None


def test_samples_at_one_place_count_once() -> None:
    assert measure_growth([0, 1, 1, 1, 2], [1, 2, 3, 4, 5]) is None


@pytest.mark.parametrize("seed", range(5))
def test_noise_that_lasts_is_no_growth(seed: int) -> None:
    random = np.random.default_rng(seed)
    level = np.zeros(100)
    for at in range(1, 100):
        level[at] = 0.95 * level[at - 1] + random.normal()
    growth = measure_growth(range(100), 100 + level)
    assert growth is not None
    assert not growth.is_sure


def test_one_jump_is_no_growth() -> None:
    growth = measure_growth(range(40), [60] * 10 + [100] * 30)
    assert growth is not None
    assert not growth.is_sure


def test_a_warm_up_is_left_out() -> None:
    """
    fills quickly, then 1 a step:  ╭──────
                                   │
    """
    course = [50 * (1 - math.exp(-at / 12)) + at for at in range(100)]
    growth = measure_growth(range(100), course)
    assert growth is not None
    assert growth.first > 0
    assert growth.slope == pytest.approx(1, rel=0.15)


def test_what_is_there_already_is_reached_now() -> None:
    growth = measure_growth(range(20), range(100, 300, 10))
    assert growth is not None
    assert (growth.reach(200).low, growth.reach(200).expected, growth.reach(200).high) == (0, 0, 0)


def test_what_may_stand_still_may_be_reached_at_any_time() -> None:
    random = np.random.default_rng(1)
    growth = measure_growth(range(30), random.normal(0, 10, 30))
    assert growth is not None
    assert math.isinf(growth.reach(1000).high)


def test_the_level_is_reached_within_the_interval() -> None:
    within = stated = 0
    for kind in KINDS:
        for seed in range(20):
            run = simulate(kind, 500 + seed)
            growth = measure_growth(run.at, run.seen)
            if growth is not None and growth.is_sure:
                ahead = growth.reach(run.limit)
                stated += 1
                within += ahead.low <= run.reached - run.at[-1] <= ahead.high
    assert stated >= 90
    assert within >= 0.9 * stated
