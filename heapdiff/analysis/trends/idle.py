"""Steps between snapshots in which no request was served, or hardly any: they say nothing about growth per request."""

from collections.abc import Sequence
from typing import Final

BY_CHANCE: Final = 4  # of so many that are expected, none may come: two standard deviations
SMALL: Final = 0.25  # of the mean of all steps


def find_idle_steps(requests: Sequence[int], events: Sequence[float] = ()) -> tuple[bool, ...]:
    """Which steps say nothing, if others do: none was served, or so few that what grows with them may have missed them.

    `requests` are those of each step, or empty if unknown; `events`, how often growth as in all steps would have come in
    each of them, if fewer than its requests.
    """
    if not any(served > 0 for served in requests):
        return (False,) * len(requests)
    small = SMALL * sum(requests) / len(requests)
    expected = [min(each) for each in zip(requests, events or requests, strict=True)]
    return tuple(
        served <= 0 or (served <= small and often <= BY_CHANCE)
        for served, often in zip(requests, expected, strict=True)
    )


def join_idle_steps(amounts: Sequence[int], idle: Sequence[bool]) -> tuple[int, ...]:
    """What changed in each step, with that of an idle one added to the step before, or after if it is the first.

    Nothing gets lost: the sum stays. Without an idle step, or with nothing else, the amounts stay as they are.
    """
    if not amounts or not any(idle):
        return tuple(amounts)
    joined: list[int] = []
    ahead = 0
    for amount, nothing_said in zip(amounts, idle, strict=True):
        if not nothing_said:
            joined.append(amount + ahead)
            ahead = 0
        elif joined:
            joined[-1] += amount
        else:
            ahead += amount
    return tuple(joined)
