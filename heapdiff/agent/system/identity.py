"""Which process it is, for certain: numbers are given again, and each container counts its processes from 1.

A process is its number, its start, its PID namespace and the boot of its kernel. Written as one text, the same in names of
files and in snapshots, by the process itself; from outside the same is put together of what the system shows.
"""

import os
import re
from functools import cache
from typing import Final, NamedTuple

from heapdiff.agent.system.procfs import (
    PROC,
    ProcessState,
    read_below,
    read_fields,
    read_process,
    read_regular,
)

BOOT_ID: Final = "/sys/kernel/random/boot_id"
BOOT_DIGITS: Final = 12  # 48 random bits tell the machines apart that may share a directory
UNKNOWN: Final = "0"
FORM: Final = r"([0-9]{1,10})(?:-([0-9]{1,19})-([0-9]{1,19})-([0-9a-f]{1,32}))?"


class Identity(NamedTuple):
    """One process, with the number and the start that it has in its own namespaces.

    `namespace` is the inode of its PID namespace. Of what earlier versions wrote only the number is known, and `boot` is empty.
    """

    pid: int
    started_ticks: int = 0
    namespace: int = 0
    boot: str = ""

    def __str__(self) -> str:
        if not self.boot:
            return str(self.pid)
        return f"{self.pid}-{self.started_ticks}-{self.namespace}-{self.boot}"

    @property
    def place(self) -> tuple[int, str]:
        """Where its number means something: equal for processes that see each other under these numbers."""
        return self.namespace, self.boot


class Seen(NamedTuple):
    """A process as it is seen from here, and who it is."""

    state: ProcessState
    identity: Identity


def parse_identity(text: str) -> Identity | None:
    match = re.fullmatch(FORM, text)
    return (
        None
        if match is None
        else Identity(int(match[1]), int(match[2] or 0), int(match[3] or 0), match[4] or "")
    )


def own_identity() -> Identity:
    """This process's, as it sees itself. Right after a fork the child's."""
    state = read_process("self")
    return Identity(os.getpid(), state.started_ticks if state else 0, namespace_of("self") or 0, own_boot())


def see_process(pid: int) -> Seen | None:
    """The process that has this number here; None where there is none, or who it is may not be looked at."""
    numbers = numbers_of(pid)
    state = read_process(pid)
    if state is None:
        return None
    if len(numbers) < 2:
        return Seen(state, Identity(pid, state.started_ticks, namespace_of("self") or 0, own_boot()))
    namespace = namespace_of(pid)
    if namespace is None:
        return None
    ticks = state.started_ticks + clock_ahead(pid)
    return Seen(state, Identity(numbers[-1], ticks, namespace, boot_seen_by(pid)))


def numbers_of(pid: int | str) -> tuple[int, ...]:
    """The numbers of a process, from our PID namespace down to its own; empty where the system does not say (before 4.1)."""
    try:
        return tuple(map(int, read_fields(f"{PROC}/{pid}/status")["NSpid"].split()))
    except (KeyError, ValueError):
        return ()


def namespace_of(pid: int | str, kind: str = "pid") -> int | None:
    """The inode of a process's namespace; None where it may not be looked at, or there are none."""
    try:
        return os.stat(f"{PROC}/{pid}/ns/{kind}").st_ino
    except OSError:
        return None


@cache
def own_boot() -> str:
    return shorten(read_regular(PROC + BOOT_ID, 64))


def boot_seen_by(pid: int) -> str:
    """What a container takes for the boot: some (systemd-nspawn) are given one of their own, in their own file system."""
    content = read_below(f"{PROC}/{pid}/root", PROC + BOOT_ID, 64)
    return own_boot() if content is None else shorten(content)


def shorten(boot_id: bytes | None) -> str:
    digits = re.sub(rb"[^0-9a-f]", b"", boot_id or b"")[:BOOT_DIGITS].decode()
    return digits or UNKNOWN


def clock_ahead(pid: int) -> int:
    """By how many ticks a process in a time namespace sees every start later than we do."""
    return offset_of(pid) - offset_of("self")


def offset_of(pid: int | str) -> int:
    for line in (read_regular(f"{PROC}/{pid}/timens_offsets", 4096) or b"").splitlines():
        words = line.split()
        if words[:1] == [b"boottime"] and len(words) == 3:
            return (int(words[1]) * 10**9 + int(words[2])) * os.sysconf("SC_CLK_TCK") // 10**9
    return 0
