"""A process that is held: its number cannot become another one's unnoticed, however long one thinks about it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from heapdiff.agent.system.identity import Seen, see_process
from heapdiff.agent.system.procfs import read_fields
from heapdiff.errors import ProcessError, reason_of


@dataclass(frozen=True, slots=True)
class Held:
    """The process as it was found, and a descriptor of it (pidfd), which the kernel gives to no other one."""

    seen: Seen
    descriptor: int

    def is_here(self) -> bool:
        """Whether it still runs, and the number that we know is still its."""
        return number_of(self.descriptor) == self.seen.state.pid

    def send(self, number: int) -> None:
        """Signal this process, or none. Raises OSError."""
        signal.pidfd_send_signal(self.descriptor, number)


@contextmanager
def held(pid: int) -> Iterator[Held]:
    """Raises ProcessError where there is no such process, or it may not be looked at."""
    try:
        descriptor = os.pidfd_open(pid)
    except OSError as error:
        raise ProcessError(f"process {pid}: {reason_of(error)}", "Ask another worker.") from error
    try:
        seen = see_process(pid)
        if seen is None or not (process := Held(seen, descriptor)).is_here():
            raise ProcessError(f"process {pid}: it has ended", "Ask another worker.")
        yield process
    finally:
        os.close(descriptor)


def number_of(descriptor: int) -> int:
    """The number under which /proc shows the process; -1 once it has ended, 0 where it is not seen there."""
    return int(read_fields(f"/proc/self/fdinfo/{descriptor}").get("Pid", -1))
