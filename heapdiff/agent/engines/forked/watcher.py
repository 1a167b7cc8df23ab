"""Runs a Python engine: a signal or a call wakes a watcher thread, which forks a child that captures.

The fork never happens in the signal handler: hooks of the application run at a Python fork, and may
wait for a lock that the interrupted code holds.
"""

import contextlib
import itertools
import json
import logging
import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from heapdiff.agent.engines.contract import ArmResult, Status, Wish
from heapdiff.agent.engines.forked.attempt import Attempts, Configuration, Order
from heapdiff.agent.engines.forked.calls import CallCounter
from heapdiff.agent.engines.forked.child import Capture
from heapdiff.agent.engines.forked.child_process import is_capture_fork
from heapdiff.agent.engines.forked.door import Doorkeeper
from heapdiff.agent.engines.forked.triggers import TriggerRules, Triggers
from heapdiff.agent.engines.forked.watch import BY_CALL, BY_SIGNAL, NOTHING, STOP, Watch
from heapdiff.agent.engines.headroom import Needs
from heapdiff.agent.system.descriptors import give_up_descriptors
from heapdiff.agent.system.masking import start_thread
from heapdiff.agent.system.unpatched import original
from heapdiff.agent.writing.job import Served
from heapdiff.deployment import NOT_TOLD, Deployment
from heapdiff.errors import reason_of

BY_RULE: Final = b"r"
POLL_S: Final = 0.005
ENDING_S: Final = 1.0
MOMENT_S: Final = 0.2
AUTOMATIC: Final = frozenset(("threshold", "requests", "timer", "exit"))

logger = logging.getLogger("heapdiff")

IDLE: Final[Status] = {
    "ticket": 0, "state": "idle", "name": "", "path": "", "error": "", "objects_so_far": 0, "objects": 0,
    "bytes": 0, "pause_ms": 0.0, "paused_ms": 0.0, "captured_at": 0.0, "walk_ms": 0.0, "child_private_bytes": 0,
    "captures": 0, "failures": 0, "refused": 0,
}  # fmt: skip


# what stays as it is while the next capture runs
LASTING: Final = ("objects", "bytes", "paused_ms", "captured_at", "captures", "failures", "refused")


class ForkedEngine:
    """An engine whose capture is a Python function that runs in a forked child."""

    def __init__(self, name: str, capture: Capture) -> None:
        self.name = name
        self._attempts = Attempts(name, capture)
        self._configuration: Configuration | None = None
        self._signal = 0
        self._counting = False
        self._calls = CallCounter()
        self.count_call = self._calls.count
        self._door = Doorkeeper(self, self._counted)
        self._rules = TriggerRules()
        self._settle: Callable[[], None] | None = None
        self._early_in = 0
        self._forget()
        os.register_at_fork(after_in_child=self._after_fork)

    def _forget(self) -> None:
        """A new process starts with its own pipe, thread and lock."""
        self._pid = os.getpid()
        self._pipe: tuple[int, int] | None = None
        self._busy = original("_thread", "allocate_lock")()
        self._stopped = original("_thread", "allocate_lock")()
        self._order: Order | None = None
        self._status: Status = {**IDLE}
        self._said_busy = 0
        self._served = itertools.count(1)
        self._requests = 0
        self._calls.forget()
        self._triggers = Triggers(self._rules, time.monotonic(), 0)
        self._attempts.forget()

    def configure(
        self,
        directory: str,
        keep: int,
        deadline_s: float,
        version: str,
        server: str,
        argv_json: str,
        started_at: str,
        host: str,
        identity: str,
        hashes: bool = True,  # noqa: ARG002
        deployment: Deployment = NOT_TOLD,
    ) -> None:
        argv = tuple(str(word) for word in json.loads(argv_json))
        self._configuration = Configuration(
            Path(directory), keep, deadline_s, version, server, argv, started_at, host, identity, deployment
        )

    def automate(
        self,
        rss_bytes: int,
        rss_percent: int,
        every_s: int,
        every_requests: int,
        exit_s: int,
        interval_s: int,
    ) -> None:
        rules = TriggerRules(rss_bytes, rss_percent, every_s, every_requests, exit_s, interval_s)
        if rules != self._rules:
            self._rules = rules
            self._triggers = Triggers(rules, time.monotonic(), self._requests)
            if self._pipe is not None and self._pid == os.getpid():
                os.write(self._pipe[1], NOTHING)

    def bound(self, max_bytes: int, needs: Needs | None) -> None:
        self._attempts.max_bytes, self._attempts.needs = max_bytes, needs

    def sample(self, interval: int, seconds: int) -> str | None:  # noqa: ARG002
        return f"the {self.name} engine can't sample allocations"

    def unsample(self) -> None:
        return

    def hush(self, yes: bool) -> None:  # noqa: ARG002
        """It says nothing on standard error; what it says goes through `logging`."""
        return

    def before_exit(self) -> None:
        """Take the snapshot that was asked for, and stop: a subinterpreter that ends while a thread of it runs is fatal."""
        self._ask_last()
        ours = (self._pipe is not None and self._pid == os.getpid()) + self._door.is_open
        count, pause = original("_thread", "_count"), original("time", "sleep")
        left, last = count() - ours, time.monotonic() + ENDING_S
        self.stop()
        while ours and count() > left and time.monotonic() < last:
            pause(POLL_S)

    def _ask_last(self) -> None:
        """Ask and wait, up to the limit; the child has no more time than that either."""
        last = time.monotonic() + self._rules.exit_s
        if self._pid != os.getpid() or not self._triggers.allow_exit(time.monotonic()):
            return
        pause = original("time", "sleep")
        while not self._ask(Order("exit", Wish(), deadline_s=self._rules.exit_s)):
            if time.monotonic() >= last:
                return
            pause(POLL_S)
        while self._status["state"] == "running" and time.monotonic() < last:
            pause(POLL_S)

    def start(self) -> None:
        if self._pipe is not None and self._pid == os.getpid():
            return
        if self._pid != os.getpid():
            for descriptor in self._pipe or ():
                os.close(descriptor)
            self._forget()
        pipe = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(pipe[1], False)
        self._stopped.acquire()
        try:
            start_thread(self._watch, (pipe, self._stopped))
        except RuntimeError:  # an isolated subinterpreter has no threads
            self._stopped.release()
            os.close(pipe[0])
            os.close(pipe[1])
            raise
        self._pipe = pipe
        if self._early_in == self._pid:
            self._early_in = 0
            os.write(pipe[1], BY_SIGNAL)

    def follow_forks(self, settle: Callable[[], None]) -> None:
        self._settle = settle

    def _after_fork(self) -> None:
        """In a child; one of the application may be about to execute another program, or to end."""
        if not is_capture_fork():
            give_up_descriptors()
            if self._settle is not None:
                start_thread(self._live_a_moment, (self._settle,))

    def _live_a_moment(self, settle: Callable[[], None]) -> None:
        original("time", "sleep")(MOMENT_S)
        settle()

    def listen(self, directory: str, socket_name: str) -> str | None:
        self.start()
        return self._door.open(Path(directory), socket_name)

    def stop(self) -> None:
        self._settle = None
        self._door.close()
        if self._signal and signal.getsignal(self._signal) == self._on_signal:
            signal.signal(self._signal, signal.SIG_DFL)
        self._signal = 0
        if self._pipe is None or self._pid != os.getpid():
            return
        pipe, self._pipe = self._pipe, None
        os.write(pipe[1], STOP)
        with self._stopped:
            for descriptor in pipe:
                os.close(descriptor)

    def arm(self, signal_number: int) -> ArmResult:
        standing = signal.getsignal(signal_number)
        if standing == self._on_signal:
            self.start()
            self._signal = signal_number
            return "already"
        if standing not in (signal.SIG_DFL, signal.SIG_IGN):
            return "taken"
        self.arm_over(signal_number)
        return "armed"

    def arm_over(self, signal_number: int) -> None:
        self.start()
        signal.signal(signal_number, self._on_signal)
        signal.siginterrupt(signal_number, False)
        self._signal = signal_number

    def arm_beside(self, _signal_number: int) -> ArmResult:
        """Python cannot call a handler that is not its own."""
        return "taken"

    def armed(self) -> int:
        if self._pid != os.getpid() or not self._signal:
            return 0
        return self._signal if signal.getsignal(self._signal) == self._on_signal else 0

    def watch_handler(self, seconds: float) -> None:
        """Only the main thread can set a Python handler: the first request arms again what a server reset."""

    def request(
        self,
        trigger: str,
        label: str | None,
        directory: str | None,
        stem: str | None,
        graph: bool,
        values: bool = False,
        force: bool = False,
    ) -> int:
        self.start()
        place = None if directory is None else Path(directory)
        return self._ask(Order(trigger, Wish(graph, label, values, force), place, stem))

    def _ask(self, order: Order) -> int:
        pipe = self._pipe
        if pipe is None or not self._busy.acquire(False):
            self._status["refused"] += 1
            return 0
        self._order = order
        ticket = self._begin()
        os.write(pipe[1], BY_CALL)
        return ticket

    def status(self) -> Status:
        return self._status

    def count_request(self) -> None:
        self._requests = next(self._served)

    def start_counting(self) -> None:
        self._counting = True

    def requests(self) -> int:
        return self._requests

    def _counted(self) -> int | None:
        return self._requests if self._counting or self._requests else None

    def _count_served(self) -> Served:
        return self._calls.describe(self._counted())

    def _on_signal(self, _number: int, _frame: object) -> None:
        pipe = self._pipe
        if self._pid != os.getpid():
            self._early_in = os.getpid()  # forked, and not armed yet
        elif pipe is not None:
            with contextlib.suppress(OSError):
                os.write(pipe[1], BY_SIGNAL)

    def _begin(self) -> int:
        before = self._status
        kept = {key: before[key] for key in LASTING}
        status: Any = {**IDLE, **kept, "ticket": before["ticket"] + 1, "state": "running"}
        self._status = status
        return int(status["ticket"])

    def _watch(self, pipe: tuple[int, int], stopped: Any) -> None:
        """The watcher thread. Ends when it reads the word to stop; survives every failed capture."""
        try:
            while (word := self._next_word(pipe[0])) and word != STOP:
                if not self._obey(word, pipe[0]):
                    break
        except OSError as error:
            logger.warning("heapdiff: no more snapshots in process %d: %s", os.getpid(), reason_of(error))
        finally:
            stopped.release()

    def _next_word(self, wake: int) -> bytes:
        """The next order from the pipe; or BY_RULE, when a rule is due first."""
        poll = original("select", "poll")()
        poll.register(wake, select.POLLIN)
        while not poll.poll(self._triggers.wait_ms(time.monotonic())):
            trigger = self._triggers.due(time.monotonic(), self._requests)
            if trigger is not None and self._busy.acquire(False):
                self._order = Order(trigger, Wish())
                self._begin()
                return BY_RULE
        return os.read(wake, 1)

    def _obey(self, word: bytes, wake: int) -> bool:
        """Carry out one order; False when the watcher was told to stop meanwhile."""
        if word == BY_SIGNAL and not self._accept_signal():
            return True
        order, self._order = self._order, None
        if order is None:
            return True
        served = self._requests  # those that come meanwhile count for the next
        try:
            watch = Watch(wake, self._status, self._answer_busy)
            known = replace(order, trigger_rss_bytes=self._triggers.threshold)
            error, go_on = self._attempts.take(known, self._configuration, self._count_served, watch)
        except Exception as failure:
            error, go_on = reason_of(failure), True
        if order.trigger in AUTOMATIC:
            self._triggers.answered(time.monotonic(), served)
        self._finish(error)
        return go_on

    def _accept_signal(self) -> bool:
        if not self._busy.acquire(False):
            self._answer_busy()
            return False
        self._begin()
        self._order = Order("signal", Wish())
        return True

    def _finish(self, error: str) -> None:
        status = self._status
        status["error"] = error
        status["paused_ms"] += status["pause_ms"]
        if not error:
            status["captured_at"] = time.time()
        status["captures" if not error else "failures"] += 1
        self._busy.release()
        status["state"] = "failed" if error else "done"  # last: who polls it must find nothing left open
        if error:
            logger.warning("heapdiff: no snapshot of process %d was written: %s", self._pid, error)

    def _answer_busy(self) -> None:
        """A signal gets no other answer, so the log has one; once a capture, however many come."""
        self._status["refused"] += 1
        if self._said_busy != self._status["ticket"]:
            self._said_busy = self._status["ticket"]
            logger.warning("heapdiff: process %d: a snapshot is already in progress", self._pid)
