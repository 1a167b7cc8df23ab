"""A process that is held: its number cannot become another one's unnoticed, however long one thinks about it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from heapdiff.agent.system.identity import Seen, see_process
from heapdiff.agent.system.procfs import PROC, read_fields
from heapdiff.errors import ProcessError, reason_of
from heapdiff.remote.rights import Owner, owner_of_process

RESTART: Final = "Start it with heapdiff run, or add HeapDiff(app) and restart it."
ROOT: Final = "Run heapdiff as root, or start the process with heapdiff run."


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a process can't be attached to, and what to do, which is to restart it unless something else helps."""

    reason: str
    hint: str = RESTART

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class Held:
    """The process as it was found, and two descriptors of it that the kernel gives to no other one: a pidfd, and its
    directory in /proc, through which nothing is read or written once it has ended."""

    seen: Seen
    owner: Owner
    descriptor: int
    directory: int

    @property
    def pid(self) -> int:
        return self.seen.state.pid

    @property
    def entry(self) -> str:
        """Stands for its number below /proc."""
        return f"self/fd/{self.directory}"

    def is_here(self) -> bool:
        """Whether it still runs, and the number that we know is still its."""
        return number_of(self.descriptor) == self.pid

    def require(self) -> None:
        """Raise ProcessError unless it still runs, for the same user."""
        if not self.is_here() or (owner := owner_of_process(self.entry)) is None:
            raise ProcessError(f"process {self.pid}: it has ended", "Ask another process.")
        if owner != self.owner:
            raise ProcessError(
                f"process {self.pid}: it was user {self.owner.user}'s, and is user {owner.user}'s now, or in other groups",
                "Nothing was loaded into it. Repeat this if that is all right.",
            )

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
    directory = -1
    try:
        directory = os.open(f"{PROC}/{pid}", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        seen, owner = see_process(pid), owner_of_process(pid)
        if (
            seen is None
            or owner is None
            or not (process := Held(seen, owner, descriptor, directory)).is_here()
        ):
            raise FileNotFoundError
    except OSError as error:
        _close(descriptor, directory)
        raise ProcessError(f"process {pid}: it has ended", "Ask another worker.") from error
    try:
        yield process
    finally:
        _close(descriptor, directory)


def number_of(descriptor: int) -> int:
    """The number under which /proc shows the process; -1 once it has ended, 0 where it is not seen there."""
    return int(read_fields(f"/proc/self/fdinfo/{descriptor}").get("Pid", -1))


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        if descriptor >= 0:
            os.close(descriptor)
