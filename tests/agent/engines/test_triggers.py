"""When the Python engine's watcher takes a snapshot by itself: its rules, with a clock and a process in our hands."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from heapdiff.agent.engines.forked import triggers
from heapdiff.agent.engines.forked.triggers import LOOK_S, TriggerRules, Triggers, find_threshold

MIB = 1 << 20


@dataclass
class Watched:
    """A process that the rules watch: time passes, memory grows and requests come when the test says so."""

    rss: int = 100 * MIB
    now: float = 1000.0
    requests: int = 0
    taken: list[str] = field(default_factory=list)

    def begin(self, **rules: int) -> Watched:
        self.triggers = Triggers(TriggerRules(**rules), self.now, self.requests)
        return self

    def after(self, seconds: float = LOOK_S, rss: int | None = None, requests: int = 0) -> str | None:
        """The reason for a snapshot then; it is taken."""
        self.now += seconds
        self.rss = self.rss if rss is None else rss
        self.requests += requests
        reason = self.triggers.due(self.now, self.requests)
        if reason:
            self.triggers.answered(self.now, self.requests)
        return reason


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    process = Watched()
    monkeypatch.setattr(triggers, "read_resident_bytes", lambda: process.rss)
    return process


def test_without_rules_nothing_is_due_and_nothing_is_waited_for(watched: Watched) -> None:
    watched.begin()
    assert watched.after(1e6, rss=1 << 40, requests=10**9) is None
    assert watched.triggers.wait_ms(watched.now) is None
    assert not watched.triggers.allow_exit(watched.now)


def test_a_threshold_fires_once_for_a_crossing_again_for_a_tenth_more_and_afresh_after_a_fall(
    watched: Watched,
) -> None:
    watched.begin(rss_bytes=200 * MIB)
    course = [
        (199, None),
        (200, "threshold"),
        (200, None),
        (219, None),
        (221, "threshold"),
        (240, None),
        (242, "threshold"),
        (185, None),  # not a tenth below it
        (241, None),
        (179, None),
        (200, "threshold"),
    ]
    assert [watched.after(rss=megabytes * MIB) for megabytes, _ in course] == [due for _, due in course]


def test_memory_is_looked_at_once_a_second(watched: Watched) -> None:
    watched.begin(rss_bytes=200 * MIB)
    assert watched.after(0) is None
    assert watched.after(LOOK_S / 2, rss=300 * MIB) is None
    assert watched.triggers.wait_ms(watched.now) == 500
    assert watched.after(LOOK_S / 2) == "threshold"


def test_a_timer_fires_again_and_again(watched: Watched) -> None:
    watched.begin(every_s=60)
    assert [watched.after(30) for _ in range(5)] == [None, "timer", None, "timer", None]
    assert watched.triggers.wait_ms(watched.now) == 30_000


def test_so_many_requests_fire(watched: Watched) -> None:
    watched.requests = 7
    watched.begin(every_requests=100)
    due = [watched.after(requests=served) for served in (99, 1, 99, 1, 250)]
    assert due == [None, "requests", None, "requests", "requests"]
    assert watched.triggers.wait_ms(watched.now) == 1000


def test_a_snapshot_for_one_reason_puts_off_no_other(watched: Watched) -> None:
    watched.begin(every_s=60, every_requests=100)
    course = [watched.after(60, requests=50), watched.after(30, requests=50), watched.after(30)]
    assert course == ["timer", "requests", "timer"]


def test_two_never_come_within_the_interval(watched: Watched) -> None:
    watched.begin(rss_bytes=50 * MIB, every_s=1, every_requests=1, exit_s=30, interval_s=3600)
    assert watched.after() == "threshold"
    assert [watched.after(1, requests=500) for _ in range(100)] == [None] * 100
    assert watched.triggers.wait_ms(watched.now) == 3_500_000
    assert not watched.triggers.allow_exit(watched.now)
    assert watched.after(3500) == "requests"


def test_one_before_the_end_is_far_enough_from_the_last_and_from_the_beginning(watched: Watched) -> None:
    watched.begin(exit_s=30, interval_s=60)
    assert [watched.triggers.allow_exit(watched.now + later) for later in (0, 59, 60)] == [False, False, True]


@pytest.mark.parametrize(
    ("rules", "threshold"),
    [
        (TriggerRules(), 0),
        (TriggerRules(rss_bytes=300), 300),
        (TriggerRules(rss_percent=80), 800),
        (TriggerRules(rss_bytes=300, rss_percent=80), 300),
        (TriggerRules(rss_bytes=900, rss_percent=80), 800),
    ],
)
def test_a_share_of_the_memory_limit_is_a_threshold(
    rules: TriggerRules, threshold: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(triggers, "memory_limit", lambda: 1000)
    assert find_threshold(rules) == threshold


def test_where_no_limit_is_known_a_share_of_it_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triggers, "memory_limit", lambda: 0)
    assert find_threshold(TriggerRules(rss_bytes=300, rss_percent=80)) == 300
