"""Whether a file may be mapped: where another machine may shorten it, a look at its memory would kill the process."""

from __future__ import annotations

import os
import re
from typing import Final

MOUNTS: Final = "/proc/self/mountinfo"
LOCAL: Final = frozenset(
    ("bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "overlay", "ramfs", "tmpfs", "xfs", "zfs")
)


def is_local(path: str) -> bool:
    """Whether a path is on a file system of this machine; False where that can't be told."""
    try:
        with open(MOUNTS, encoding="utf-8", errors="surrogateescape") as file:
            return kind_of(os.path.realpath(path), file.read()) in LOCAL
    except OSError:
        return False


def kind_of(path: str, mounts: str) -> str:
    """The type of the file system that a path is on, from the kernel's table of mounts; of two at one place the later counts."""
    kind, longest = "", -1
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        place = _unescape(fields[4]) if len(fields) > 4 else ""
        inside = place and (path == place or path.startswith(place.rstrip("/") + "/"))
        if inside and len(place) >= longest:
            kind, longest = after.partition(" ")[0], len(place)
    return kind


def _unescape(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
