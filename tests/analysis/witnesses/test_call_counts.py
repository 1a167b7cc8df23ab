"""What call counts add to a suspect: bytes per call of the views that samples name, and a second witness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from heapdiff.analysis import compare
from heapdiff.analysis.trends.trend import Trend
from heapdiff.analysis.witnesses.calls import NOT_COUNTED, CallCounts, count_calls
from heapdiff.answers import Allocated, Entry, EntryKind, Suspect
from heapdiff.graph.heap import HeapGraph
from heapdiff.model import Summary
from tests.analysis.sampled import Sampling
from tests.analysis.summaries import captures, summarize
from tests.heaps import heap

VIEW = Entry(EntryKind.FLASK_VIEW, "shop.product")
CART = Entry(EntryKind.FLASK_VIEW, "shop.cart")
A = (300, 40, 500, 100, 30, 420)
B = (200, 260, 90, 330, 250, 110)
SHOP = "shop.cache.SESSIONS: dict -> [*]: shop.models.Session * {0}"


def row(entry: Entry | None, bytes_: int) -> Allocated:
    return Allocated("shop/cache.py", 31, "session_for", entry, 10, 0.5, bytes_, True)


def counted(*endpoints: dict[str, int] | None) -> list[Summary]:
    bare = summarize(heap(SHOP.format(1)))
    return [replace(bare, process=replace(bare.process, endpoints=each)) for each in endpoints]


def calls_of(**steps: Sequence[int]) -> CallCounts:
    """Of each endpoint in each step."""
    totals = [{name: sum(each[:end]) for name, each in steps.items()} for end in range(len(A) + 1)]
    return count_calls(counted(*totals))


def trend(units: Sequence[int], **changes: object) -> Trend:
    made = Trend(tuple(units), tuple(100 * each for each in units), seconds=(60, 70, 66, 61, 58, 72))
    return replace(made, **changes)  # type: ignore[arg-type]


def test_calls_are_the_differences_of_what_snapshots_say() -> None:
    found = count_calls(counted({"a": 3}, {"a": 5, "b": 2}, {"a": 5, "b": 9}))
    assert (found.endpoints, found.steps.tolist()) == (("a", "b"), [[2, 2], [0, 7]])


@pytest.mark.parametrize(
    "endpoints", [(), ({"a": 1},), ({"a": 1}, None), ({"a": 2}, {"a": 1}), ({"a": 2}, {})]
)
def test_where_a_snapshot_does_not_say_or_counts_backwards_nothing_is_known(
    endpoints: tuple[dict[str, int] | None, ...],
) -> None:
    assert count_calls(counted(*endpoints)) is NOT_COUNTED


def test_bytes_per_call_of_the_view_that_allocated_it() -> None:
    calls = count_calls(counted({"shop.product": 100}, {"shop.product": 1300}))
    assert calls.weigh([row(VIEW, 500)], 452_400) == {"shop.product": 377.0}


def test_views_that_share_a_function_share_what_it_keeps() -> None:
    calls = count_calls(counted({}, {"shop.product": 1000, "shop.cart": 100}))
    rows = [row(VIEW, 600), row(CART, 300), row(Entry(EntryKind.THREAD, "shop.work"), 100)]
    assert calls.weigh(rows, 100_000) == {"shop.cart": 300.0, "shop.product": 60.0}


def test_none_of_many_views_is_to_blame_for_what_all_of_them_do() -> None:
    names = [f"shop.view_{number}" for number in range(12)]
    calls = count_calls(counted({}, dict.fromkeys(names, 100)))
    rows = [row(Entry(EntryKind.FLASK_VIEW, name), 1000 if at else 1300) for at, name in enumerate(names)]
    assert calls.weigh(rows, 1_000_000) is None


def test_without_a_view_or_its_calls_there_is_nothing_per_call() -> None:
    calls = count_calls(counted({}, {"shop.product": 1000}))
    assert calls.weigh([], 1000) is None
    assert calls.weigh([row(None, 1000)], 1000) is None
    assert calls.weigh([row(CART, 1000)], 1000) is None
    assert NOT_COUNTED.weigh([row(VIEW, 1000)], 1000) is None


def test_call_counts_point_to_an_endpoint_without_any_sample() -> None:
    calls = calls_of(**{"shop.product": A, "shop.cart": B})
    third = trend([each // 3 for each in A])
    assert calls.tell(third) == (
        "Call counts point to shop.product: one entry per 3 calls, over 7 snapshots."
    )
    assert calls.tell(trend([2 * each for each in B])) == (
        "Call counts point to shop.cart: 2 entries per call, over 7 snapshots."
    )


def test_they_agree_with_samples_or_say_nothing() -> None:
    calls = calls_of(**{"shop.product": A, "shop.cart": B})
    assert calls.tell(trend(A), [row(VIEW, 500)]) == (
        "Call counts agree: one entry per call of shop.product, over 7 snapshots."
    )
    assert calls.tell(trend(A), [row(CART, 500)]) == ""
    assert calls.tell(trend(A), [row(None, 500)]) == ""


def test_endpoints_that_are_called_together_are_not_told_apart() -> None:
    calls = calls_of(**{"shop.product": A, "shop.cart": B, "shop.stars": A})
    assert calls.tell(trend(A)) == (
        "Call counts point to shop.product or shop.stars, and can't tell them apart: they are always called together."
    )


def test_growth_by_time_or_by_any_request_is_told_as_such() -> None:
    calls = calls_of(**{"shop.product": A, "shop.cart": B})
    both = tuple(one + other for one, other in zip(A, B, strict=True))
    assert "with every request" in calls.tell(trend(both, requests=both))
    seconds = (60.0, 300.0, 40.0, 600.0, 90.0, 200.0)
    assert "with time" in calls.tell(trend([round(each) for each in seconds], seconds=seconds))


def test_objects_that_come_in_clumps_are_counted_as_often_as_they_come() -> None:
    calls = calls_of(**{"shop.product": A, "shop.cart": B})
    objects = trend([5 * (each // 3) for each in A], unit="object", clump=5)
    assert "1.7 objects per call" in calls.tell(objects)


def test_names_that_stand_for_several_endpoints_are_not_told() -> None:
    assert calls_of(**{"<hidden>": A, "shop.cart": B}).tell(trend(A)) == ""


def test_without_counts_or_times_nothing_is_told() -> None:
    calls = calls_of(**{"shop.product": A, "shop.cart": B})
    assert NOT_COUNTED.tell(trend(A)) == ""
    assert calls.tell(trend(A, seconds=())) == ""
    assert calls.tell(trend([0] * 6)) == ""


def series(sizes: Sequence[int], **endpoints: Sequence[int]) -> list[HeapGraph]:
    """Captures in which one dict has so many entries; each endpoint was called so often until then."""
    made = captures(*(SHOP.format(size) for size in sizes), requests=600)
    for number, graph in enumerate(made):
        assert graph.summary is not None
        process = replace(
            graph.summary.process, endpoints={name: each[number] for name, each in endpoints.items()}
        )
        made[number] = replace(graph, summary=replace(graph.summary, process=process))
    return made


def only_suspect(graphs: Sequence[HeapGraph]) -> Suspect:
    (found,) = compare(graphs).suspects
    return found


def test_a_suspect_has_bytes_per_call_of_its_view() -> None:
    first, last = series((20, 220), **{"shop.views.product": (100, 700), "cart": (0, 300)})
    new = [node for node in range(len(last)) if first.index_of(int(last.addresses[node])) < 0]
    stack = "28 x shop/cache.py:31 session_for <- shop/views.py:12 product <- FLASK"
    found = only_suspect([first, Sampling().add(stack, new).put_into(last)])
    assert found.bytes_per_call == {"shop.views.product": round(found.bytes_delta / 600, 1)}


def test_a_reason_has_what_call_counts_say() -> None:
    sizes = [20 + sum(A[:end]) // 3 for end in range(len(A) + 1)]
    product = [sum(A[:end]) for end in range(len(A) + 1)]
    cart = [sum(B[:end]) for end in range(len(A) + 1)]
    graphs = series(sizes, product=product, cart=cart)
    assert (
        "Call counts point to product: one entry per 3 calls, over 7 snapshots."
        in only_suspect(graphs).reason
    )
