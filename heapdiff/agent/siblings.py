"""Asks another worker of the same user, registered in the same directory, for a snapshot: by signal."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heapdiff.agent.directory import find_snapshots, reason_of
from heapdiff.agent.procfs import owner_of
from heapdiff.agent.registry import AgentRecord, Outcome, Wish, read_agent, read_outcome, write_wish
from heapdiff.errors import CaptureError, ProcessError

POLL_S: Final = 0.02


@dataclass(frozen=True, slots=True)
class Asked:
    """A sibling that was signalled, and what was known of it before: what differs from that is its answer."""

    record: AgentRecord
    directory: Path
    before: Outcome | None
    names_before: frozenset[str]


def ask_sibling(directory: Path, pid: int, wish: Wish) -> Asked:
    """Signal a sibling. Raises ProcessError where it is none, CaptureError where it must not be signalled."""
    record = read_agent(directory, pid)
    if record is None or owner_of(pid) != os.geteuid() or not record.is_alive():
        raise ProcessError(f"process {pid}: no agent of this application runs there", "Ask another worker.")
    if not record.catches_its_signal():
        raise CaptureError(
            f"process {pid}: it would not survive the signal now", "Send it a request, and ask again."
        )
    asked = Asked(record, directory, read_outcome(directory, pid), names_of(directory, pid))
    try:
        handle = os.pidfd_open(pid)
        try:
            if not record.is_alive():
                raise ProcessError(f"process {pid}: it has ended", "Ask another worker.")
            write_wish(directory, pid, wish)
            signal.pidfd_send_signal(handle, record.signal)
        finally:
            os.close(handle)
    except OSError as error:
        raise ProcessError(f"process {pid}: {reason_of(error)}", "Ask another worker.") from error
    return asked


def wait_for_sibling(asked: Asked, limit_s: float) -> str | None:
    """The name of its snapshot, or None when there is none in time. Raises CaptureError with its reason."""
    last = time.monotonic() + limit_s
    while True:
        name = find_answer(asked)
        if name is not None or time.monotonic() >= last:
            return name
        if not asked.record.is_alive():
            raise ProcessError(f"process {asked.record.pid}: it ended meanwhile", "Ask another worker.")
        time.sleep(POLL_S)


def find_answer(asked: Asked) -> str | None:
    pid = asked.record.pid
    outcome = read_outcome(asked.directory, pid)
    if outcome is not None and outcome != asked.before:
        if outcome.state != "done":
            raise CaptureError(f"process {pid}: no snapshot: {outcome.error}", "It goes on as before.")
        return outcome.name
    new = sorted(names_of(asked.directory, pid) - asked.names_before)
    return new[-1] if new else None


def names_of(directory: Path, pid: int) -> frozenset[str]:
    return frozenset(str(name) for name in find_snapshots(directory) if name.pid == pid)
