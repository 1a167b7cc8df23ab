"""Steps between snapshots in which no request was served: they say nothing about growth per request."""

from __future__ import annotations

from collections.abc import Sequence


def has_idle_step(requests: Sequence[int]) -> bool:
    """Whether some steps served requests and others did not; `requests` is empty where that is unknown."""
    return any(served > 0 for served in requests) and not all(served > 0 for served in requests)


def join_idle_steps(amounts: Sequence[int], requests: Sequence[int]) -> tuple[int, ...]:
    """What changed in each step, with that of an idle one added to the step before, or after if it is the first.

    Nothing gets lost: the sum stays. Without an idle step, or with nothing else, the amounts stay as they are.
    """
    if not amounts or not has_idle_step(requests):
        return tuple(amounts)
    joined: list[int] = []
    ahead = 0
    for amount, served in zip(amounts, requests, strict=True):
        if served > 0:
            joined.append(amount + ahead)
            ahead = 0
        elif joined:
            joined[-1] += amount
        else:
            ahead += amount
    return tuple(joined)
