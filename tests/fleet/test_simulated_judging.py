"""The rule of the simulation against what `compare` says of two snapshots with such growth."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest

from heapdiff.answers import Suspect
from tests.analysis.summaries import compared
from tests.fleet.simulation.judging import CONFIDENCES, is_listed, judge
from tests.together import together

OWN: Final = """
    shop.cache.SESSIONS: dict extra=0 -> [*]: shop.models.Session * {} size=56 -> .cart: list size=80
"""
LIBRARY: Final = """
    module shop.app of application
    module acme_http of acme-http
    acme_http.HISTORY: dict -> [*]: acme_http.Exchange * {} size=56 -> .body: bytes size=80
"""
CASES: Final = [
    (own, entries, requests)
    for own in (True, False)
    for entries in (3, 5, 12, 60, 99, 100, 250, 600, 1500)
    for requests in (None, 600)
]


@pytest.mark.slow
@together(("own", "entries", "requests"), CASES)
def test_it_lists_and_judges_as_compare_does(own: bool, entries: int, requests: int | None) -> None:
    text = OWN if own else LIBRARY
    found = compared(*(text.format(length) for length in (40, 40 + entries)), requests=requests).suspects
    assert len(found) <= 1
    assert [suspect.own for suspect in found] in ([], [own])
    assert say(entries, found[0].bytes_delta if found else 0, requests, own) == seen(found)


def seen(suspects: tuple[Suspect, ...]) -> str:
    return suspects[0].confidence.value if suspects else "not listed"


def say(entries: int, bytes_: int, requests: int | None, own: bool) -> str:
    amounts, weights = np.array([entries]), np.array([bytes_])
    if not is_listed(amounts, weights, own)[0]:
        return "not listed"
    served = np.array([-1 if requests is None else requests])
    return CONFIDENCES[judge(amounts, weights, served, own, bounded=False)[0]]
