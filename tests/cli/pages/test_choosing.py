"""Which process a page is about."""

from __future__ import annotations

from dataclasses import replace

from heapdiff.cli.pages.choosing import choose_process
from heapdiff.model import Summary
from tests.analysis.summaries import summarize
from tests.heaps import heap


def taken(pid: int, minute: int, size: int) -> Summary:
    summary = summarize(heap("shop.A: list"), minute, pid=pid)
    return replace(summary, capture=replace(summary.capture, bytes=size))


def test_of_one_process_all_snapshots_are_looked_at() -> None:
    chosen = choose_process([taken(1, 0, 10), taken(1, 1, 20)])
    assert (chosen.numbers, chosen.said) == ((0, 1), "")


def test_of_several_it_is_the_one_that_grew_most() -> None:
    chosen = choose_process(
        [taken(1, 0, 10), taken(2, 0, 500), taken(2, 1, 510), taken(1, 1, 90), taken(3, 0, 9000)]
    )
    assert chosen.numbers == (0, 3)
    assert chosen.said == "snapshots of 3 processes; the page is about PID 1, which grew most"


def test_of_single_snapshots_it_is_the_largest() -> None:
    chosen = choose_process([taken(1, 0, 10), taken(2, 0, 20)])
    assert chosen.numbers == (1,)
    assert "which is the largest" in chosen.said


def test_the_order_in_which_they_are_named_doesnt_matter() -> None:
    summaries = [taken(1, 1, 90), taken(1, 0, 10), taken(2, 0, 80), taken(2, 1, 81)]
    assert choose_process(summaries).numbers == (0, 1)
