"""Holders that have as many entries as before: places that fill, entries that are replaced, values that grow."""

from __future__ import annotations

import pytest

from heapdiff.answers import Confidence, Suspect
from tests.analysis.summaries import compared


def ring(taken: int) -> str:
    # SLOTS = [None] * 1000: the first ones taken, each by a sample with a number of its own
    lines = [
        f"$slots -> [{n}]: " + ("shop.Sample size=100 -> .t: float" if n < taken else "$none")
        for n in range(1000)
    ]
    return "\n".join(["shop.r.NONE: NoneType $none", "shop.r.RING: shop.Ring -> .slots: list $slots", *lines])


def judged(*texts: str) -> Suspect:
    (found,) = compared(*texts, requests=200).suspects
    return found


@pytest.mark.parametrize("course", [(50, 450), (50, 250, 450), (50, 250, 1000)])
def test_a_list_made_with_empty_places_is_no_leak_while_it_fills(course: tuple[int, ...]) -> None:
    found = judged(*map(ring, course))
    assert found.confidence is Confidence.LOW
    assert f"gained {course[-1] - course[0]:,} entries" in found.reason
    assert "all 1,000 are taken" in found.reason


def cache(first: int, large_from: int) -> str:
    """A full cache of 400 strings, of which later ones are larger."""
    entries = (
        f"shop.c.CACHE -> [{n}]: str size={3000 if n >= large_from else 100}"
        for n in range(first, first + 400)
    )
    return "shop.c.CACHE: dict\n" + "\n".join(entries)


def test_larger_entries_that_take_the_place_of_others_in_a_full_cache_are_no_leak() -> None:
    found = judged(cache(0, 400), cache(200, 400), cache(400, 400))
    assert (found.holder.length_before, found.holder.length_after) == (400, 400)
    assert found.confidence is Confidence.LOW
    assert "larger ones replaced others" in found.reason


def test_values_that_grow_under_the_same_keys_are_growth_with_two_snapshots_and_a_leak_with_three() -> None:
    def texts(step: int) -> str:
        entries = (f"shop.t.TEXTS -> [{n}]: str size={1000 + 9000 * step} gen={step}" for n in range(20))
        return "shop.t.TEXTS: dict\n" + "\n".join(entries)

    assert judged(texts(0), texts(1)).confidence is Confidence.MEDIUM
    assert judged(texts(0), texts(1), texts(2)).confidence is Confidence.HIGH
