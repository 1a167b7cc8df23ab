"""When snapshots are taken, and that none is lost whatever happens on the way. Time goes by at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from heapdiff.cli.investigation.following import REPLACED_S, Course, Followed, Shot
from heapdiff.errors import BusyError, HeapdiffError, ProcessError
from tests.cli.investigation.clocks import PlannedClock, interrupt

MINUTES = 300.0


@dataclass
class Stage:
    """Processes as the test has them behave: who is gone, who comes after whom, what a capture of which number does."""

    clock: PlannedClock
    gone: set[int] = field(default_factory=set)
    killed: set[int] = field(default_factory=set)
    successors: dict[int, int] = field(default_factory=dict)
    captures: dict[tuple[int, int], Callable[[], object]] = field(default_factory=dict)
    served: dict[int, int] = field(default_factory=dict)
    said: list[tuple[Any, ...]] = field(default_factory=list)

    def take(self, process: Followed, number: int) -> Shot:
        if process.pid in self.gone:
            raise ProcessError("it ended meanwhile")
        self.captures.get((process.pid, number), lambda: None)()
        requests = self.served.get(process.pid, number)
        summary = SimpleNamespace(process=SimpleNamespace(requests=requests))
        return cast("Shot", SimpleNamespace(requests=summary.process.requests, at=self.clock.now()))

    def is_alive(self, process: Followed) -> bool:
        return process.pid not in self.gone

    def was_killed(self, process: Followed) -> bool:
        return process.pid in self.killed

    def find_successor(self, process: Followed) -> int | None:
        return self.successors.get(process.pid)

    def taken(self, process: Followed, number: int) -> None:
        self.said.append(("taken", process.pid, number, self.clock.now()))

    def failed(self, process: Followed, error: HeapdiffError) -> None:
        self.said.append(("failed", process.pid, str(error)))

    def ended(self, process: Followed) -> None:
        self.said.append(("ended", process.pid, self.clock.now()))

    def idle(self, process: Followed) -> None:
        self.said.append(("idle", process.pid))

    def interrupted(self, lacking: bool) -> None:
        self.said.append(("interrupted", lacking))

    @contextmanager
    def waiting(self, number: int, seconds: float) -> Iterator[Callable[[float], None]]:
        self.said.append(("waiting", number, seconds))
        yield lambda _left: None


def course(
    *pids: int, plan: Mapping[float, Callable[[], object]] | None = None, seconds: float = MINUTES
) -> tuple[Course, Stage]:
    stage = Stage(PlannedClock(plan))
    agents = [cast("Any", SimpleNamespace(pid=pid)) for pid in pids]
    return Course([Followed(agent, 1) for agent in agents], seconds, stage.clock, stage, stage), stage


def taken(stage: Stage) -> list[tuple[int, int, float]]:
    return [tuple(each[1:]) for each in stage.said if each[0] == "taken"]


def test_snapshots_are_taken_at_once_in_the_middle_and_at_the_end() -> None:
    made, stage = course(7)
    assert made.run() is False
    assert taken(stage) == [(7, 1, 0.0), (7, 2, 150.0), (7, 3, 300.0)]
    assert [each for each in stage.said if each[0] == "waiting"] == [
        ("waiting", 2, 150.0),
        ("waiting", 3, 150.0),
    ]


def test_processes_are_asked_one_after_the_other_and_what_that_takes_moves_no_later_one() -> None:
    made, stage = course(7, 8)
    stage.captures[7, 1] = lambda: stage.clock.wait(20.0)
    made.run()
    assert taken(stage) == [
        (7, 1, 20.0), (8, 1, 20.0), (7, 2, 150.0), (8, 2, 150.0), (7, 3, 300.0), (8, 3, 300.0),
    ]  # fmt: skip


def test_captures_that_take_longer_than_the_interval_follow_each_other() -> None:
    made, stage = course(7, seconds=1.0)
    stage.captures = {(7, number): lambda: stage.clock.wait(9.0) for number in (1, 2, 3)}
    made.run()
    assert taken(stage) == [(7, 1, 9.0), (7, 2, 18.0), (7, 3, 27.0)]


@pytest.mark.parametrize(
    ("moment", "numbers", "lacking"), [(10.0, [1, 2], True), (149.0, [1, 2], True), (200.0, [1, 2], False)]
)
def test_an_interrupt_ends_the_wait_and_takes_one_more_only_where_nothing_could_be_compared(
    moment: float, numbers: list[int], lacking: bool
) -> None:
    made, stage = course(7, plan={moment: interrupt})
    assert made.run() is True
    assert [number for _, number, _ in taken(stage)] == numbers
    assert len(made.processes[0].shots) == 2
    assert ("interrupted", lacking) in stage.said


def test_a_second_interrupt_leaves_what_there_is() -> None:
    made, stage = course(7, 8, plan={10.0: interrupt})
    stage.captures[8, 2] = interrupt
    assert made.run() is True
    assert [len(each.shots) for each in made.processes] == [2, 1]


def test_an_interrupt_during_a_capture_loses_none_of_those_before() -> None:
    made, stage = course(7, 8)
    stage.captures[8, 2] = interrupt
    assert made.run() is True
    assert [len(each.shots) for each in made.processes] == [2, 1], "the last one is interrupted, too"


def test_an_interrupt_before_there_is_anything_is_one() -> None:
    made, stage = course(7)
    stage.captures[7, 1] = interrupt
    with pytest.raises(KeyboardInterrupt):
        made.run()
    assert stage.said == []


def test_one_that_ends_is_asked_no_more_and_the_others_go_on() -> None:
    made, stage = course(7, 8)
    stage.clock.plan[160.0] = lambda: stage.gone.add(7)
    made.run()
    assert [len(each.shots) for each in made.processes] == [2, 3]
    assert ("ended", 7, 160.0) in stage.said
    assert stage.clock.now() == MINUTES


def test_once_all_have_ended_nobody_is_waited_for_but_a_successor() -> None:
    made, stage = course(7)
    stage.clock.plan[160.0] = lambda: stage.gone.add(7)
    stage.clock.plan[164.0] = lambda: stage.successors.update({7: 9})
    made.run()
    assert made.processes[0].successor == 9
    assert stage.clock.now() <= 166.0


def test_a_successor_that_does_not_come_is_not_waited_for_long() -> None:
    made, stage = course(7)
    stage.clock.plan[160.0] = lambda: stage.gone.add(7)
    made.run()
    assert made.processes[0].successor is None
    assert stage.clock.now() <= 160.0 + REPLACED_S + 1


def test_one_that_ends_during_its_capture_has_ended() -> None:
    made, stage = course(7)

    def end() -> None:
        stage.gone.add(7)
        fail()

    stage.captures[7, 2] = end
    made.run()
    assert [each[0] for each in stage.said] == ["taken", "waiting", "ended"]
    assert made.processes[0].ended


def test_a_capture_that_fails_is_told_and_the_next_one_is_taken_all_the_same() -> None:
    made, stage = course(7)
    stage.captures[7, 2] = fail
    made.run()
    assert [number for _, number, _ in taken(stage)] == [1, 3]
    assert ("failed", 7, "a snapshot is already in progress") in stage.said


def test_without_any_first_snapshot_nothing_is_waited_for() -> None:
    made, stage = course(7)
    stage.captures[7, 1] = fail
    assert made.run() is False
    assert stage.clock.now() == 0.0


def test_that_no_requests_come_is_told_while_there_is_time_to_send_some() -> None:
    made, stage = course(7, 8)
    stage.served[7] = 100
    made.run()
    assert [each for each in stage.said if each[0] == "idle"] == [("idle", 7)]
    assert stage.said.index(("idle", 7)) < stage.said.index(("waiting", 3, 150.0))


def fail() -> None:
    raise BusyError("a snapshot is already in progress")
