"""How many workers fit, and what they'd share if the application was loaded once and frozen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heapdiff.analysis.waste.capacity.preloading import find_unshared
from heapdiff.analysis.waste.capacity.workers_that_fit import find_misfit
from heapdiff.model import Collector
from tests.analysis.waste.capacity.workers import MB, history_of, memory, sibling, snapshot, worker

PARENT = sibling(1, 15, parent=True)
FOUR = (PARENT, sibling(2, 83), sibling(3, 83), sibling(4, 83))


def group(limit: int, used: int) -> dict[str, int]:
    return {"limit_bytes": limit * MB, "current_bytes": used * MB, "reclaimable_bytes": 0}


def test_each_worker_beyond_the_first_would_share_what_it_loaded() -> None:
    """
    4 x 83 MB ──► 83 MB + 4 x 8 MB
    """
    [found] = find_unshared(worker(snapshot(memory(88, 83, siblings=FOUR))))
    assert found.saves_bytes == 3 * (83 - 8) * MB
    assert (found.bytes, found.headline) == (4 * 83 * MB, True)
    assert "preload_app = True" in found.code
    assert "gc.freeze()" in found.code[-1]


def test_a_preloaded_application_only_lacks_the_freeze() -> None:
    """
    4 x 44 MB, 40 MB more still shared ──► 4 x 8 MB
    """
    siblings = (PARENT, *(sibling(pid, 44, 40) for pid in (2, 3, 4)))
    [found] = find_unshared(worker(snapshot(memory(90, 44, 40, siblings=siblings))))
    assert found.saves_bytes == 4 * (44 - 8) * MB
    assert found.change.startswith("Freeze what's loaded")


def test_what_requests_made_can_not_be_shared() -> None:
    history = history_of([20, 58, 58, 70, 88], requests=[0, 0, 0, 10, 20])
    [found] = find_unshared(worker(snapshot(memory(88, 83, siblings=FOUR, history=history), requests=30)))
    assert found.saves_bytes == 3 * (83 - 30 - 8) * MB


def test_a_worker_whose_heap_is_being_walked_counts_as_it_is_without() -> None:
    """All its memory seems to be shared, with the child."""
    walked = replace(sibling(4, 1, 87), private_bytes=MB)
    [found] = find_unshared(worker(snapshot(memory(88, 83, siblings=(*FOUR[:3], walked)))))
    assert found.saves_bytes == 3 * (83 - 8) * MB


def test_what_cpython_312_freezes_as_it_starts_does_not_hide_what_could_be_shared() -> None:
    used = memory(88, 83, siblings=FOUR)
    started = replace(snapshot(used), collector=Collector(True, 375, (700, 10, 10), (1, 1, 1)))
    assert list(find_unshared(worker(started))) == list(find_unshared(worker(snapshot(used)))) != []


def test_nothing_is_said_where_nothing_could_be_shared() -> None:
    used = memory(88, 83, siblings=FOUR)
    frozen = replace(snapshot(used), collector=Collector(True, 100_000, (700, 10, 10), (1, 1, 1)))
    alone = snapshot(memory(88, 83, siblings=(PARENT,)))
    unknown = snapshot(memory(88, 83))
    spawned = snapshot(memory(88, 83, siblings=(PARENT, sibling(2, 83, forked=False))))
    for summary in (
        frozen,
        alone,
        unknown,
        spawned,
        snapshot(used, server="uvicorn"),
        snapshot(used, server=None),
    ):
        assert list(find_unshared(worker(summary))) == []


@pytest.mark.parametrize(("limit", "fit", "headline"), [(256, 2, True), (512, 5, False), (360, 3, True)])
def test_workers_fit_by_what_one_keeps_for_itself(limit: int, fit: int, headline: bool) -> None:
    """
    352 MB used - 4 x 83 MB = 20 MB shared; (0.9 · 512 - 20) / 83 = 5.3
    """
    used = memory(88, 83, siblings=FOUR, cgroup=group(limit, 352))
    [found] = find_misfit(worker(snapshot(used)))
    assert f": {fit} fit into" in found.title
    assert found.headline is headline
    assert found.code[-1] == f"workers = {fit}"


def test_the_peak_is_the_largest_that_was_seen() -> None:
    earlier = snapshot(memory(205, 200))
    used = memory(88, 83, siblings=FOUR, cgroup=group(700, 352))
    [found] = find_misfit(worker(earlier, snapshot(used, 1)))
    assert ": 3 fit into" in found.title


def test_without_a_limit_or_siblings_nobody_knows_what_fits() -> None:
    assert list(find_misfit(worker(snapshot(memory(88, 83, siblings=FOUR))))) == []
    assert list(find_misfit(worker(snapshot(memory(88, 83, cgroup=group(512, 352)))))) == []
