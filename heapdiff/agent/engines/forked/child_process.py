"""Forks the child that captures, and is that child from its first step to its last.

Knows a fork of its own from the application's.
"""

import json
import os
import time
import warnings
from dataclasses import dataclass
from typing import Final, NoReturn

from heapdiff.agent.engines.forked.child import Capture, Parent, settle
from heapdiff.agent.system.threads import RunningThreads, look_at_threads
from heapdiff.agent.system.unpatched import original
from heapdiff.agent.writing.job import Job
from heapdiff.errors import reason_of

OWN_MODULE: Final = __name__.replace(".", r"\.")  # a fork of a process with threads warns since 3.12

forking_thread: int | None = None


def is_capture_fork() -> bool:
    """Whether the fork that this hook belongs to is one of ours: the child must be left alone."""
    return bool(forking_thread == original("_thread", "get_ident")())


@dataclass(frozen=True, slots=True)
class ChildProcess:
    """What the child is to do, and how long it may take."""

    job: Job
    capture: Capture
    deadline_s: float

    def fork(self, tell: int, pause_out: int) -> tuple[int, float]:
        """Start the child: its number, and milliseconds that this process stood still."""
        global forking_thread
        fork = original("os", "fork")
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=OWN_MODULE)
        forking_thread = original("_thread", "get_ident")()
        before = time.perf_counter()
        try:
            threads = look_at_threads()
            pid: int = fork()
            if pid == 0:
                self._run(threads, tell, pause_out)
            return pid, (time.perf_counter() - before) * 1000
        finally:
            forking_thread = None

    def _run(self, threads: RunningThreads, tell: int, pause_out: int) -> NoReturn:
        try:
            try:
                settle(self.deadline_s, (tell, pause_out))
                result = self.capture(self.job, threads, Parent(tell, pause_out))
            except (OSError, MemoryError) as error:
                result = {"error": reason_of(error)}
            except BaseException as error:
                result = {"error": f"{type(error).__name__}: {error}"}
            os.write(tell, json.dumps(result).encode() + b"\n")
        finally:
            os._exit(0)
