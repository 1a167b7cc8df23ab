"""The bundle of a comparison: from which copies it's made, where it's written, what is said of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from heapdiff.cli.comparison.comparing import SHOWN, Named, Reported
from heapdiff.cli.output import busy, shown_rows, write_private
from heapdiff.cli.streams import say

if TYPE_CHECKING:
    from heapdiff.snapshot import Snapshot

CONTAINS: Final = (
    "names of your types, modules, variables, functions and files, labels, host name, PIDs and sizes; no values",
    "pseudonyms for your own names, PIDs, times and sizes; no values",
)


@contextmanager
def redacted_copies(
    opened: Sequence[Snapshot], key_file: Path | None, ask_key: bool
) -> Iterator[list[Named]]:
    """Copies without the user's own names, gone when the block ends: `snapshot-1.json` is the oldest.

    A snapshot that was named twice, as by both of its files, is one copy that is named twice.
    """
    from heapdiff.cli.snapshots.redact import find_key, write_redacted
    from heapdiff.snapshot import read_snapshot
    from heapdiff.snapshot.redaction import Pseudonyms

    pseudonyms = Pseudonyms(find_key(key_file, ask_key))
    whole = {_which(each): each for each in sorted(opened, key=lambda each: each.heap is not None)}
    with TemporaryDirectory(prefix="heapdiff-redacted-") as folder:
        copies = {}
        for number, which in enumerate(sorted(whole), 1):
            target = Path(folder, f"snapshot-{number}.json")
            write_redacted(whole[which], target, pseudonyms)
            copies[which] = Named(read_snapshot(target), target.name)
        yield [copies[_which(each)] for each in opened]


def _which(snapshot: Snapshot) -> tuple[str, str]:
    return snapshot.summary.captured_at, snapshot.summary.id


def without_places(opened: Sequence[Snapshot]) -> list[Named]:
    """Each with its name below the directory that all are in: where that is, is nobody else's business."""
    paths = [os.path.abspath(each.path) for each in opened]
    above = os.path.commonpath([os.path.dirname(path) for path in paths])
    return [Named(each, os.path.relpath(path, above)) for each, path in zip(opened, paths, strict=True)]


def write_bundle(file: Path, reported: Reported, limit: int | None, redacted: bool) -> None:
    """Write it whole, for its user only, and say what is in it and what it lacks."""
    from heapdiff.render.bundle.members import gather_members
    from heapdiff.render.bundle.zipped import zip_members

    contains = CONTAINS[redacted]
    with busy(f"drawing for {file.name}"):
        members = gather_members(reported.answer, reported.reports, shown_rows(limit, SHOWN), contains)
    last = max(each.captured_at for report in reported.reports for each in report.snapshots)
    write_private(file, zip_members(members.files, last))
    say(f"heapdiff: {file} contains {contains}")
    if not redacted:
        say("To share it outside, add --redact.")
    if members.undrawn is not None:
        say(f"heapdiff: {members.undrawn.message}; {file} has the pictures as DOT text only")
        say(members.undrawn.hint)
