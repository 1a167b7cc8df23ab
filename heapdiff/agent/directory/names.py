"""The directory that snapshots go to: created private, checked before use; and the names of its files."""

from __future__ import annotations

import os
import re
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MAX_HOST: Final = 64
NAME: Final = re.compile(r"[A-Za-z0-9.-]{1,64}-[0-9]{1,10}-[0-9]{4,10}-[0-9]{8}T[0-9]{6}Z")


@dataclass(frozen=True, slots=True)
class SnapshotName:
    """`HOST-PID-SEQUENCE-UTCTIME`, taken apart. A host may contain dashes."""

    host: str
    pid: int
    sequence: int
    time: str

    def __str__(self) -> str:
        return f"{self.host}-{self.pid}-{self.sequence:04d}-{self.time}"


def default_directory() -> Path:
    """`heapdiff-UID` in the system's temporary directory."""
    import tempfile  # and with it random, hashlib and compression, which most hosts do without

    return Path(tempfile.gettempdir()) / f"heapdiff-{os.geteuid()}"


def prepare_directory(path: Path) -> str | None:
    """Create the directory if need be; None when it can be trusted, else the reason why it is refused."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        pass
    except (OSError, ValueError) as error:
        return f"{path} cannot be created ({reason_of(error)})"
    return refuse_directory(path)


def refuse_directory(path: Path) -> str | None:
    """Why files must not go there, or None: a real directory of ours that nobody else can write to."""
    try:
        found = os.lstat(path)
    except (OSError, ValueError) as error:
        return f"{path} cannot be used ({reason_of(error)})"
    if stat.S_ISLNK(found.st_mode):
        return f"{path} is a symbolic link; name the directory itself"
    if not stat.S_ISDIR(found.st_mode):
        return f"{path} is not a directory"
    if found.st_uid != os.geteuid():
        return f"{path} belongs to user {found.st_uid}, and this process is user {os.geteuid()}"
    if found.st_mode & 0o022:
        return f"{path} is writable by other users (mode {stat.S_IMODE(found.st_mode):04o}); chmod 700 it"
    if is_replaceable(path):
        return f"{path} can be replaced by other users: {path.parent} is writable by everybody; chmod o-w it"
    if not os.access(path, os.W_OK | os.X_OK):
        return f"{path} is not writable"
    return None


def is_replaceable(path: Path) -> bool:
    """Whether everybody may rename what stands in the directory above: it has no sticky bit, as `/tmp` has."""
    try:
        mode = os.stat(path / "..").st_mode
    except OSError:
        return False
    return bool(mode & stat.S_IWOTH) and not mode & stat.S_ISVTX


def reason_of(error: Exception) -> str:
    """What the system said, without the path that the message names already."""
    text = error.strerror if isinstance(error, OSError) else None
    return text or str(error) or type(error).__name__


def sanitize_host(host: str) -> str:
    """A host's name reduced to what a file's name may hold."""
    return re.sub(r"[^A-Za-z0-9.-]", "-", host)[:MAX_HOST].strip("-.") or "localhost"


def name_snapshot(host: str, pid: int, sequence: int, at_s: float) -> SnapshotName:
    return SnapshotName(
        sanitize_host(host), pid, sequence, time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at_s))
    )


def parse_name(stem: str) -> SnapshotName | None:
    """The parts of a snapshot's name, or None when it is none: nothing else is ever opened for a client."""
    if not NAME.fullmatch(stem) or not stem.isascii():
        return None
    host, pid, sequence, at = stem.rsplit("-", 3)
    return SnapshotName(host, int(pid), int(sequence), at)


def find_snapshots(directory: Path) -> list[SnapshotName]:
    """Complete snapshots, oldest first."""
    try:
        entries = os.listdir(directory)
    except OSError:
        return []
    names = (parse_name(entry.removesuffix(".json")) for entry in entries if entry.endswith(".json"))
    return sorted(
        (name for name in names if name is not None),
        key=lambda name: (name.time, name.sequence, name.pid, name.host),
    )


def remove_surplus(directory: Path, host: str, pid: int, keep: int) -> None:
    """Remove the oldest snapshots of one process beyond `keep`; summaries first, so none is left half."""
    own = [name for name in find_snapshots(directory) if name.pid == pid and name.host == sanitize_host(host)]
    for name in own[:-keep]:
        for suffix in (".json", ".heap"):
            try:
                os.unlink(directory / f"{name}{suffix}")
            except OSError:
                continue
