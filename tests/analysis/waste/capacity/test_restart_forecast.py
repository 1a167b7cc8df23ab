"""When memory reaches its limit, from snapshots or from one with the agent's history, and how often to restart until then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heapdiff.analysis.waste.capacity.restart_forecast import find_forecast
from heapdiff.answers import Confidence, Finding
from heapdiff.model import MemoryUse
from tests.analysis.waste.capacity.workers import MB, history_of, memory, sibling, snapshot, worker

LIMITED = {"limit_bytes": 1000 * MB, "current_bytes": 600 * MB, "reclaimable_bytes": 100 * MB}
GROWING = [100 + 2 * minute for minute in range(50)]
SERVED = [100 * minute for minute in range(50)]


def one(used: MemoryUse, requests: int | None = None, server: str | None = "gunicorn") -> Finding:
    [found] = find_forecast(worker(snapshot(used, requests=requests, server=server)))
    return found


def grown(**others: object) -> MemoryUse:
    """2 MB and 100 requests a minute, now at 200 MB."""
    return replace(memory(200, history=history_of(GROWING, requests=SERVED)), **others)  # type: ignore[arg-type]


def test_one_snapshot_is_enough_where_the_agent_remembers() -> None:
    found = one(grown(cgroup=LIMITED), 5000)
    assert found.title.startswith("RSS grows by 120.0 MB per hour and reaches the memory limit in ")
    assert found.headline
    assert found.confidence is Confidence.HIGH
    assert found.bytes == pytest.approx(98 * MB, rel=0.05)  # but for the sample before the first request


def test_a_limit_that_is_too_far_ahead_is_told_without_a_time() -> None:
    found = one(grown(cgroup={**LIMITED, "limit_bytes": 10**6 * MB}), 5000)
    assert (
        found.title
        == "RSS grows by 120.0 MB per hour; when it reaches the memory limit is too far ahead to tell"
    )
    assert not found.headline


def test_restarts_keep_the_worker_below_the_limit() -> None:
    """
    500 MB are left of 1000, and 100 of these are to spare: 200 + 400 = 600 MB, 20 kB a request from 100 MB on ──► at most
    25,000 requests, less for what isn't sure.
    """
    found = one(grown(cgroup=LIMITED), 5000)
    requests, jitter = (int(each.rpartition(" ")[2]) for each in found.code[1:])
    assert found.code[1].startswith("max_requests =")
    assert 15_000 < requests < requests + jitter <= 25_000
    assert jitter >= 0.09 * requests
    assert "stopgap" in found.change


def test_each_of_more_workers_lasts_as_much_shorter() -> None:
    alone = one(grown(cgroup=LIMITED, siblings=()), 5000)
    beside = one(grown(cgroup=LIMITED, siblings=(sibling(1, 195), sibling(2, 195), sibling(3, 195))), 5000)
    first, second = (int(each.code[1].rpartition(" ")[2]) for each in (alone, beside))
    assert second < first / 2


def test_four_snapshots_are_enough() -> None:
    taken = [snapshot(memory(100 + 10 * minute, cgroup=LIMITED), minute, 100 * minute) for minute in range(4)]
    [found] = find_forecast(worker(*taken))
    assert found.headline
    assert list(find_forecast(worker(*taken[1:]))) == []


def test_the_users_own_threshold_is_a_limit_too() -> None:
    assert "reaches HEAPDIFF_AT_RSS in" in one(grown(trigger_rss_bytes=400 * MB), 5000).title


def test_without_a_limit_it_is_a_hint() -> None:
    found = one(grown(), 5000)
    assert (found.title, found.headline, found.code) == ("RSS grows by 120.0 MB per hour", False, ())


def test_uwsgi_can_restart_by_size_where_nothing_counts_requests() -> None:
    used = replace(grown(cgroup=LIMITED), history=history_of(GROWING))
    assert one(used, server="uwsgi").code == ("; uwsgi.ini", "reload-on-rss = 600")
    assert "nothing counts them" in one(used).change


def test_what_grows_too_fast_is_not_restarted() -> None:
    """2 MB a request."""
    used = memory(200, history=history_of(GROWING, requests=range(50)), cgroup=LIMITED)
    used = replace(used, cgroup={**LIMITED, "current_bytes": 1090 * MB})
    assert "fix it" in one(used, 50).change


@pytest.mark.parametrize(
    "rss", [[100.0] * 50, [60.0] * 5 + [100.0] * 45, [100 + minute % 7 for minute in range(50)]]
)
def test_what_does_not_grow_has_no_forecast(rss: list[float]) -> None:
    used = memory(rss[-1], cgroup=LIMITED, history=history_of(rss, requests=SERVED))
    assert list(find_forecast(worker(snapshot(used, requests=5000)))) == []


@pytest.mark.parametrize("requests", [[0] * 5, None])
def test_loading_the_application_is_no_growth(requests: list[int] | None) -> None:
    """Each of the first samples is of a process that imports; it served nothing yet."""
    rss = [20.0, 60.0, 100.0, 140.0, 180.0]
    used = memory(180, cgroup=LIMITED, history=history_of(rss, 5, requests))
    assert list(find_forecast(worker(snapshot(used, requests=None if requests is None else 0)))) == []
