"""Has a process watch one of its dicts: `watch number=7 seconds=300 most=0 STEPS` begins, `watching` asks how it goes, and
`unwatch number=7` ends it.

The process ends it by itself when its time is over, whatever becomes of us.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Final

from heapdiff.errors import BusyError, CaptureError, HeapdiffError, ProcessError
from heapdiff.remote.door import Answer, Call, Conversation, conclude, converse
from heapdiff.remote.finding import Agent
from heapdiff.remote.watching.holder_paths import HolderPath
from heapdiff.remote.watching.reports import Report, read_report

STARTING_S: Final = 10.0
LATE_S: Final = 30.0
PAUSE_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class Watch:
    """A watch: whose, of what, for how long, up to how many insertions (0: any), and a number that tells it from others."""

    agent: Agent
    path: HolderPath
    seconds: int
    most: int = 0
    number: int = field(default_factory=lambda: int.from_bytes(os.urandom(4), "little"))


def begin_watch(watch: Watch) -> None:
    """Ask for it. Raises ProcessError where that can't be done."""
    agent = watch.agent
    order = f"watch number={watch.number} seconds={watch.seconds} most={watch.most} {watch.path.order}"
    answer = _ask(agent, order)
    if answer.answer == "busy":
        raise BusyError(
            f"process {agent.pid}: another of its dicts is being watched; there's one at a time",
            "Try again when that has ended.",
        )
    if answer.answer != "accepted":
        raise CaptureError(
            f"process {agent.pid}: its agent, heapdiff {agent.record.heapdiff} with the {agent.record.engine} engine, "
            "can't watch a dict",
            "It takes the native engine of this version (heapdiff doctor says what is in the way). "
            f"Or: heapdiff sample {agent.pid} on",
        )


def follow_watch(watch: Watch) -> Iterator[Report]:
    """What it has seen so far, again and again, until it's over. Raises ProcessError where it fails, or can't be followed."""
    last = time.monotonic() + watch.seconds + LATE_S
    talk = Conversation(watch.agent.pid, _follow(watch), watch.agent.owner, PAUSE_S)
    for _, told in converse([talk], last):
        if isinstance(told, HeapdiffError):
            raise told
        yield told


def end_watch(watch: Watch) -> Report | None:
    """End it in the process, too, and say what it had seen; None if it hadn't begun. Raises ProcessError."""
    report = read_report(_ask(watch.agent, f"unwatch number={watch.number}"))
    if report is None or report.number != watch.number:
        return None
    last = time.monotonic() + STARTING_S
    return conclude(Conversation(watch.agent.pid, _follow(watch), watch.agent.owner), last)


def _follow(watch: Watch) -> Generator[Call | Report, Answer | None, Report]:
    began = time.monotonic()
    while True:
        alive = watch.agent.record.is_alive()
        answer = yield _call(watch.agent, "watching")
        report = None if answer is None else read_report(answer)
        if report is None or report.number != watch.number:
            raise _lost(watch.agent.pid, alive)
        if report.state == "refused":
            raise refusal(watch, report)
        if report.state == "starting" and time.monotonic() >= began + STARTING_S:
            yield _call(watch.agent, f"unwatch number={watch.number}")
            raise CaptureError(
                f"process {watch.agent.pid}: its Python code doesn't let the watch begin",
                f"It's busy in a C function, or stopped: heapdiff doctor {watch.agent.pid}. Nothing is watched.",
            )
        if report.is_over:
            return report
        yield report


def _lost(pid: int, alive: bool) -> ProcessError:
    if not alive:
        return ProcessError(f"process {pid}: it ended meanwhile", "Watch another worker: heapdiff ps")
    return ProcessError(f"process {pid}: its socket doesn't answer", f"See heapdiff doctor {pid}.")


def refusal(watch: Watch, report: Report) -> CaptureError:
    """Why the process doesn't watch it, and what to do instead."""
    pid, path = watch.agent.pid, watch.path
    sampling = f"heapdiff sample {pid} on, then compare two snapshots: they name the code that allocates what it keeps"
    where = path.until(report.step) or path.text
    inline = report.reason == "no-step" and path.at(report.step) == ".__dict__"
    told = {
        "inline": (
            f"{path.text}: the object keeps its few attributes inline, where insertions can't all be seen",
            "An object with more than 30 attributes has a dict for them, which can be watched.",
        ),
        "version": ("dicts can be watched only on CPython 3.12 and later", sampling),
        "memory": ("it has no memory for it", "Free memory, or watch another worker."),
        "watchers": ("all of CPython's dict watchers are taken by others", sampling),
        "no-module": (
            f"{path.text}: no module of this name is loaded there",
            "Name the holder from its module on, as heapdiff compare does: shop.cache.SESSIONS",
        ),
        "no-object": (
            f"nothing that the garbage collector tracks is at {path.text}",
            "Take the address from a snapshot of this very process, or give the holder's path.",
        ),
        "no-step": (
            f"{where} ({report.type}) has no {path.at(report.step)}",
            "It may differ in this worker, or be made by code when it's asked for: give the holder's address.",
        ),
        "no-dict": (
            f"{path.text} is a {report.type}, and only dicts can be watched",
            _instead(report, path, sampling),
        ),
    }
    message, hint = told.get(
        "inline" if inline else report.reason,
        (f"it refuses ({report.reason[:40]})", f"See heapdiff doctor {pid}."),
    )
    return CaptureError(f"process {pid}: {message}", hint)


def _instead(report: Report, path: HolderPath, sampling: str) -> str:
    names = ", ".join(f"{path.text}.{name}" for name in report.dicts)
    return f"Name a dict in it: {names}" if names else sampling


def _call(agent: Agent, order: str) -> Call:
    return Call(agent.directory, agent.pid, order, agent.record.known_as)


def _ask(agent: Agent, order: str) -> Answer:
    def steps() -> Generator[Call, Answer | None, Answer]:
        answer = yield _call(agent, order)
        if answer is None:
            raise _lost(agent.pid, agent.record.is_alive())
        return answer

    return conclude(Conversation(agent.pid, steps(), agent.owner))
