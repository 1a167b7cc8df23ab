"""Removes the oldest snapshots, so that the directory stays within its count and its bytes.

Twin of `native/directory/pruning.c`. Never removes the last snapshot of a process that runs, what another user owns,
or a file that is no snapshot.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heapdiff.agent.directory.names import PARTIAL, SnapshotName, find_snapshots, parse_name, sanitize_host

SUMMARY_START: Final = b'{"schema":"snapshot/'
STALE_S: Final = 3600


@dataclass(frozen=True, slots=True)
class PruningRules:
    """`keep` snapshots of this process; `max_bytes` of all this user's of this host, 0: no limit."""

    host: str
    pid: int
    keep: int
    max_bytes: int = 0


def prune_snapshots(directory: Path, rules: PruningRules) -> None:
    remove_stale(directory, rules.host)
    sizes = {
        name: size
        for name in find_snapshots(directory)
        if name.host == sanitize_host(rules.host) and (size := measure(directory, name)) is not None
    }
    own = [name for name in sizes if name.pid == rules.pid]
    for name in own[: -rules.keep]:
        remove(directory, name)
        del sizes[name]
    if rules.max_bytes:
        keep_bytes(directory, sizes, rules.max_bytes)


def keep_bytes(directory: Path, sizes: dict[SnapshotName, int], limit: int) -> None:
    """Oldest first; the newest of all stays in any case."""
    total = sum(sizes.values())
    last = {name.pid: name for name in sizes}
    for name in list(sizes)[:-1]:
        if total <= limit:
            return
        if last[name.pid] != name or not runs(name.pid):
            remove(directory, name)
            total -= sizes[name]


def measure(directory: Path, name: SnapshotName) -> int | None:
    """Bytes of both files, or None when the summary is not ours to remove."""
    size = own_bytes(directory / f"{name}.json")
    if size is None or not is_summary(directory / f"{name}.json"):
        return None
    return size + (own_bytes(directory / f"{name}.heap") or 0)


def own_bytes(path: Path) -> int | None:
    with contextlib.suppress(OSError):
        found = os.lstat(path)
        if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
            return found.st_size
    return None


def is_summary(path: Path) -> bool:
    """Whether a file says that it is one of our summaries."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            return b"".join(os.read(descriptor, 64).split()).startswith(SUMMARY_START)
        finally:
            os.close(descriptor)
    return False


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def remove(directory: Path, name: SnapshotName) -> None:
    """The summary first: a graph alone is never taken for a complete snapshot."""
    for suffix in (".json", ".heap"):
        if own_bytes(directory / f"{name}{suffix}") is not None:
            with contextlib.suppress(OSError):
                os.unlink(directory / f"{name}{suffix}")


def remove_stale(directory: Path, host: str) -> None:
    """Half a snapshot whose process ended before it could clean up."""
    with contextlib.suppress(OSError):
        for entry in os.listdir(directory):
            match = PARTIAL.fullmatch(entry)
            name = parse_name(match[1]) if match else None
            if name is None or name.host != sanitize_host(host) or own_bytes(directory / entry) is None:
                continue
            if os.lstat(directory / entry).st_mtime + STALE_S < time.time() and not runs(name.pid):
                os.unlink(directory / entry)
