"""How the functions are gathered: each is made by a function of its own, so that its state is its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

Work = Callable[[], object]
Make = Callable[[], Work]


@dataclass(frozen=True, slots=True)
class Case:
    """`make` gives the function that a test calls."""

    name: str
    leaks: bool
    make: Make


CASES: Final[dict[str, Case]] = {}


def leaking(make: Make) -> Make:
    return _add(make, True)


def clean(make: Make) -> Make:
    return _add(make, False)


def _add(make: Make, leaks: bool) -> Make:
    name = make.__name__
    assert name not in CASES, name
    CASES[name] = Case(name, leaks, make)
    return make


def sometimes(work: Work, times: int) -> Work:
    """Only every so many calls do it."""
    calls = 0

    def call() -> None:
        nonlocal calls
        calls += 1
        if calls % times == 0:
            work()

    return call
