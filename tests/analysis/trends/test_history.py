"""Each finding is followed through the snapshots once, however often its course is asked for."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from heapdiff.analysis.growth.findings import Finding
from heapdiff.analysis.trends import history
from heapdiff.analysis.trends.measuring import Measured, measure
from tests.analysis.summaries import compared


def test_a_finding_is_followed_once_and_again_only_when_it_has_become_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    followed: Counter[Finding] = Counter()

    def watched(finding: Finding, *rest: Any) -> Measured:
        followed[finding] += 1
        return measure(finding, *rest)

    monkeypatch.setattr(history, "measure", watched)
    # ALL ──► Order ◄── RECENT; one of two CACHES grows; NOTES has nothing to do with either
    text = """
        shop.o.RECENT: dict $recent
        shop.o.ALL: list -> shop.Order * {0} size=300 $o
        {1}
        shop.c.CACHES: dict -> [*]: dict -> [*]: shop.Page * {0}
        shop.n.NOTES: list -> shop.Note * {0}
    """
    course = []
    for count in (50, 250, 450):
        recent = "\n".join(f"$recent -> [{n}]: $o{n or ''}" for n in range(count))
        course.append(text.format(count, recent))
    assert len(compared(*course, requests=200).suspects) == 3
    assert set(followed.values()) == {1}
    assert len(followed) <= 5
