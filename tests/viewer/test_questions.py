"""Questions that take long: one thread, asked once, cancelled."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from heapdiff.errors import UsageError
from heapdiff.viewer.questions import MOST_KEPT, Progress, Question, Questions

PATIENCE_S = 30


def finished(question: Question) -> Question:
    assert question.done.wait(PATIENCE_S)
    return question


def test_an_answer_stays_until_it_is_asked_for() -> None:
    questions = Questions()
    question = finished(questions.ask("key", lambda _: 42))
    assert (question.progress, question.answer, questions.find("key")) == (Progress.DONE, 42, question)
    assert questions.ask("key", lambda _: 43) is question


def test_what_goes_wrong_is_a_sentence_and_may_be_asked_again() -> None:
    def refuse(_: Callable[[], None]) -> None:
        raise UsageError("no", "Try another.")

    def fail(_: Callable[[], None]) -> None:
        raise RuntimeError("/secret/path")

    questions = Questions()
    assert finished(questions.ask("key", refuse)).problem == "no. Try another."
    assert "/secret" not in finished(questions.ask("key", fail)).problem
    assert finished(questions.ask("key", lambda _: 1)).answer == 1


def test_a_cancelled_one_gives_no_answer_and_lets_the_next_begin() -> None:
    begun, go_on = Event(), Event()

    def work(check: Callable[[], None]) -> str:
        begun.set()
        assert go_on.wait(PATIENCE_S)
        check()
        return "nobody waits for this"

    questions = Questions()
    question = questions.ask("key", work)
    waiting = questions.ask("next", lambda _: 1)
    assert begun.wait(PATIENCE_S)
    assert (question.progress, waiting.progress) == (Progress.RUNNING, Progress.WAITING)
    questions.cancel("key")
    assert questions.find("key") is None
    go_on.set()
    assert (finished(question).progress, question.answer) == (Progress.CANCELLED, None)
    assert finished(waiting).answer == 1


def test_one_that_was_cancelled_before_its_turn_is_never_begun() -> None:
    go_on, ran = Event(), Event()
    questions = Questions()
    questions.ask("first", lambda _: go_on.wait(PATIENCE_S))
    second = questions.ask("second", lambda _: ran.set())
    questions.cancel("second")
    go_on.set()
    finished(second)
    assert not ran.is_set()


def test_old_answers_go() -> None:
    questions = Questions()
    for number in range(MOST_KEPT + 5):
        finished(questions.ask(str(number), lambda _: 0))
    assert questions.find("0") is None
    assert questions.find(str(MOST_KEPT + 4)) is not None
