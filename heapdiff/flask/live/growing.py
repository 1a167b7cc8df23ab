"""What grew: the worker's figures now beside those it began with, and the snapshots that are kept."""

from __future__ import annotations

import os
import stat
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heapdiff.agent.directory.access import refuse_directory
from heapdiff.agent.directory.names import SnapshotName, find_registered, find_snapshots, parse_name
from heapdiff.agent.directory.registry import AgentRecord, read_agent
from heapdiff.agent.system.procfs import owner_of, read_regular, read_resident_bytes
from heapdiff.fields import Fields, parse_fields

SUMMARY_MOST: Final = 4_000_000
SNAPSHOTS_MOST: Final = 30
SIBLINGS_MOST: Final = 64


@dataclass(frozen=True, slots=True)
class Figures:
    """What can be read of this process at no cost. `blocks`: pieces of memory that Python handed out, about one an object."""

    pid: int
    at_s: float
    rss_bytes: int
    blocks: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A snapshot in the directory; None where its summary doesn't say."""

    name: str
    captured_at: str
    label: str
    trigger: str
    rss_bytes: int | None
    objects: int | None
    bytes: int | None
    has_graph: bool


def figures_now() -> Figures:
    return Figures(os.getpid(), time.time(), read_resident_bytes() or 0, sys.getallocatedblocks())


_first: Figures | None = None


def remember_start() -> Figures:
    """The figures that this process began with: when the app was made, or in a worker forked later, when they were asked for."""
    global _first
    if _first is None or _first.pid != os.getpid():
        _first = figures_now()
    return _first


def siblings(directory: Path) -> list[AgentRecord]:
    """The workers of this user that have an agent in this directory, this one included."""
    if refuse_directory(directory) is not None:
        return []
    numbers = sorted({identity.pid for identity in find_registered(directory)})[:SIBLINGS_MOST]
    records = (read_agent(directory, pid) for pid in numbers if owner_of(pid) == os.geteuid())
    return [record for record in records if record is not None and record.is_alive()]


def kept_snapshots(directory: Path, pid: int) -> list[Kept]:
    """The newest ones of a process, oldest first."""
    if refuse_directory(directory) is not None:
        return []
    names = find_snapshots(directory, pid)[-SNAPSHOTS_MOST:]
    return [kept for name in names if (kept := read_kept(directory, name)) is not None]


def read_kept(directory: Path, name: SnapshotName) -> Kept | None:
    content = read_regular(directory / f"{name}.json", SUMMARY_MOST, (os.geteuid(),))
    try:
        summary = parse_fields(content or b"")
        memory, capture = summary.object("memory"), summary.object("capture")
        return Kept(
            str(name),
            summary.moment("captured_at"),
            summary.optional_text("label") or "",
            summary.text("trigger", ""),
            _amount(memory, "rss_bytes"),
            _amount(capture, "objects"),
            _amount(capture, "bytes"),
            summary.optional_object("graph") is not None,
        )
    except ValueError:
        return None


def _amount(fields: Fields, key: str) -> int | None:
    return fields.optional_integer(key)


def middle_of(directory: Path, before: Path, after: Path) -> Path | None:
    """Of one process's snapshots with a graph between two, the middle one: it tells a leak from a cache that still fills."""
    ends = parse_name(before.stem), parse_name(after.stem)
    if ends[0] is None or ends[1] is None or ends[0].pid != ends[1].pid:
        return None
    names = [each.name for each in kept_snapshots(directory, ends[0].pid) if each.has_graph]
    if before.stem not in names or after.stem not in names:
        return None
    first, last = sorted((names.index(before.stem), names.index(after.stem)))
    return path_of(directory, names[(first + last + 1) // 2]) if last - first > 1 else None


def path_of(directory: Path, name: str) -> Path | None:
    """The `.json` of a snapshot in the directory, for a name from outside; None for anything else."""
    parsed = parse_name(name)
    if parsed is None or refuse_directory(directory) is not None:
        return None
    path = directory / f"{parsed}.json"
    try:
        return path if stat.S_ISREG(os.lstat(path).st_mode) else None
    except OSError:
        return None
