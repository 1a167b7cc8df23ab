"""Statements that would take all the time or memory there is."""

from __future__ import annotations

import os
import resource
import signal
import threading

import pytest

from heapdiff.errors import UsageError

pytest.importorskip("duckdb")

from heapdiff.export.sql import Bounds
from heapdiff.export.sql.bounds import attended
from tests.export.sql.asking import ask

SMALL = Bounds(seconds=60.0, memory_bytes=100_000_000)


def test_a_statement_that_would_not_end_is_interrupted() -> None:
    endless = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE (a.range * b.range) % 7 = 3"
    with pytest.raises(UsageError, match=r"stopped after 0\.2 seconds"):
        ask(endless, bounds=Bounds(seconds=0.2, memory_bytes=300_000_000))


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT repeat('x', 900000000) FROM range(3)",
        "SELECT list(range) FROM range(100000000)",
        "SELECT range FROM range(100000000) ORDER BY hash(range)",
    ],
)
def test_a_statement_that_needs_too_much_memory_fails_and_gives_it_back(statement: str) -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    with pytest.raises(UsageError, match="too large for the memory"):
        ask(statement, bounds=SMALL)
    assert resource.getrlimit(resource.RLIMIT_AS) == before
    assert ask("SELECT 1") == [(1,)]


def test_a_bound_is_a_share_of_what_is_left() -> None:
    assert 100_000_000 <= Bounds.now(1.0).memory_bytes <= 16_000_000_000


def test_ctrl_c_interrupts_what_is_being_worked_on() -> None:
    begun, stopped = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        os.kill(os.getpid(), signal.SIGINT)
        stopped.wait(60)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            attended(work, stopped.set)
    finally:
        signal.signal(signal.SIGINT, before)
    assert begun.is_set()
    assert stopped.is_set()


def test_what_fails_in_the_other_thread_fails_here() -> None:
    with pytest.raises(ZeroDivisionError):
        attended(lambda: 1 // 0, lambda: None)
