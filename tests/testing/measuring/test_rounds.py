"""How often something is called, and when no snapshot is needed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from heapdiff.errors import UsageError
from heapdiff.testing.measuring.allowance import parse_allowance
from heapdiff.testing.measuring.rounds import CALLS_S, has_grown, plan_rounds

KEPT: list[object] = []


@pytest.mark.parametrize(
    ("seconds_each", "rounds", "plan"),
    [
        (0.0, None, (40, 80, 160, 320, 640)),
        (1e-6, None, (40, 80, 160, 320, 640)),
        (0.002, None, (16, 32, 64, 128, 256)),
        (0.01, None, (6, 12, 24, 48)),  # fewer rounds: what is left of them says more
        (1.0, None, (2, 4, 8, 16)),  # the least, however slow it is
        (1.0, 4, (40, 80, 160, 320)),  # as was asked for
    ],
)
def test_rounds_double_and_slow_functions_get_fewer_calls(
    seconds_each: float, rounds: int | None, plan: tuple[int, ...]
) -> None:
    assert plan_rounds(seconds_each, rounds) == plan


@pytest.mark.parametrize("seconds_each", [0.0008, 0.001, 0.003, 0.004, 0.01, 0.03])
def test_all_calls_take_about_a_second(seconds_each: float) -> None:
    assert sum(plan_rounds(seconds_each, None)) * seconds_each <= CALLS_S


@pytest.mark.parametrize(
    "leave", [lambda: KEPT.append(7), lambda: KEPT.append([]), lambda: KEPT.append(bytes(9999))]
)
def test_whatever_is_left_behind_shows_in_the_numbers(leave: Callable[[], object]) -> None:
    """A longer list of the same small number, small blocks, and blocks of the C library."""
    assert has_grown(leave, (40, 80))
    KEPT.clear()


def test_what_is_dropped_or_goes_round_in_circles_does_not_show() -> None:
    def work() -> None:
        cycle: list[object] = []
        cycle.append(cycle)

    # what else runs in this process may take something meanwhile, but not each time
    assert not all(has_grown(work, (40, 80)) for _ in range(5))


@pytest.mark.parametrize(
    ("text", "objects", "size"),
    [("0 objects", 0, None), ("1 object", 1, None), (" 1,000  objects", 1000, None), ("10kB", None, 10_000)],
)
def test_an_allowance_is_objects_or_a_size(text: str, objects: int | None, size: int | None) -> None:
    allowance = parse_allowance(text)
    assert (allowance.objects, allowance.bytes) == (objects, size)


@pytest.mark.parametrize(
    "text", ["", "few", "-1 objects", "1.5 objects", "10 things", None, 3.5, "10% objects"]
)
def test_any_other_allowance_is_refused(text: object) -> None:
    with pytest.raises(UsageError, match="neither a number of objects nor a size"):
        parse_allowance(text)
