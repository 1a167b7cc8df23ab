"""The watcher's side of one capture: it waits for the child, hears how far it is, and reaps it."""

import contextlib
import json
import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from heapdiff.agent.engines.contract import Status
from heapdiff.agent.engines.forked.child import PAUSE, Capture
from heapdiff.agent.engines.forked.child_process import ChildProcess
from heapdiff.agent.system.descriptors import Descriptor, pipe
from heapdiff.agent.system.unpatched import original
from heapdiff.agent.writing.job import Job

BY_SIGNAL: Final = b"s"
BY_CALL: Final = b"c"
STOP: Final = b"q"
NOTHING: Final = b"n"
GRACE_S: Final = 5.0
POLL_MS: Final = 1000
POLLIN: Final = select.POLLIN


@dataclass(frozen=True, slots=True)
class Watch:
    """What the watcher listens to and keeps up to date while a child works. `wake` is its own pipe."""

    wake: int
    status: Status
    answer_busy: Callable[[], None]


class CaptureProcess:
    """A child that walks and writes for one job. `stopped`: the watcher was told to stop meanwhile."""

    def __init__(self, job: Job, capture: Capture, deadline_s: float) -> None:
        self.stopped = False
        self._child = ChildProcess(job, capture, deadline_s)
        self._pid = 0
        self._ending: int | None = None
        self._said = b""
        self._result: dict[str, Any] | None = None

    def run(self, watch: Watch) -> str:
        """Fork, wait, reap; the reason why it failed, or an empty text."""
        with pipe() as (told, tell), pipe() as (pause_out, pause_in):
            self._pid, watch.status["pause_ms"] = self._child.fork(tell.number, pause_out.number)
            tell.close()
            os.write(pause_in.number, PAUSE.pack(watch.status["pause_ms"]))
            try:
                self._wait(told, watch)
            finally:
                self._reap()
        return self._judge(watch.status)

    def _wait(self, told: Descriptor, watch: Watch) -> None:
        """Until the child is done, gone or late."""
        poll = original("select", "poll")()
        poll.register(told.number, POLLIN)
        poll.register(watch.wake, POLLIN)
        last = time.monotonic() + self._child.deadline_s + GRACE_S
        while time.monotonic() < last:
            ready = {descriptor for descriptor, _ in poll.poll(POLL_MS)}
            if watch.wake in ready:
                word = os.read(watch.wake, 1)
                if word == STOP:
                    self.stopped = True
                    return
                if word != NOTHING:
                    watch.answer_busy()
            if told.number in ready and not self._listen(told, watch.status):
                return
            if not ready and self._has_ended(os.WNOHANG):
                return

    def _listen(self, told: Descriptor, status: Status) -> bool:
        """Read what the child says; False when that was its last word."""
        part = os.read(told.number, 65536) if told.is_ours() else b""
        *lines, self._said = (self._said + part).split(b"\n")
        for line in lines:
            if line.isdigit():
                status["objects_so_far"] = int(line)
            else:
                self._result = json.loads(line)
        return bool(part) and self._result is None

    def _reap(self) -> None:
        if self._result is None and not self._has_ended(os.WNOHANG):
            with contextlib.suppress(OSError):
                os.kill(self._pid, signal.SIGKILL)
        self._has_ended(0)

    def _has_ended(self, options: int) -> bool:
        """Whether the child is reaped, by us or by an application that waits for every child."""
        if self._ending is None:
            try:
                pid, ending = original("os", "waitpid")(self._pid, options)
            except ChildProcessError:
                pid, ending = self._pid, 0
            self._ending = ending if pid else None
        return self._ending is not None

    def _judge(self, status: Status) -> str:
        result = self._result
        if result is not None and "error" not in result:
            status["objects"] = status["objects_so_far"] = int(result["objects"])
            status["bytes"] = int(result.get("bytes", 0))
            status["walk_ms"] = float(result["walk_ms"])
            status["child_private_bytes"] = int(result["child_private_bytes"])
            return ""
        if result is not None:
            return str(result["error"])
        if self.stopped:
            return "the agent was stopped"
        number = os.WTERMSIG(self._ending) if self._ending and os.WIFSIGNALED(self._ending) else 0
        if number in (0, signal.SIGALRM):
            return f"the capture didn't finish within {self._child.deadline_s:g} s"
        name = signal.Signals(number).name
        return f"the capturing child was killed by {name}" + (
            " (out of memory?)" if name == "SIGKILL" else ""
        )
