"""Asks a registered process of this user for a snapshot: through its socket, else by its signal. Waits for it.

Signals nothing that would not survive the signal.
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heapdiff.agent.directory.names import find_snapshots
from heapdiff.agent.directory.outcomes import Outcome, read_outcome
from heapdiff.agent.directory.registry import AgentRecord, read_agent
from heapdiff.agent.directory.wishes import Wish, write_wish
from heapdiff.agent.settings.parsers import signal_name
from heapdiff.agent.system.procfs import owner_of
from heapdiff.errors import BusyError, CaptureError, ProcessError, reason_of
from heapdiff.remote.door import Answer, ask_for_snapshot, ask_status

POLL_S: Final = 0.02
NO_TICKET: Final = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A process that was asked. `ticket` is the socket's; without one, what differs from before is the answer."""

    record: AgentRecord
    directory: Path
    ticket: int
    before: Outcome | None
    names_before: frozenset[str]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a capture is: the snapshot's name once it is complete, and how many objects were walked."""

    name: str | None
    objects_so_far: int


def ask_sibling(directory: Path, pid: int, wish: Wish) -> Asked:
    """Ask a process. Raises ProcessError where there is none to ask, CaptureError where it cannot be asked now."""
    record = read_agent(directory, pid)
    if record is None or owner_of(pid) != os.geteuid() or not record.is_alive():
        raise ProcessError(f"process {pid}: no agent of this application runs there", "Ask another worker.")
    before, names = read_outcome(directory, pid), names_of(directory, pid)
    answer = ask_for_snapshot(directory, pid, wish)
    if answer is not None and answer.answer == "busy":
        raise BusyError(f"process {pid}: a snapshot is being taken already", "Ask again when it is there.")
    if answer is not None and answer.answer == "accepted":
        return Asked(record, directory, answer.ticket, before, names)
    send_signal(directory, record, wish)
    return Asked(record, directory, NO_TICKET, before, names)


def obstacle(record: AgentRecord) -> CaptureError | None:
    """Why the process must not be signalled now, or None: one that does not catch it would die of it."""
    if not record.signal:
        reason = record.obstacle or "it is armed for no signal"
        return CaptureError(
            f"process {record.pid}: {reason}, and its socket does not answer",
            "Ask through its endpoint (POST /_heapdiff/snapshots), or set HEAPDIFF_SIGNAL and restart it.",
        )
    if not record.catches_its_signal():
        return CaptureError(
            f"process {record.pid}: does not catch {signal_name(record.signal)} now and would die of it; "
            "it was not sent",
            "Send the worker one request, which arms the agent again, and repeat this.",
        )
    return None


def send_signal(directory: Path, record: AgentRecord, wish: Wish) -> None:
    if trouble := obstacle(record):
        raise trouble
    try:
        handle = os.pidfd_open(record.pid)
        try:
            if not record.is_alive():
                raise ProcessError(f"process {record.pid}: it has ended", "Ask another worker.")
            write_wish(directory, record.pid, wish)
            signal.pidfd_send_signal(handle, record.signal)
        finally:
            os.close(handle)
    except OSError as error:
        raise ProcessError(f"process {record.pid}: {reason_of(error)}", "Ask another worker.") from error


def wait_for_sibling(asked: Asked, limit_s: float) -> str | None:
    """The name of its snapshot, or None when there is none in time. Raises CaptureError with its reason."""
    last = time.monotonic() + limit_s
    while True:
        name = look_at_progress(asked).name
        if name is not None or time.monotonic() >= last:
            return name
        time.sleep(POLL_S)


def look_at_progress(asked: Asked) -> Progress:
    """How far it is. Raises CaptureError with the agent's reason, ProcessError when the process has ended."""
    pid = asked.record.pid
    alive = asked.record.is_alive()  # looked at first: it may end right after its last file was written
    answer = ask_status(asked.directory, pid)
    name = None
    if asked.ticket and answer is not None and answer.ticket <= asked.ticket:
        name = read_result(asked, answer)
    else:
        name = find_answer(asked)
    if name is None and not alive:
        raise ProcessError(f"process {pid}: it ended meanwhile", "Ask another worker.")
    return Progress(name, 0 if answer is None else answer.objects_so_far)


def read_result(asked: Asked, answer: Answer) -> str | None:
    if answer.ticket != asked.ticket or answer.state not in ("done", "failed"):
        return None
    if answer.state == "failed":
        raise failed(asked, answer.error)
    return answer.name.removesuffix(".json")


def find_answer(asked: Asked) -> str | None:
    """What the files say: the recorded outcome, else a snapshot that was not there before.

    A snapshot is there before its outcome is recorded: that of the one before must not answer for this one.
    """
    outcome = read_outcome(asked.directory, asked.record.pid)
    if outcome is not None and outcome != asked.before and outcome.name not in asked.names_before:
        if outcome.state != "done":
            raise failed(asked, outcome.error)
        return outcome.name
    new = sorted(names_of(asked.directory, asked.record.pid) - asked.names_before)
    return new[-1] if new else None


def failed(asked: Asked, reason: str) -> CaptureError:
    return CaptureError(f"process {asked.record.pid}: no snapshot: {reason}", "It goes on as before.")


def names_of(directory: Path, pid: int) -> frozenset[str]:
    return frozenset(str(name) for name in find_snapshots(directory) if name.pid == pid)
