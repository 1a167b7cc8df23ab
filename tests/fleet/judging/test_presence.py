"""A leak comes with a release, and noise that repeats in one of many releases is none."""

from __future__ import annotations

from heapdiff.fleet.judging.evidence import BANDS, Band, Evidence, Exposure
from heapdiff.fleet.judging.presence import find_presence
from heapdiff.fleet.judging.verdicts import Kind, judge

LATE = 10  # the band of some hours


def release(
    found: int, affected: int, intervals: int = 24, workers: int = 8, doubted: bool = True
) -> Evidence:
    """All intervals at one age, three hours old; each worker with as many."""
    bands = [Band() for _ in range(BANDS)]
    bands[LATE] = Band(found, found * 1000, Exposure(intervals, intervals * 3000, intervals * 100, intervals))
    return Evidence(
        tuple(bands), Band(), affected, affected * intervals // workers, 0, found if doubted else 0
    )


def test_what_repeats_by_chance_in_one_release_of_several_is_noise() -> None:
    once = release(found=5, affected=4)
    assert judge(once).kind is Kind.LEAK  # alone
    presence = find_presence([once, release(4, 4), release(4, 4)])
    assert presence.judgement.kind is Kind.NOISE


def test_what_repeats_in_each_of_few_intervals_is_a_leak_however_little_it_was_believed() -> None:
    presence = find_presence([release(0, 0), release(8, 4), release(7, 4)])
    assert presence.judgement.kind is Kind.LEAK
    assert presence.present == (1, 2)


def test_noise_in_the_releases_before_hides_no_leak() -> None:
    presence = find_presence([release(2, 2), release(24, 8, doubted=False), release(2, 2)])
    assert presence.judgement.kind is Kind.LEAK
    assert presence.present == (1,)
    assert presence.gone_with == 2
