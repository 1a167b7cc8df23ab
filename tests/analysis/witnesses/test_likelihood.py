"""Which endpoint's calls explain a growth: seldom told from few snapshots, and next to never told wrongly."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from heapdiff.analysis.witnesses.likelihood import Driver, Finding, find_driver
from tests.analysis.witnesses.traffic import (
    LEAKING,
    Leak,
    at_random,
    by_a_filling_cache,
    by_a_thread,
    by_a_view_that_fills_a_cache,
    by_any_request,
    every_third,
    make_traffic,
    one_per_call,
)

RIGHT = Finding(Driver.CALLS, (LEAKING,))
RUNS = 400  # of the slow ones
MIXES = ("same", "drifts", "varies")


def judge(growth: list[int], calls: list[list[int]], seconds: list[int] | None = None) -> Finding:
    """`calls` of each endpoint; all take a minute, unless told otherwise."""
    table = np.array(calls, float).T
    times = np.array(seconds or [60 + 7 * (step % 3) for step in range(len(growth))], float)
    return find_driver(np.array(growth, float), table, table.sum(axis=1), times)


def simulate(runs: int, snapshots: int, mix: str, leak: Leak, pair: bool = False) -> Counter[Finding]:
    """What is said, how often in a hundred."""
    random = np.random.default_rng(13)
    said = Counter[Finding]()
    for _ in range(runs):
        traffic = make_traffic(random, snapshots, mix, pair)
        growth = np.maximum(leak(random, traffic), 0)
        calls = traffic.calls.astype(float)
        said[find_driver(growth, calls, traffic.requests.astype(float), traffic.seconds)] += 1
    return said


def wrong(said: Counter[Finding]) -> int:
    return sum(count for found, count in said.items() if found.driver is Driver.CALLS and found != RIGHT)


A = [300, 40, 500, 100, 30, 420]
B = [200, 260, 90, 330, 250, 110]
C = [100, 120, 90, 150, 200, 60]


def test_growth_that_follows_the_calls_of_one_endpoint_names_it() -> None:
    assert judge([calls // 3 for calls in A], [A, B, C]) == Finding(Driver.CALLS, (0,))
    assert judge([2 * calls for calls in B], [A, B, C]) == Finding(Driver.CALLS, (1,))


def test_fewer_than_five_snapshots_tell_nothing() -> None:
    assert judge(A[:3], [A[:3], B[:3], C[:3]]) == Finding(Driver.UNCLEAR)
    assert judge([], [[], []]) == Finding(Driver.UNCLEAR)


def test_without_growth_nothing_is_told() -> None:
    assert judge([0] * 6, [A, B, C]) == Finding(Driver.UNCLEAR)
    assert judge([-1, 50, 30, 90, 40, 10], [A, B, C]) == Finding(Driver.UNCLEAR)


def test_endpoints_that_are_always_called_together_are_told_together() -> None:
    assert judge([calls // 3 for calls in A], [A, B, A, C]) == Finding(Driver.CALLS, (0, 2))
    assert judge([calls // 3 for calls in A], [A, B, [2 * calls for calls in A]]) == Finding(
        Driver.CALLS, (0, 2)
    )


def test_the_calls_of_an_endpoint_that_is_all_there_is_are_all_requests() -> None:
    assert judge(A, [A]) == Finding(Driver.UNCLEAR)


def test_growth_by_any_request_or_by_time_names_no_endpoint() -> None:
    requests = [sum(each) for each in zip(A, B, C, strict=True)]
    assert judge(requests, [A, B, C]) == Finding(Driver.REQUESTS)
    seconds = [60, 300, 40, 600, 90, 200]
    assert judge(seconds, [A, B, C], seconds) == Finding(Driver.TIME)


def test_a_falling_rate_names_nothing() -> None:
    """As much as would be the right endpoint's at first."""
    assert judge([150, 15, 120, 12, 2, 10], [A, B, C]) == Finding(Driver.FALLING)


def test_an_endpoint_that_was_never_called_is_no_rival() -> None:
    assert judge([calls // 3 for calls in A], [A, B, [0] * 6]) == Finding(Driver.CALLS, (0,))


@pytest.mark.parametrize("leak", [every_third, at_random, one_per_call])
def test_a_leaking_view_among_twelve_is_named_if_traffic_varies(leak: Leak) -> None:
    said = simulate(50, 10, "varies", leak)
    assert said[RIGHT] >= 40, said
    assert wrong(said) <= 1, said


@pytest.mark.parametrize("mix", MIXES)
@pytest.mark.parametrize(
    "leak", [by_any_request, by_a_thread, by_a_filling_cache, by_a_view_that_fills_a_cache]
)
def test_what_no_call_leaks_is_put_on_no_endpoint(leak: Leak, mix: str) -> None:
    said = simulate(30, 10, mix, leak)
    assert wrong(said) + said[RIGHT] <= 1, said


@pytest.mark.soak
@pytest.mark.parametrize(
    ("mix", "snapshots", "least"),
    [
        ("varies", 5, 0.25),
        ("varies", 10, 0.85),
        ("varies", 20, 0.95),
        ("drifts", 20, 0.8),
        ("same", 20, 0.05),
    ],
)
def test_a_leaking_view_is_named_as_often_as_it_can_be(mix: str, snapshots: int, least: float) -> None:
    said = simulate(RUNS, snapshots, mix, every_third)
    assert said[RIGHT] >= RUNS * least, said
    assert wrong(said) <= RUNS // 80, said


@pytest.mark.soak
@pytest.mark.parametrize("mix", MIXES)
@pytest.mark.parametrize("snapshots", [5, 10, 20])
@pytest.mark.parametrize(
    "leak", [by_any_request, by_a_thread, by_a_filling_cache, by_a_view_that_fills_a_cache]
)
def test_what_no_call_leaks_is_hardly_ever_put_on_an_endpoint(leak: Leak, snapshots: int, mix: str) -> None:
    said = simulate(RUNS, snapshots, mix, leak)
    assert wrong(said) + (said[RIGHT] if leak is not by_a_view_that_fills_a_cache else 0) <= RUNS // 80, said


@pytest.mark.soak
@pytest.mark.parametrize("snapshots", [5, 10, 20])
def test_one_of_a_pair_is_never_named(snapshots: int) -> None:
    said = simulate(RUNS, snapshots, "varies", every_third, pair=True)
    assert said[RIGHT] == 0, said
    pair = Finding(Driver.CALLS, (LEAKING - 1, LEAKING))
    assert wrong(said) - said[pair] <= RUNS // 80, said
