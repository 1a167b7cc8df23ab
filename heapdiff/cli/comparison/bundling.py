"""The bundle of a comparison: where it's written, and what is said of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from heapdiff.cli.comparison.comparing import SHOWN, Reported
from heapdiff.cli.output import busy, shown_rows, writing_file
from heapdiff.cli.streams import say

CONTAINS: Final = (
    "names of your types, modules, variables, functions and files, labels, host name, PIDs and sizes; no values",
    "pseudonyms for your own names, PIDs, times and sizes; no values",
)


def write_bundle(file: Path, reported: Reported, limit: int | None, redacted: bool) -> None:
    """Write it whole, for its user only, and say what is in it and what it lacks."""
    from heapdiff.render.bundle.members import gather_members
    from heapdiff.render.bundle.zipped import zip_members

    contains = CONTAINS[redacted]
    with busy(f"drawing for {file.name}"):
        members = gather_members(reported.answer, reported.reports, shown_rows(limit, SHOWN), contains)
    last = max(each.captured_at for report in reported.reports for each in report.snapshots)
    with writing_file(file) as new:
        new.write_bytes(zip_members(members.files, last))
    say(f"heapdiff: {file} contains {contains}")
    if not redacted:
        say("To share it outside, add --redact.")
    if members.undrawn is not None:
        say(f"heapdiff: {members.undrawn.message}; {file} has the pictures as DOT text only")
        say(members.undrawn.hint)
