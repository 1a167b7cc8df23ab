"""`show --since`: every holder that keeps something new, however little; each new object once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heapdiff.analysis.queries.newcomers import list_newcomers
from heapdiff.errors import UsageError
from tests.analysis.summaries import captures, summarize

BEFORE = """
    shop.cache.SESSIONS: dict -> [*]: shop.models.Session * 5 -> .tags: list
    shop.cache.RECENT: dict -> [*]: shop.models.Order * 5
    heapdiff.agent.X: dict
"""


def test_a_single_object_is_listed_with_its_holder() -> None:
    before, after = captures(BEFORE, BEFORE.replace("Session * 5", "Session * 6"))
    (keeper,) = list_newcomers(before, after).keepers
    assert keeper.path == "shop.cache.SESSIONS"
    assert {held.type: held.count_delta for held in keeper.holds}["shop.models.Session"] == 1
    assert keeper.holds[0].type == "shop.models.Session"
    assert [step.name for step in keeper.chain] == ["shop.cache", "SESSIONS"]
    assert keeper.bytes == sum(held.bytes_delta for held in keeper.holds) > 0


def test_nothing_new_is_nothing_listed() -> None:
    before, after = captures(BEFORE, BEFORE)
    answer = list_newcomers(before, after)
    assert (answer.keepers, answer.allocated, answer.unreachable_objects_delta) == ((), (), 0)


def test_what_heapdiff_keeps_is_left_out() -> None:
    before, after = captures(BEFORE, f"{BEFORE}\n heapdiff.agent.X: dict -> [*]: str * 9")
    assert list_newcomers(before, after).keepers == ()


def test_holders_come_with_most_bytes_first() -> None:
    more = BEFORE.replace("Session * 5", "Session * 6").replace("Order * 5", "Order * 50")
    before, after = captures(BEFORE, more)
    assert [keeper.path for keeper in list_newcomers(before, after).keepers] == [
        "shop.cache.RECENT",
        "shop.cache.SESSIONS",
    ]


def test_samples_name_the_line_of_what_is_new_only() -> None:
    sampled = """
        sampler: every 512
        sample * 2 of $new size=512 age=1: session_for shop/cache.py:31
        sample * 2 of $old size=512 age=99999999: warm shop/cache.py:9
    """
    before, after = captures(
        BEFORE,
        BEFORE.replace("Session * 5", "Session * 5 $old")
        + "\n shop.cache.NEW: dict -> [*]: shop.models.Session * 2 $new"
        + sampled,
    )
    answer = list_newcomers(before, after)
    assert {row.line for row in answer.allocated} == {31}
    assert answer.notes == ()


def test_samples_of_memory_that_is_handed_out_again_name_nobody() -> None:
    before, after = captures(
        BEFORE,
        f"""{BEFORE}
        shop.cache.NEW: dict -> [*]: list * 2 $new
        sampler: every 512
        sample direct * 2 of $new size=56 age=1: sign flask/sessions.py:313
        """,
    )
    answer = list_newcomers(before, after)
    assert [keeper.allocated for keeper in answer.keepers] == [()]
    assert answer.allocated == ()


def test_what_waits_for_the_collector_is_counted_apart() -> None:
    before, after = captures(BEFORE, f"{BEFORE}\n orphan: list -> ref: dict")
    answer = list_newcomers(before, after)
    assert answer.keepers == ()
    assert answer.unreachable_objects_delta == 2
    assert answer.unreachable_bytes_delta > 0


def test_another_process_is_refused() -> None:
    before, after = captures(BEFORE, BEFORE)
    after = replace(after, summary=summarize(after, 1, pid=1))
    with pytest.raises(UsageError, match="another process"):
        list_newcomers(before, after)
