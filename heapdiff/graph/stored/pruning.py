"""Which files stand in the directory, what they are of, and which go when there are too many. Touches no other names."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Final

from heapdiff.graph.stored.reading import open_stored, read_heading

NAME: Final = re.compile(r"[0-9a-f]{1,16}-[0-9a-f]{1,16}-[0-9a-f]{8}-[0-9a-f]{16}\.[a-z-]{1,40}\.stored")
PARTIAL: Final = re.compile(r"\..{1,160}\.stored\.[0-9]+-[0-9a-f]{8}\.partial")
MOST_ENTRIES: Final = 100_000
STALE_S: Final = 3600  # no write takes that long
LEAST_FREE_BYTES: Final = 10**9
LEAST_FREE_SHARE: Final = 20  # a twentieth of the disk


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in the directory; `used_s`: when it was written or read last."""

    file: str
    bytes: int
    used_s: float


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The same, and what it says it holds: `name`, computed from `snapshot`. Both are empty for one that nobody will believe."""

    entry: Entry
    name: str = ""
    snapshot: str = ""


def list_entries(directory: int) -> list[Entry]:
    """The files that heapdiff wrote there, half-written ones too, oldest use first."""
    return sorted(_find(directory), key=lambda entry: (entry.used_s, entry.file))


def _find(directory: int) -> Iterator[Entry]:
    with os.scandir(directory) as entries:
        for entry in islice(entries, MOST_ENTRIES):
            if NAME.fullmatch(entry.name) or PARTIAL.fullmatch(entry.name):
                with suppress(OSError):  # another command may just have pruned it
                    found = entry.stat(follow_symlinks=False)
                    yield Entry(entry.name, found.st_blocks * 512 or found.st_size, found.st_mtime)


def describe_entries(directory: int) -> list[StoredFile]:
    """What is there, oldest use first."""
    return [_describe(directory, entry) for entry in list_entries(directory)]


def _describe(directory: int, entry: Entry) -> StoredFile:
    if not NAME.fullmatch(entry.file):
        return StoredFile(entry)
    try:
        descriptor, _ = open_stored(directory, entry.file)
        try:
            heading, _ = read_heading(descriptor)
        finally:
            os.close(descriptor)
    except (OSError, ValueError):
        return StoredFile(entry)
    return StoredFile(entry, heading.name, heading.snapshot)


def make_room(directory: int, file: str, wanted: int, bound: int) -> bool:
    """Whether a file of so many bytes may be written: no more than `bound` in all, and the disk must not be nearly full.

    Removes what was used longest ago, never what is of the same snapshot, and what an interrupted command left half-written.
    """
    disk = os.statvfs(directory)
    spare = max(LEAST_FREE_BYTES, disk.f_blocks * disk.f_frsize // LEAST_FREE_SHARE)
    if disk.f_bavail * disk.f_frsize - wanted < spare:
        return False
    entries, now = [entry for entry in list_entries(directory) if entry.file != file], time.time()
    left_over = [entry for entry in entries if PARTIAL.fullmatch(entry.file) and now - entry.used_s > STALE_S]
    others = [
        entry
        for entry in entries
        if NAME.fullmatch(entry.file) and snapshot_of(entry.file) != snapshot_of(file)
    ]
    total = sum(entry.bytes for entry in entries) + wanted
    if total - sum(entry.bytes for entry in (*left_over, *others)) > bound:
        return False
    for entry in (*left_over, *others):
        if entry in left_over or total > bound:
            total -= remove(directory, entry)
    return total <= bound


def snapshot_of(file: str) -> str:
    """What the names of all files of one snapshot begin with."""
    return file.partition(".")[0]


def remove(directory: int, entry: Entry) -> int:
    """How many bytes are gone. Whoever has mapped it keeps it until he ends."""
    try:
        os.unlink(entry.file, dir_fd=directory)
    except OSError:
        return 0
    return entry.bytes
