"""What is to be seen from here of other processes: under which numbers, and what of the disk they see themselves.

A container's processes have numbers and a `/tmp` of their own, and so has a service with systemd's PrivateTmp its `/tmp`.
"""

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from heapdiff.agent.directory.names import default_directory
from heapdiff.agent.system.identity import Identity, Seen, namespace_of, numbers_of, own_identity, see_process
from heapdiff.agent.system.procfs import read_text
from heapdiff.errors import ProcessError
from heapdiff.remote.rights import Owner, acting_as

MAX_PATH_BYTES: Final = 4095  # what is longer, the system opens nowhere
MAX_LINKS: Final = 40  # as many as the kernel follows
NOWHERE: Final = Path("/dev/null/heapdiff")  # in no root directory
MAX_PARTS: Final = 256  # each is looked at, and written out with those above it


class OpenRoot:
    """The root directory that a process sees, open as long as something in it is wanted.

    Through its descriptor it is reached with the rights of the process's user, too: `/proc/PID/root` often is not.
    """

    def __init__(self, pid: int) -> None:
        self.pid, self.descriptor = pid, -1
        self.descriptor = os.open(f"/proc/{pid}/root", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)

    def __del__(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)


@dataclass(frozen=True, slots=True)
class Folder:
    """A directory, as processes name it that see `root`; None: as we do."""

    path: Path
    root: OpenRoot | None = None

    @property
    def shown(self) -> Path:
        """As a person names it here."""
        return self.path if self.root is None else Path(f"/proc/{self.root.pid}/root{self.path}")

    @property
    def reached(self) -> Path:
        """As it is opened here, with whatever rights."""
        return self.path if self.root is None else Path(f"/proc/self/fd/{self.root.descriptor}{self.path}")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All processes that may be looked into, by their number here, and those that may not.

    `mounts`: whose files each sees. `inside`: who has a number in a container below us.
    """

    mounts: Mapping[int, int]
    inside: Mapping[int, list[int]]
    closed: frozenset[int]
    own: Identity = field(default_factory=own_identity)
    known: dict[int, Seen | None] = field(default_factory=dict)

    def find(self, identity: Identity) -> Iterator[Seen]:
        """The processes that may be the one. Of earlier versions' only the number is known."""
        numbers = [identity.pid] if identity.place == self.own.place or not identity.boot else []
        for pid in [*numbers, *self.inside.get(identity.pid, ())]:
            seen = self.see(pid)
            if seen is not None and (seen.identity == identity or Identity(seen.identity.pid) == identity):
                yield seen

    def see(self, pid: int) -> Seen | None:
        if pid not in self.known:
            self.known[pid] = see_process(pid)
        return self.known[pid]


def look_around() -> Surroundings:
    """One pass over all processes: two or three system calls for each."""
    mounts, inside, closed = {}, defaultdict(list), set()
    own = namespace_of("self")
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        mount, space = namespace_of(pid, "mnt"), namespace_of(pid)
        if mount is None or space is None:
            if read_text(f"/proc/{pid}/cmdline"):  # neither a thread of the kernel nor one that has ended
                closed.add(pid)
            continue
        mounts[pid] = mount
        if space != own and (numbers := numbers_of(pid)):
            inside[numbers[-1]].append(pid)
    return Surroundings(mounts, inside, frozenset(closed))


def paths_of(pid: int, user: int) -> list[Path]:
    """Where the agent of a process of this user registers it, as it writes it itself: where it is told, else by default."""
    theirs = environment_of(pid)
    default = default_of(theirs, user_inside(pid, user))
    told = theirs.get("HEAPDIFF_DIR")
    if told and told.startswith("~/"):
        told = theirs.get("HOME", "") + told[1:]
    known = [
        *([Path(told)] if told else []),
        default,
        default_directory().with_name(default.name),
    ]
    return list(dict.fromkeys(path for path in known if path.is_absolute() and is_reachable(str(path))))


def is_reachable(path: str) -> bool:
    """Whether a directory can have that name: it's the choice of whoever runs the process."""
    return len(path.encode("utf-8", "replace")) <= MAX_PATH_BYTES and path.count("/") <= MAX_PARTS


def default_of(theirs: Mapping[str, str], user: int) -> Path:
    """Where an agent registers a process with this environment that isn't told, and this user, as it sees him."""
    temporary = next((theirs[name] for name in ("TMPDIR", "TEMP", "TMP") if theirs.get(name)), "/tmp")
    return Path(temporary, f"heapdiff-{user}")


def fold(pid: int, path: Path, owner: Owner | None) -> Folder:
    """A directory as the process sees it, which is its owner's choice."""
    if path.is_absolute() and namespace_of(pid, "mnt") not in (None, namespace_of("self", "mnt")):
        with suppress(OSError):
            root = OpenRoot(pid)
            folder = Folder(follow_below(root, path, owner), root)
            return Folder(path) if is_ours(path, folder, owner) else folder
    return Folder(path)


def follow_below(root: OpenRoot, path: Path, owner: Owner | None) -> Path:
    """Where links lead in the eyes of the process: the kernel would follow one to `/etc` to ours, out of its container."""
    here, ahead, links = "", list(reversed(path.parts[1:])), 0
    with suppress(ProcessError), acting_as(owner):
        while ahead:
            part = ahead.pop()
            if part == "..":
                here = here.rpartition("/")[0]
                continue
            try:
                target = os.readlink(f"/proc/self/fd/{root.descriptor}{here}/{part}")
            except OSError:  # it's no link, or nothing is there
                here = f"{here}/{part}"
                continue
            links += 1
            if links > MAX_LINKS:
                return NOWHERE
            here = "" if target.startswith("/") else here
            ahead += reversed([each for each in target.split("/") if each not in ("", ".")])
        return Path(here or "/")
    return NOWHERE


def is_ours(path: Path, folder: Folder, owner: Owner | None) -> bool:
    """Whether we see the directory under the same name, which outlives the process's."""
    with suppress(OSError, ProcessError), acting_as(owner):
        return os.path.samestat(path.stat(), folder.reached.stat())
    return False


def user_inside(pid: int, user: int) -> int:
    """The number that a process's user has in its own user namespace, by which its default directory is named."""
    if namespace_of(pid, "user") in (None, namespace_of("self", "user")):
        return user
    for line in (read_text(f"/proc/{pid}/uid_map") or "").splitlines():
        inside, outside, count = map(int, line.split())
        if outside <= user < outside + count:
            return inside + user - outside
    return user


def environment_of(pid: int | str) -> dict[str, str]:
    entries = (read_text(f"/proc/{pid}/environ") or "").split("\0")
    return {name: value for name, equals, value in (entry.partition("=") for entry in entries) if equals}
