"""What the user is told while processes are followed: lines on standard error, and on a terminal the time left."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import Final

from heapdiff.agent.system.procfs import read_resident_bytes
from heapdiff.cli.investigation.following import SHOTS, Followed
from heapdiff.cli.streams import behind, beside, say
from heapdiff.errors import HeapdiffError
from heapdiff.render.amounts import elapsed, plural, signed_size, size

MOST_LINES: Final = 8
KILLED: Final = "the kernel killed a process of its control group: out of memory"
STOP: Final = "Ctrl-C answers with what there is"


@dataclass(frozen=True, slots=True)
class Told:
    """Tells the user on standard error what happens to the processes."""

    processes: Sequence[Followed]

    def beginning(self, seconds: float) -> None:
        for process in self.processes[:MOST_LINES]:
            record = process.agent.record
            what = " ".join(filter(None, (record.server, record.role)))
            say(f"heapdiff: process {process.pid} ({what}, {_resident(process)})")
        if (more := len(self.processes) - MOST_LINES) > 0:
            say(f"heapdiff: and {plural(more, 'more process/more processes')}")
        each = "" if len(self.processes) == 1 else " of each"
        say(f"heapdiff: {SHOTS} snapshots{each} in {_roughly(seconds)}: now, in the middle, at the end")

    def taken(self, process: Followed, number: int) -> None:
        from heapdiff.cli.processes.capturing import tell_notes

        shot = process.shots[-1]
        resident = size(shot.snapshot.summary.memory.rss_bytes)
        say(
            f"heapdiff: process {process.pid}: snapshot {number} of {SHOTS} at {resident}: {shot.written.path}"
        )
        tell_notes(shot.written.reached, shot.written.owner)

    def failed(self, process: Followed, error: HeapdiffError) -> None:  # noqa: ARG002
        from heapdiff.cli.failure import explain

        explain(error).report()

    def ended(self, process: Followed) -> None:
        taken = plural(len(process.shots), "snapshot")
        why = f"; {KILLED}" if process.killed else ""
        say(f"heapdiff: process {process.pid} has ended, after {taken} of it{why}")

    def idle(self, process: Followed) -> None:
        say(
            f"heapdiff: process {process.pid} has served no requests so far: send it some, or what they leave behind can't show"
        )

    def interrupted(self, lacking: bool) -> None:
        more = "taking one more to compare with; Ctrl-C again gives up on it" if lacking else "comparing"
        say(f"heapdiff: stopped waiting; {more}")

    @contextmanager
    def waiting(self, number: int, seconds: float) -> Iterator[Callable[[float], None]]:
        """The time left and how large each process is now; without a terminal a line at the beginning."""
        if not sys.stderr.isatty():
            say(f"heapdiff: snapshot {number} of {SHOTS} in {_roughly(seconds)}; {STOP}")
            yield lambda _left: None
            return
        from heapdiff.render.terminal.console import make_bars

        bars = make_bars(behind(sys.stderr))
        shown = [process for process in self.processes if not process.ended][:MOST_LINES]
        lines = {process.pid: bars.add_task("", total=None) for process in shown}
        last = bars.add_task("", total=None)

        def show(left: float) -> None:
            for process in shown:
                bars.update(lines[process.pid], description=describe(process))
            bars.update(last, description=f"snapshot {number} of {SHOTS} in {countdown(left)}; {STOP}")

        show(seconds)
        with beside(bars):
            yield show


def describe(process: Followed) -> str:
    """`process 4242: 312 MB now, +4.10 MB`"""
    now = read_resident_bytes(process.pid)
    if process.ended or now is None:
        return f"process {process.pid}: ended"
    if not process.shots:
        return f"process {process.pid}: {size(now)} now"
    change = now - process.shots[0].snapshot.summary.memory.rss_bytes
    return f"process {process.pid}: {size(now)} now, {signed_size(change)}"


def countdown(seconds: float) -> str:
    """`2:05`"""
    whole = ceil(max(0.0, seconds))
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def _roughly(seconds: float) -> str:
    """`5 min`, `2.5 min`"""
    return elapsed(seconds).replace(".0 ", " ")


def _resident(process: Followed) -> str:
    now = read_resident_bytes(process.pid)
    return "size unknown" if now is None else size(now)
