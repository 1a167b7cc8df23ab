"""What Linux says about a process: when it started, whose it is, its signals, its memory.

Every reader answers None where the system does not say; nothing raises.
"""

import os
import stat
import time
from collections.abc import Container
from typing import Final, Literal, NamedTuple

PROC: Final = "/proc"
TEXT_MOST: Final = 1 << 24  # 65,530 mappings of usual length are half of it
HIDDEN: Final = 1  # what stands for an address that the reader may not see


class ProcessState(NamedTuple):
    """Identity of a process beyond its number: numbers are reused, and `exec` keeps both number and start.

    `image` changes when the process executes another program; 0 where the system hides it. `state` is the kernel's letter.
    """

    pid: int
    started_ticks: int
    image: int
    parent: int
    state: str


class ResidentMemory(NamedTuple):
    """A process's memory in bytes."""

    rss_bytes: int
    pss_bytes: int | None
    private_bytes: int | None
    private_dirty_bytes: int | None = None
    shared_dirty_bytes: int | None = None


def read_text(path: str, most: int = TEXT_MOST) -> str | None:
    """A file of the kernel's; None where it can't be read, or is longer than any process makes it without meaning to."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        found = bytearray()
        while part := os.read(descriptor, 65536):
            found += part
            if len(found) > most:
                return None
        return found.decode("utf-8", "replace")
    except OSError:
        return None
    finally:
        os.close(descriptor)


def read_regular(
    path: str | os.PathLike[str], limit: int, owners: Container[int] | None = None
) -> bytes | None:
    """A regular file, up to `limit` bytes; None for one that is longer, or anything that `open_regular` refuses."""
    descriptor = open_regular(path, owners)
    if descriptor is None:
        return None
    try:
        return os.read(descriptor, limit) if os.fstat(descriptor).st_size <= limit else None
    except OSError:
        return None
    finally:
        os.close(descriptor)


def open_regular(path: str | os.PathLike[str], owners: Container[int] | None = None) -> int | None:
    """A descriptor of a regular file, of one of these users; follows no symbolic link.

    What stands there is looked at before it is opened: opening alone may wait (a pipe) or do something (a device).
    """
    try:
        place = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    try:
        found = os.fstat(place)
        if not stat.S_ISREG(found.st_mode) or not (owners is None or found.st_uid in owners):
            return None
        return os.open(f"{PROC}/self/fd/{place}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    finally:
        os.close(place)


def read_below(root: str, path: str, limit: int) -> bytes | None:
    """A short regular file below a root directory that another user may have prepared; None where there is none, a link leads
    to it, or not everybody may read it: whoever can mount something there can have named any file that root could open.
    """
    held: list[int] = []
    try:
        held.append(os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC))
        for part in path.strip("/").split("/"):
            held.append(os.open(part, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=held[-1]))
        found = os.fstat(held[-1])
        if not stat.S_ISREG(found.st_mode) or not found.st_mode & stat.S_IROTH:
            return None
        held.append(os.open(f"{PROC}/self/fd/{held[-1]}", os.O_RDONLY | os.O_CLOEXEC))
        return os.read(held[-1], limit) if found.st_size <= limit else None
    except OSError:
        return None
    finally:
        for descriptor in held:
            os.close(descriptor)


def read_process(pid: int | Literal["self"]) -> ProcessState | None:
    """None when there is no such process, or it has ended and waits to be reaped.

    Of its first thread, which started with it: qemu-user makes up `/proc/self/stat`, and then a process would see itself start
    at another moment than others see it.
    """
    first = os.getpid() if pid == "self" else pid
    text = read_text(f"{PROC}/{pid}/task/{first}/stat") or read_text(f"{PROC}/{pid}/stat")
    if text is None or ")" not in text:
        return None
    fields = text.rpartition(")")[2].split()
    if len(fields) < 26 or fields[0] in "ZX":
        return None
    image = int(fields[25])
    number = os.getpid() if pid == "self" else pid
    return ProcessState(number, int(fields[19]), image if image > HIDDEN else 0, int(fields[1]), fields[0])


def owner_of(pid: int | str) -> int | None:
    """The effective user of a process. Not the owner of its directory: that is root's after a setuid."""
    try:
        return int(read_fields(f"{PROC}/{pid}/status")["Uid"].split()[1])
    except (KeyError, ValueError, IndexError):
        return None


def catches_signal(pid: int, number: int) -> bool | None:
    """Whether a process has a handler for a signal now."""
    try:
        caught = int(read_fields(f"{PROC}/{pid}/status")["SigCgt"], 16)
    except (KeyError, ValueError):
        return None
    return bool(caught >> (number - 1) & 1)


def read_resident_bytes(pid: int | str = "self") -> int | None:
    """A process's resident memory. Cheap: the kernel keeps that number."""
    fields = (read_text(f"{PROC}/{pid}/statm") or "").split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") if len(fields) > 1 else None


def read_table_bytes(pid: int | str = "self") -> int:
    """A process's page tables, which a fork copies; 0 where the system does not say."""
    try:
        return kilobytes(read_fields(f"{PROC}/{pid}/status")["VmPTE"])
    except (KeyError, ValueError, IndexError):
        return 0


def read_memory(pid: int | str = "self") -> ResidentMemory | None:
    """Resident memory; proportional and private parts where the kernel offers the summed-up map (4.14 on)."""
    statm = read_text(f"{PROC}/{pid}/statm")
    if statm is None:
        return None
    resident = int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE")
    rollup = read_fields(f"{PROC}/{pid}/smaps_rollup")
    try:
        dirty, shared = kilobytes(rollup["Private_Dirty"]), kilobytes(rollup["Shared_Dirty"])
        private = kilobytes(rollup["Private_Clean"]) + dirty
        return ResidentMemory(kilobytes(rollup["Rss"]), kilobytes(rollup["Pss"]), private, dirty, shared)
    except (KeyError, ValueError):
        return ResidentMemory(resident, None, None)


def read_started_at() -> str:
    """When this process started, as UTC in ISO 8601, or an empty text."""
    state = read_process("self")
    if state is None:
        return ""
    boot = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)  # /proc/stat has it without its fraction
    return format_time(boot + state.started_ticks / os.sysconf("SC_CLK_TCK"))


def format_time(seconds: float) -> str:
    """A moment as the summary writes it: `2026-11-22T14:05:07.123456Z`."""
    whole, rest = divmod(round(seconds * 1_000_000), 1_000_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{rest:06}Z"


def now_text() -> str:
    return format_time(time.time())


def read_fields(path: str) -> dict[str, str]:
    lines = (line.partition(":") for line in (read_text(path) or "").splitlines())
    return {key: value.strip() for key, colon, value in lines if colon}


def kilobytes(text: str) -> int:
    return int(text.split()[0]) * 1024
