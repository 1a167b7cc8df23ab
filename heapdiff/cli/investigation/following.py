"""When snapshots are taken of processes that are followed, and what happens if one ends or the user stops waiting.

Prints nothing and asks no process itself; time is the clock's that it's given.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from heapdiff.errors import HeapdiffError

if TYPE_CHECKING:
    from heapdiff.cli.processes.capturing import Written
    from heapdiff.remote.finding import Agent
    from heapdiff.snapshot import Snapshot

SHOTS: Final = 3  # tell a leak from a cache that is still filling
ENOUGH: Final = 2  # to compare
TICK_S: Final = 1.0
REPLACED_S: Final = 10.0  # by then a server has started another worker, which has got its agent


class Clock(Protocol):
    """Time, and how it goes by."""

    def now(self) -> float:
        """In seconds, from whenever."""

    def wait(self, seconds: float) -> None:
        """Raises KeyboardInterrupt if the user doesn't want to wait any longer."""


class SystemClock:
    def now(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Shot:
    """A snapshot that was taken: where it is for a person, and opened."""

    written: Written
    snapshot: Snapshot

    @property
    def requests(self) -> int | None:
        return self.snapshot.summary.process.requests


@dataclass(slots=True)
class Followed:
    """A process, the one that started it, what was taken of it, and the last reason why something wasn't.

    `ended_at`: when it was seen to be gone, by the clock; `killed`: the kernel killed one of its control group, out of memory;
    `deleted`: so many of its snapshots are gone again; `successor`: who started it has started this one since.
    """

    agent: Agent
    parent: int
    shots: list[Shot] = field(default_factory=list)
    error: HeapdiffError | None = None
    ended_at: float | None = None
    killed: bool = False
    deleted: int = 0
    successor: int | None = None

    @property
    def pid(self) -> int:
        return self.agent.pid

    @property
    def ended(self) -> bool:
        return self.ended_at is not None

    @property
    def is_idle(self) -> bool:
        """Whether it's known to have served nothing between its first snapshot and its last."""
        served = {shot.requests for shot in self.shots}
        return self.is_enough and len(served) == 1 and None not in served

    @property
    def is_enough(self) -> bool:
        """Whether there is something to compare."""
        return len(self.shots) >= ENOUGH


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How it was taken: over how many seconds, ended early or not, with samples or not, and with which `--dir`."""

    seconds: int
    interrupted: bool
    sampled: bool
    directory: Path | None


class Access(Protocol):
    """What is done with processes."""

    def take(self, process: Followed, number: int) -> Shot:
        """The snapshot with this number. Raises HeapdiffError."""

    def is_alive(self, process: Followed) -> bool: ...

    def was_killed(self, process: Followed) -> bool:
        """Whether the kernel has killed one of its control group for lack of memory since it's followed."""

    def find_successor(self, process: Followed) -> int | None: ...


class Audience(Protocol):
    """Whom it is told to as it happens."""

    def taken(self, process: Followed, number: int) -> None: ...
    def failed(self, process: Followed, error: HeapdiffError) -> None: ...
    def ended(self, process: Followed) -> None: ...
    def idle(self, process: Followed) -> None: ...
    def interrupted(self, lacking: bool) -> None:
        """`lacking`: of some process a last snapshot is taken, or there would be nothing to compare."""

    def waiting(self, number: int, seconds: float) -> AbstractContextManager[Callable[[float], None]]:
        """Shows, until the block ends, in how many seconds the next snapshot is due."""


@dataclass(frozen=True, slots=True)
class Course:
    """Snapshots of some processes over `seconds`: one at once, one in the middle, one at the end."""

    processes: Sequence[Followed]
    seconds: float
    clock: Clock
    access: Access
    audience: Audience

    def run(self) -> bool:
        """Take them, one process after the other; whether the user ended it early. What was taken is never lost.

        If he did before two were taken of a process, one more is taken now; if he does so once more, not even that.
        """
        try:
            self._go_through()
        except KeyboardInterrupt:
            if not any(each.shots for each in self.processes):
                raise
            lacking = [each for each in self._living if not each.is_enough]
            self.audience.interrupted(bool(lacking))
            with suppress(KeyboardInterrupt):
                self._take(lacking, ENOUGH)
            return True
        return False

    @property
    def _living(self) -> list[Followed]:
        return [each for each in self.processes if not each.ended]

    def _go_through(self) -> None:
        began = self.clock.now()
        for number in range(1, SHOTS + 1):
            self._wait_until(began + self.seconds * (number - 1) / (SHOTS - 1), number)
            self._take(self._living, number)
            if not any(each.shots for each in self.processes):
                return
        self._look_for_successors()

    def _take(self, processes: Sequence[Followed], number: int) -> None:
        for process in processes:
            try:
                shot = self.access.take(process, number)
            except HeapdiffError as error:
                process.error = error
                if self.access.is_alive(process):
                    self.audience.failed(process, error)
                else:
                    self._end(process)
                continue
            process.shots.append(shot)
            self.audience.taken(process, number)
            if number == ENOUGH and process.is_idle:
                self.audience.idle(process)

    def _wait_until(self, due: float, number: int) -> None:
        """Or until nobody is left to wait for."""
        left = due - self.clock.now()
        if left <= 0 or not self._living:
            return
        with self.audience.waiting(number, left) as show:
            while (left := due - self.clock.now()) > 0 and self._watch():
                show(left)
                self.clock.wait(min(left, TICK_S))

    def _watch(self) -> bool:
        """Look who has ended, and who has come in his place; whether there is anybody left."""
        for process in self.processes:
            if not process.ended and not self.access.is_alive(process):
                self._end(process)
            elif self._may_be_replaced(process):
                process.successor = self.access.find_successor(process)
        return bool(self._living)

    def _end(self, process: Followed) -> None:
        process.ended_at = self.clock.now()
        process.killed = self.access.was_killed(process)
        process.successor = self.access.find_successor(process)
        self.audience.ended(process)

    def _look_for_successors(self) -> None:
        """For as long as a server may take to start one; only now, where others were still waited for."""
        while any(map(self._may_be_replaced, self.processes)):
            self._watch()
            self.clock.wait(TICK_S)

    def _may_be_replaced(self, process: Followed) -> bool:
        waited = 0.0 if process.ended_at is None else self.clock.now() - process.ended_at
        return process.ended and process.successor is None and waited < REPLACED_S
