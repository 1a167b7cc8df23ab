"""Which snapshots a comparison for others is made from, and what it calls them: redacted copies, or the user's own by name."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from heapdiff.cli.comparison.comparing import Named
from heapdiff.errors import SnapshotError, UsageError

if TYPE_CHECKING:
    from heapdiff.snapshot import Snapshot


@contextmanager
def redacted_copies(
    opened: Sequence[Snapshot], redact: Callable[[Snapshot, Path], None]
) -> Iterator[list[Named]]:
    """Copies without the user's own names, as `redact` writes one, gone when the block ends: `snapshot-1.json` is the oldest.

    A snapshot that was named twice, as by both of its files, is one copy that is named twice. Of one whose graph can't be read,
    only the summary is copied, and the copy says why: it's in no other's way.
    """
    whole = {_which(each): each for each in sorted(opened, key=lambda each: each.heap is not None)}
    with TemporaryDirectory(prefix="heapdiff-redacted-") as folder:
        copies = {}
        for number, which in enumerate(sorted(whole), 1):
            with _needing_room(folder):
                copies[which] = _copy(whole[which], Path(folder, f"snapshot-{number}.json"), redact)
        yield [copies[_which(each)] for each in opened]


def _copy(snapshot: Snapshot, target: Path, redact: Callable[[Snapshot, Path], None]) -> Named:
    from heapdiff.snapshot import read_snapshot

    unread: Exception | None = None
    try:
        redact(snapshot, target)
    except (SnapshotError, MemoryError) as error:
        if snapshot.heap is None:
            raise
        unread = error
        redact(replace(snapshot, heap=None), target)
    return Named(read_snapshot(target), target.name, unread=unread)


@contextmanager
def _needing_room(folder: str) -> Iterator[None]:
    """The user has named no file here: a full disk is one that they choose in another way."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        where = os.path.dirname(folder)
        raise UsageError(
            f"{where}: too little room for redacted copies ({error.strerror})",
            "Free some space there, or set TMPDIR to a directory on another disk.",
        ) from error


def _which(snapshot: Snapshot) -> tuple[str, str]:
    return snapshot.summary.captured_at, snapshot.summary.id


def without_places(opened: Sequence[Snapshot]) -> list[Named]:
    """Each with its name below the directory that all are in: where that is, is nobody else's business."""
    paths = [os.path.abspath(each.path) for each in opened]
    above = os.path.commonpath([os.path.dirname(path) for path in paths])
    return [Named(each, os.path.relpath(path, above)) for each, path in zip(opened, paths, strict=True)]
