"""A comparison of snapshots in a process beside the worker that nobody waits for, bounded in time, memory and answer."""

import fcntl
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from heapdiff.beside.starting import COMMAND_LINE, Work, end, find_memory, start
from heapdiff.errors import CaptureError
from heapdiff.flask.apart.fresh import ANSWER_MOST
from heapdiff.flask.apart.questions import DEADLINE_S

PATIENCE_S: Final = 10 * DEADLINE_S  # it runs when nobody else wants to
CPU_S: Final = 2 * DEADLINE_S


@dataclass(slots=True)
class Comparison:
    """One that was begun: its process, what it has said, and when it's late."""

    process: subprocess.Popen[bytes]
    answer: BinaryIO
    late_at: float

    def poll(self) -> bytes | None:
        """Its answer; None while it runs. Raises CaptureError where there's none to come. Waits for nobody."""
        code = self.process.poll()
        if code is None and time.monotonic() < self.late_at:
            return None
        if code is None:
            self.end()
            raise CaptureError(f"comparing took more than {PATIENCE_S:g} s")
        with self.answer:
            if code:
                raise CaptureError(f"heapdiff compare ended with {code}")
            self.answer.seek(0)
            return self.answer.read(ANSWER_MOST)

    def end(self) -> None:
        end(self.process)
        self.answer.close()


def begin_comparison(directory: Path, paths: Sequence[str]) -> Comparison | None:
    """Compare these snapshots; None where another process of this directory compares just now. Raises HeapdiffError or OSError.

    The child has the directory locked as long as it lives, and no longer, whatever becomes of its parent.
    """
    work = Work(COMMAND_LINE, ("compare", *paths, "--format", "json"), find_memory())
    lock = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        return _start(directory, work, lock)
    finally:
        os.close(lock)


def _start(directory: Path, work: Work, lock: int) -> Comparison:
    answer = tempfile.TemporaryFile(dir=directory)  # noqa: SIM115
    try:
        process = start(
            work, stdin=subprocess.DEVNULL, stdout=answer, stderr=subprocess.DEVNULL, pass_fds=(lock,)
        )
    except BaseException:
        answer.close()
        raise
    for kind, bound in ((resource.RLIMIT_CPU, int(CPU_S)), (resource.RLIMIT_FSIZE, ANSWER_MOST)):
        with suppress(OSError, ValueError):  # it may have ended already
            resource.prlimit(process.pid, kind, (bound, bound))
    return Comparison(process, answer, time.monotonic() + PATIENCE_S)
