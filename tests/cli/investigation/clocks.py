"""A clock that goes by without waiting, and does on the way what is planned for a moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping

__all__ = ["PlannedClock", "interrupt"]


class PlannedClock:
    """Starts at 0. What is planned happens once, in the first wait that reaches its second."""

    def __init__(self, plan: Mapping[float, Callable[[], object]] | None = None) -> None:
        self.time = 0.0
        self.plan = dict(plan or {})

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float) -> None:
        assert seconds > 0
        self.time += seconds
        for moment in sorted(self.plan):
            if moment <= self.time:
                self.plan.pop(moment)()


def interrupt() -> None:
    raise KeyboardInterrupt
