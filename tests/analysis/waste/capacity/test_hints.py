"""Free memory that malloc keeps, a collector that is off, and what the next snapshots need."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heapdiff.analysis.waste.capacity.collecting import find_uncollected
from heapdiff.analysis.waste.capacity.free_memory import find_free_memory
from heapdiff.analysis.waste.capacity.monitoring import find_blind_spots
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Finding
from heapdiff.knowledge.advice.capacity import GIVING_BACK
from heapdiff.model import MALLOCS, Collector
from tests.analysis.summaries import summarize
from tests.analysis.waste.capacity.workers import MB, history_of, memory, snapshot, worker
from tests.heaps import heap

FREE = {"malloc_free_bytes": 305 * MB}


def test_much_free_memory_is_first_tried_to_be_given_back() -> None:
    [found] = find_free_memory(worker(snapshot(memory(580, allocator=FREE))))
    assert (found.bytes, found.saves_bytes, found.headline) == (305 * MB, None, True)
    assert found.code[0] == "heapdiff trim 4242"


def test_what_gives_memory_back_is_that_of_the_malloc_that_keeps_it() -> None:
    def found(kind: str) -> Finding:
        [found] = find_free_memory(worker(snapshot(memory(580, allocator=FREE, malloc=kind))))
        return found

    assert found("glibc") == found("")
    assert found("jemalloc").code[0].startswith("MALLOC_CONF=background_thread:true")
    assert found("jemalloc").change.startswith(
        "Have jemalloc give it back sooner, and find what needs so much"
    )
    assert found("tcmalloc").code == ()
    assert GIVING_BACK.keys() == {*MALLOCS}


def test_one_large_request_is_named_by_the_step_that_it_left() -> None:
    history = history_of([270, 270, 272, 578, 579, 580], requests=[1, 2, 3, 4, 5, 6])
    [found] = find_free_memory(worker(snapshot(memory(580, allocator=FREE, history=history), requests=7)))
    assert found.example == "RSS rose by 306.0 MB within 60 s, 3.0 min before the snapshot: one large request"
    slowly = history_of([270 + 60 * step for step in range(6)], requests=[1, 2, 3, 4, 5, 6])
    [found] = find_free_memory(worker(snapshot(memory(580, allocator=FREE, history=slowly), requests=7)))
    assert found.example == ""


@pytest.mark.parametrize(("free", "rss"), [(40, 80), (90, 400)])
def test_a_little_free_memory_is_how_malloc_works(free: int, rss: int) -> None:
    used = memory(rss, allocator={"malloc_free_bytes": free * MB})
    assert list(find_free_memory(worker(snapshot(used)))) == []


OFF = Collector(False, 0, (700, 10, 10), (1, 1, 1))


def test_unreachable_objects_stay_where_the_collector_is_off() -> None:
    """
    lost ──► Node ──► Node (and back), while nothing collects
    """
    graph = heap("shop.A: list\norphan: shop.models.Node * 3 size=1000000")
    [found] = find_uncollected(Heap(graph, replace(summarize(graph), collector=OFF)))
    assert (found.count, found.type, found.headline) == (3, "shop.models.Node", True)
    assert found.saves_bytes == found.bytes >= 3 * MB
    on = replace(OFF, enabled=True)
    assert list(find_uncollected(Heap(graph, replace(summarize(graph), collector=on)))) == []


def titles(*summaries: object, graph: bool = True) -> list[str]:
    found = find_blind_spots(worker(*summaries, graph=heap("shop.A: list") if graph else None))  # type: ignore[arg-type]
    return [each.title for each in found]


def test_what_is_missing_most_comes_first_and_no_more_than_two_things() -> None:
    assert titles(snapshot(memory(100)), graph=False) == [
        "No snapshot has references: who holds what can't be told",
        "One snapshot shows what is there, not what grows",
    ]
    assert titles(snapshot(memory(100))) == [
        "One snapshot shows what is there, not what grows",
        "Nothing counts requests: growth can't be told per request",
    ]


def test_only_blindness_is_a_headline() -> None:
    found = find_blind_spots(worker(snapshot(memory(100))))
    assert [each.headline for each in found] == [True, False]


def test_a_threshold_is_set_below_what_a_worker_may_take() -> None:
    group = {"limit_bytes": 1000 * MB, "current_bytes": 300 * MB, "reclaimable_bytes": 0}
    first, second = (snapshot(memory(200, cgroup=group, siblings=()), minute, minute) for minute in (0, 1))
    [found] = find_blind_spots(worker(first, second, graph=heap("shop.A: list")))
    assert found.code == ("HEAPDIFF_AT_RSS=687MiB",)


def test_growth_without_samples_asks_for_sampling() -> None:
    history = history_of([100 + 2 * minute for minute in range(50)], requests=range(50))
    taken = [
        snapshot(memory(200, history=history, trigger_rss_bytes=MB), minute, 60 + minute) for minute in (0, 1)
    ]
    assert titles(*taken) == ["Memory grows, but no sample says which code allocates it"]


def test_with_all_that_is_needed_there_is_nothing_to_say() -> None:
    taken = [snapshot(memory(200, trigger_rss_bytes=MB), minute, minute) for minute in (0, 1)]
    assert titles(*taken) == []
