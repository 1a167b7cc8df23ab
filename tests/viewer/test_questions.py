"""Questions that take long: one at a time in a process of its own, asked once, cancelled whatever they do."""

from __future__ import annotations

import os
import signal
from functools import cached_property
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest

from heapdiff.analysis.reach.routes import compute_routes
from heapdiff.errors import UsageError
from heapdiff.graph import load
from heapdiff.graph.stored.cabinet import Cabinet
from heapdiff.snapshot import read_snapshot
from heapdiff.viewer.questions import Progress, Question, Questions
from tests.cli.snapshot_files import SHOP_BEFORE, write_snapshot

pytestmark = pytest.mark.process
PATIENCE_S = 30


def finished(question: Question) -> Question:
    assert question.done.wait(PATIENCE_S)
    return question


def begin_endless(begun: int) -> None:
    """Tells its process's number, and goes on in C for ever with the GIL held."""
    os.write(begun, b"%10d" % os.getpid())
    sum(iter(int, 1))


def test_an_answer_stays_until_it_is_asked_for() -> None:
    questions = Questions()
    question = finished(questions.ask("key", lambda: 42))
    assert (question.progress, question.answer, questions.find("key")) == (Progress.DONE, 42, question)
    assert questions.ask("key", lambda: 43) is question


def test_it_is_answered_in_a_copy_that_shares_what_is_there_and_changes_nothing_of_it() -> None:
    numbers = np.arange(1_000_000)

    def work() -> tuple[int, int, int]:
        numbers[0] += 1
        return os.getpid(), int(numbers.sum()), len(os.listdir("/proc/self/fd"))

    process, total, descriptors = finished(Questions().ask("key", work)).answer
    assert (process != os.getpid(), total, numbers[0]) == (True, 499_999_500_001, 0)
    assert descriptors == 5  # the standard streams, its pipe, and that of the listing itself


def test_a_large_answer_arrives_whole() -> None:
    found = finished(Questions().ask("key", lambda: np.arange(3_000_000))).answer
    assert np.array_equal(found, np.arange(3_000_000))


def test_what_goes_wrong_is_a_sentence_and_may_be_asked_again() -> None:
    def refuse() -> None:
        raise UsageError("no", "Try another.")

    def fail() -> None:
        raise RuntimeError("/secret/path")

    questions = Questions()
    assert finished(questions.ask("key", refuse)).problem == "no. Try another."
    assert "/secret" not in finished(questions.ask("key", fail)).problem
    assert finished(questions.ask("key", lambda: 1)).answer == 1


@pytest.mark.parametrize(
    ("ending", "said"), [(signal.SIGKILL, "enough memory"), (signal.SIGSEGV, "code -11")]
)
def test_where_its_process_is_ended_the_viewer_says_so_and_goes_on(ending: int, said: str) -> None:
    questions = Questions()
    question = finished(questions.ask("key", lambda: os.kill(os.getpid(), ending)))
    assert (question.progress, said in question.problem) == (Progress.FAILED, True)
    assert finished(questions.ask("next", lambda: 1)).answer == 1


def test_where_no_process_can_be_had_it_is_answered_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", refuse)
    assert finished(Questions().ask("key", os.getpid)).answer == os.getpid()


def test_a_cancelled_one_ends_whatever_it_does_and_the_next_begins() -> None:
    questions = Questions()
    out, into = os.pipe()
    try:
        # Through /proc, for the copy keeps no other descriptor.
        place = f"/proc/{os.getpid()}/fd/{into}"
        question = questions.ask("key", lambda: begin_endless(os.open(place, os.O_WRONLY)))
        waiting = questions.ask("next", lambda: 1)
        process = int(os.read(out, 10))
        assert (question.progress, waiting.progress) == (Progress.RUNNING, Progress.WAITING)
        questions.cancel("key")
        assert questions.find("key") is None
        assert (finished(question).progress, question.answer) == (Progress.CANCELLED, None)
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
        assert finished(waiting).answer == 1
    finally:
        os.close(out)
        os.close(into)


def test_one_that_was_cancelled_before_its_turn_is_never_begun(tmp_path: Path) -> None:
    questions, mark = Questions(), tmp_path / "begun"
    questions.ask("first", lambda: sum(iter(int, 1)))
    second = questions.ask("second", mark.touch)
    questions.cancel("second")
    questions.cancel("first")
    finished(second)
    assert not mark.exists()


def test_what_it_computes_is_not_stored(tmp_path: Path) -> None:
    place = tmp_path / "cache"
    place.mkdir(0o700)
    with Cabinet(place, 10**9, lambda _: None, least_bytes=0) as cabinet:
        graph = load(read_snapshot(write_snapshot(tmp_path, SHOP_BEFORE)), cabinet=cabinet)
        assert finished(Questions().ask("key", lambda: len(compute_routes(graph).via))).answer == len(graph)
    assert not [each.name for each in place.iterdir() if "routes" in each.name or each.suffix != ".stored"]


class Slow:
    """What another thread is just computing, of one object, the question needs of another."""

    def __init__(self, begun: Event, go_on: Event) -> None:
        self.begun, self.go_on = begun, go_on

    @cached_property
    def value(self) -> int:
        self.begun.set()
        assert self.go_on.wait(PATIENCE_S)
        return 1


def test_what_another_thread_is_computing_holds_nobody_up() -> None:
    begun, go_on, ready = Event(), Event(), Event()
    ready.set()
    one, other = Slow(begun, go_on), Slow(begun, ready)
    thread = Thread(target=lambda: one.value)
    thread.start()
    assert begun.wait(PATIENCE_S)
    assert finished(Questions().ask("key", lambda: other.value)).answer == 1
    go_on.set()
    thread.join()


@pytest.mark.slow
def test_old_answers_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(Questions._drop_oldest.__globals__, "MOST_KEPT", 2)
    questions = Questions()
    for number in range(4):
        finished(questions.ask(str(number), lambda: 0))
    assert [questions.find(str(number)) is None for number in range(4)] == [True, True, False, False]
