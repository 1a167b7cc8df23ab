"""Whose code allocated what a suspect newly keeps: named where samples agree, and what is said where they don't."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from heapdiff.analysis import compare
from heapdiff.analysis.witnesses import stacks
from heapdiff.answers import EntryKind
from heapdiff.format import SampleSource
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.samples import Recording
from tests.analysis.sampled import INTERVAL, Sampling
from tests.analysis.summaries import captures
from tests.analysis.witnesses.shop import DICT, LIST, PACK, PAGE, SHOP, VIEW, of_new, suspect


def test_the_line_and_the_view_of_what_leaks() -> None:
    found = suspect(
        lambda sampling, graph: sampling.add(
            f"28 x shop/cache.py:31 session_for <- {VIEW}", of_new(graph)
        ).add("2 x shop/models.py:3 blank <- THREAD", of_new(graph))
    )
    first, other = found.allocated
    assert first.entry is not None
    assert (first.file, first.line, first.function) == ("shop/cache.py", 31, "session_for")
    assert str(other.entry) == "thread shop.models.blank"
    assert (first.entry.kind, first.entry.name) == (EntryKind.FLASK_VIEW, "shop.views.product")
    assert (first.samples, first.share, first.agrees) == (28, 0.9333, True)
    assert first.bytes == round(28 * 1000 / (1 - np.exp(-1000 / INTERVAL)))
    assert (other.samples, other.agrees) == (2, False)
    assert found.witness == (
        "Allocated at shop/cache.py:31 in session_for, view shop.views.product: "
        "28 of 30 samples, about 472.9 kB."
    )


def test_a_file_with_endless_stacks_is_read_from_what_most_samples_are_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stacks, "FRAMES_READ_MOST", 1)
    found = suspect(
        lambda sampling, graph: sampling.add(
            f"28 x shop/cache.py:31 session_for <- {VIEW}", of_new(graph)
        ).add(f"2 x shop/models.py:3 blank <- {VIEW}", of_new(graph))
    )
    first, other = found.allocated
    assert [each.entry.kind for each in (first, other) if each.entry] == [
        EntryKind.FLASK_VIEW,
        EntryKind.OTHER,
    ]


def test_the_innermost_function_that_most_went_through_is_named_with_its_commonest_line() -> None:
    # pack ◄── session_for:30;  session_for:31 puts it into the dict, whose table is a buffer of the dict
    def fill(sampling: Sampling, graph: HeapGraph) -> None:
        holder = graph.index_of(int(suspect(lambda *_: None).holder.address, 16))
        sampling.add(f"14 x {PACK} <- {VIEW}", of_new(graph))
        sampling.add(f"9 x shop/cache.py:31 session_for <- {VIEW}", [holder])
        sampling.add(f"7 x shop/cache.py:32 session_for <- {VIEW}", of_new(graph, LIST))

    (row,) = suspect(fill).allocated
    assert (row.site, row.samples, row.share) == ("shop/cache.py:30 in session_for", 30, 1.0)


def test_who_makes_the_entries_is_named_rather_than_who_makes_what_they_keep() -> None:
    def fill(entries: int, sampling: Sampling, graph: HeapGraph) -> None:
        sampling.add(f"40 x shop/views.py:20 body <- {VIEW}", of_new(graph, LIST))
        sampling.add(f"{entries} x {PACK} <- {VIEW}", of_new(graph), direct=True)

    named, unclear = suspect(partial(fill, 8)), suspect(partial(fill, 7))
    assert [row.site for row in named.allocated] == ["shop/models.py:7 in pack"]
    assert named.witness == (
        "Entries allocated at shop/models.py:7 in pack, view shop.views.product: "
        "8 of 8 samples, about 135.1 kB; what they keep comes from elsewhere, too."
    )
    assert [row.site for row in unclear.allocated] == ["shop/views.py:20 in body", "shop/models.py:7 in pack"]


def test_all_samples_are_told_where_entries_and_what_they_keep_come_from_one_function() -> None:
    def fill(sampling: Sampling, graph: HeapGraph) -> None:
        sampling.add(f"20 x {PACK} <- {VIEW}", of_new(graph, LIST))
        sampling.add(f"8 x {PACK} <- {VIEW}", of_new(graph), direct=True)

    assert ": 28 of 28 samples, about" in suspect(fill).witness


def test_the_line_is_that_of_the_entries_where_what_they_keep_is_made_in_the_same_function() -> None:
    def fill(sampling: Sampling, graph: HeapGraph) -> None:
        sampling.add(f"20 x shop/views.py:53 buy <- {VIEW}", of_new(graph, LIST))
        sampling.add(f"8 x shop/views.py:55 buy <- {VIEW}", of_new(graph), direct=True)

    (row,) = suspect(fill).allocated
    assert (row.line, row.samples) == (55, 28)


@pytest.mark.parametrize("inside", ["", "shop/models.py:7 Session.__init__.<locals>.<listcomp> <- "])
def test_who_makes_an_object_is_named_rather_than_its_constructor(inside: str) -> None:
    made = f"{inside}shop/models.py:7 Session.__init__ <- shop/models.py:3 Base.__init__"
    called = suspect(
        lambda sampling, graph: sampling.add(f"9 x {made} <- shop/cache.py:31 put <- FLASK", of_new(graph))
    )
    alone = suspect(lambda sampling, graph: sampling.add(f"9 x {made} <- THREAD", of_new(graph)))
    assert called.allocated[0].site == "shop/cache.py:31 in put"
    assert alone.allocated[0].site.startswith("shop/models.py:7 in Session.__init__")


def test_a_library_is_named_rather_than_the_standard_library_below_it_where_the_application_has_no_code() -> (
    None
):
    hook = "limits/memory.py:90 incr <- flask_limiter/extension.py:50 check <- HOOK"

    def fill(sampling: Sampling, graph: HeapGraph) -> None:
        sampling.add(f"6 x threading.py:101 RLock <- {hook}", of_new(graph))
        sampling.add(f"6 x limits/limits.py:124 key_for <- {hook}", of_new(graph))

    (row,) = suspect(fill).allocated
    assert (row.site, str(row.entry)) == ("limits/memory.py:90 in incr", "hook flask_limiter.extension.check")


def test_endpoints_that_share_the_leaking_function_are_listed_with_their_shares() -> None:
    def fill(sampling: Sampling, graph: HeapGraph) -> None:
        sampling.add(f"12 x {PACK} <- {VIEW}", of_new(graph))
        sampling.add(f"8 x {PACK} <- shop/views.py:40 cart <- FLASK", of_new(graph))

    found = suspect(fill)
    assert [(str(row.entry), row.share, row.agrees) for row in found.allocated] == [
        ("view shop.views.product", 0.6, True),
        ("view shop.views.cart", 0.4, True),
    ]
    assert "pack, view shop.views.product (60%) and view shop.views.cart (40%): 20 of 20" in found.witness


def test_a_function_that_all_views_share_is_named_with_the_first_of_them() -> None:
    def fill(sampling: Sampling, graph: HeapGraph) -> None:
        for number in range(30):
            count = 40 if number < 2 else 1
            sampling.add(f"{count} x {PACK} <- shop/views.py:{number + 1} v{number} <- FLASK", of_new(graph))

    found = suspect(fill)
    assert (
        "pack, view shop.views.v0 (37%), view shop.views.v1 (37%), view shop.views.v10 (1%) and 27 more: 108 of 108"
        in found.witness
    )
    assert len(found.allocated) == 20


def test_an_entry_with_a_tenth_of_the_samples_does_not_stand_for_all() -> None:
    def fill(sampling: Sampling, graph: HeapGraph) -> None:
        for number in range(12):
            count = 13 if number == 6 else 8
            sampling.add(f"{count} x {PACK} <- shop/views.py:{number + 1} v{number} <- FLASK", of_new(graph))

    witness = suspect(fill).witness
    assert "view shop.views.v6 (13%), view shop.views.v0 (8%), view shop.views.v1 (8%) and 9 more" in witness


def test_samples_outside_any_entry_do_not_hide_the_one_that_there_is() -> None:
    def fill(sampling: Sampling, graph: HeapGraph) -> None:
        sampling.add(f"6 x {PACK} <- FLASK", of_new(graph)).add(
            f"4 x {PACK} <- shop/main.py:1 <module>", of_new(graph)
        )

    assert "at shop/models.py:7 in pack, view shop.cache.session_for (60%): 10 of 10" in suspect(fill).witness


def test_samples_that_disagree_are_listed_and_name_nobody() -> None:
    def fill(sampling: Sampling, graph: HeapGraph) -> None:
        for number, count in enumerate((9, 6, 5, 2)):
            stack = f"shop/work.py:{number + 1} part{number} <- shop/views.py:9 view{number} <- FLASK"
            sampling.add(f"{count} x {stack}", of_new(graph))

    found = suspect(fill)
    assert not found.is_allocation_known
    assert found.witness == (
        "The samples disagree on what allocated it: 9 at shop/work.py:1 in part0, view shop.views.view0; "
        "6 at shop/work.py:2 in part1, view shop.views.view1; 5 at shop/work.py:3 in part2, view shop.views.view2; "
        "2 elsewhere."
    )


def test_what_every_request_runs_through_is_not_what_views_have_in_common() -> None:
    def fill(sampling: Sampling, graph: HeapGraph) -> None:
        for name in "ab":
            stack = f"shop/{name}.py:1 {name} <- FLASK <- shop/wsgi.py:3 Prefix.__call__ <- shop/main.py:9 <module>"
            sampling.add(f"15 x {stack}", of_new(graph))

    assert not suspect(fill).is_allocation_known


def test_a_view_whose_functions_share_it_is_named_itself() -> None:
    def fill(sampling: Sampling, graph: HeapGraph) -> None:
        for name in "abc":
            sampling.add(f"5 x shop/{name}.py:1 {name} <- {VIEW}", of_new(graph))

    assert suspect(fill).allocated[0].site == "shop/views.py:12 in product"


def test_a_few_samples_name_nobody() -> None:
    found = suspect(lambda sampling, graph: sampling.add(f"7 x {PACK} <- {VIEW}", of_new(graph)))
    assert not found.is_allocation_known
    assert found.witness.startswith(
        "7 samples are too few to say what allocated it: 7 at shop/models.py:7 in"
    )


def test_a_few_large_blocks_are_not_outvoted_by_many_small_ones() -> None:
    def fill(sampling: Sampling, graph: HeapGraph) -> None:
        sampling.add(f"28 x {PACK} <- {VIEW}", of_new(graph))
        sampling.add(
            "2 x shop/images.py:5 load <- shop/views.py:40 image <- FLASK", of_new(graph), size=5_000_000
        )

    assert not suspect(fill).is_allocation_known


def test_samples_from_before_the_first_snapshot_do_not_count() -> None:
    def fill(sampling: Sampling, graph: HeapGraph) -> None:
        sampling.add(f"30 x {PACK} <- {VIEW}", of_new(graph), age_ms=60_001)

    found = suspect(fill)
    assert found.allocated == ()
    assert found.witness == (
        "No sample is of it: one is taken per 16.4 kB on average. Sample more often, or let it grow further."
    )


def test_much_growth_without_a_sample_was_allocated_elsewhere() -> None:
    found = suspect(lambda sampling, _: sampling.add("9 x shop/main.py:3 <module>"), "LARGE")
    assert found.witness.startswith("No sample is of it: it was allocated before sampling began")


def test_samples_of_other_objects_do_not_count() -> None:
    def fill(sampling: Sampling, graph: HeapGraph) -> None:
        sampling.add(f"20 x {PACK} <- {VIEW}", of_new(graph))
        sampling.add("90 x shop/pages.py:5 page_for <- shop/views.py:40 page <- FLASK", of_new(graph, PAGE))

    assert [row.samples for row in suspect(fill).allocated] == [20]
    assert [row.samples for row in suspect(fill, "OTHER").allocated] == [90]


@pytest.mark.parametrize(
    ("kind", "direct", "size", "doubtful"),
    [
        (LIST, True, 1000, True),
        (LIST, False, 1000, False),
        (DICT, True, 1000, True),
        (DICT, False, 240, True),
        (DICT, False, 241, False),
    ],
)
def test_what_free_lists_hand_out_again_counts_only_when_nothing_better_is_there(
    kind: str, direct: bool, size: int, doubtful: bool
) -> None:
    def fill(better: int, sampling: Sampling, graph: HeapGraph) -> None:
        earlier = "40 x shop/json.py:5 parse <- shop/views.py:40 page <- FLASK"
        sampling.add(earlier, of_new(graph, kind), direct=direct, size=size)
        sampling.add(f"{better} x {PACK} <- {VIEW}", of_new(graph, DICT if kind == LIST else LIST))

    assert [row.samples for row in suspect(partial(fill, 8)).allocated] == ([8] if doubtful else [40, 8])
    assert [row.samples for row in suspect(partial(fill, 7)).allocated] == [40, 7]


def test_traces_of_tracemalloc_stand_in_for_missing_samples() -> None:
    def fill(ours: int, sampling: Sampling, graph: HeapGraph) -> None:
        sampling.recordings = (
            Recording(SampleSource.TRACEMALLOC, 0, 600_000),
            Recording(SampleSource.SAMPLER, INTERVAL, 600_000),
        )
        sampling.add("200 x shop/cache.py:31", of_new(graph))
        sampling.add(f"{ours} x {PACK} <- {VIEW}", of_new(graph), recording=1)

    (traced,) = suspect(partial(fill, 7)).allocated
    assert (traced.site, traced.samples, traced.bytes) == ("shop/cache.py:31", 200, 200_000)
    assert [row.samples for row in suspect(partial(fill, 8)).allocated] == [8]


def test_lines_of_tracemalloc_are_told_apart_where_functions_are_not_known() -> None:
    def fill(sampling: Sampling, graph: HeapGraph) -> None:
        sampling.recordings = (Recording(SampleSource.TRACEMALLOC, 0, 600_000),)
        sampling.add("10 x shop/cache.py:31\n10 x shop/cache.py:77", of_new(graph))

    assert not suspect(fill).is_allocation_known


@pytest.mark.parametrize(
    ("stack", "site"),
    [
        ("json/decoder.py:5 decode <- THREAD", "json/decoder.py:5 in decode"),
        (":0 <- THREAD", "code without a name"),
        (":12 work <- THREAD", "work"),
    ],
)
def test_a_library_that_nobody_called_is_named_itself(stack: str, site: str) -> None:
    found = suspect(lambda sampling, graph: sampling.add(f"9 x {stack}", of_new(graph)))
    assert found.allocated[0].site == site
    assert found.is_allocation_known


def test_codes_without_a_name_are_not_one_function() -> None:
    def fill(sampling: Sampling, graph: HeapGraph) -> None:
        sampling.add("9 x :0 <- THREAD", of_new(graph))
        sampling.codes.clear()
        sampling.add("9 x :0 <- THREAD", of_new(graph))

    assert not suspect(fill).is_allocation_known


def test_the_verdict_says_it_in_its_sentence() -> None:
    first, last = captures(SHOP.format(20, 20), SHOP.format(220, 20), requests=100)
    sampling = Sampling().add(f"28 x shop/cache.py:31 session_for <- {VIEW}", of_new(last))
    verdict = compare([first, sampling.put_into(last)]).verdict
    assert (
        "per request, allocated at shop/cache.py:31 in session_for, view shop.views.product." in verdict.text
    )


def test_without_samples_a_note_says_how_to_get_some() -> None:
    first, last = captures(SHOP.format(20, 20), SHOP.format(220, 20), requests=100)
    assert any("heapdiff investigate 4242 --sample" in note for note in compare([first, last]).notes)
    assert not any("No samples" in note for note in compare([first, a_minute_later(first)]).notes)
    bounded = captures(
        *(f"shop.x.RECENT: collections.deque most=1000 -> shop.V * {count}" for count in (20, 900))
    )
    assert compare(bounded).suspects
    assert not any("No samples" in note for note in compare(bounded).notes)
    sampled = Sampling().put_into(last)
    assert not any("No samples" in note for note in compare([first, sampled]).notes)


def a_minute_later(graph: HeapGraph) -> HeapGraph:
    """The same heap a minute later: nothing grew."""
    assert graph.summary is not None
    later = replace(graph.summary, id="later", captured_at="2026-11-22T14:05:07.123456Z")
    return replace(graph, summary=later)


def test_heapdiff_s_own_code_is_never_named_also_where_it_looks_like_the_application_s() -> None:
    def fill(sampling: Sampling, graph: HeapGraph) -> None:
        ours = "heapdiff/agent/worker/hooks.py:57 init_process <- gunicorn/arbiter.py:9 spawn"
        sampling.add(f"28 x gunicorn/http/wsgi.py:202 create <- {ours}", of_new(graph))

    (row,) = suspect(fill).allocated
    assert (row.file, row.function) == ("gunicorn/http/wsgi.py", "create")
