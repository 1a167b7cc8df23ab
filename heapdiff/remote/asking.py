"""Asks a process for a snapshot, with the rights of its user: through its socket, else by its signal.

A signal says nothing but "now": what is asked for then is the default, and a label is left out. Signals nothing that would
not survive the signal.
"""

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heapdiff.agent.directory.names import find_snapshots
from heapdiff.agent.directory.registry import AgentRecord, read_agent
from heapdiff.agent.engines.contract import Wish
from heapdiff.agent.settings.parsers import signal_name
from heapdiff.agent.system.procfs import owner_of
from heapdiff.errors import BusyError, CaptureError, ProcessError, reason_of
from heapdiff.remote.door import ask_for_snapshot
from heapdiff.remote.finding import directories_for, find_agent
from heapdiff.remote.rights import acting_as_owner_of

NO_TICKET: Final = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A process that was asked. `ticket` is the socket's; without one, its next snapshot is the answer."""

    record: AgentRecord
    directory: Path
    ticket: int
    names_before: frozenset[str]


def ask(pid: int, directory: Path | None, wish: Wish) -> Asked:
    """Ask one process for a snapshot. Raises ProcessError when it must not or cannot be asked."""
    directories = directories_for(pid, directory)
    with acting_as_owner_of(pid):
        return ask_sibling(find_agent(pid, directories).directory, pid, wish)


def ask_sibling(directory: Path, pid: int, wish: Wish) -> Asked:
    """Ask a process. Raises ProcessError where there is none to ask, CaptureError where it cannot be asked now."""
    record = read_agent(directory, pid)
    if record is None or owner_of(pid) != os.geteuid() or not record.is_alive():
        raise ProcessError(f"process {pid}: no agent of this application runs there", "Ask another worker.")
    names = names_of(directory, pid)
    answer = ask_for_snapshot(directory, pid, wish)
    if answer is not None and answer.answer == "busy":
        raise BusyError(f"process {pid}: a snapshot is being taken already", "Ask again when it is there.")
    if answer is not None and answer.answer == "accepted":
        return Asked(record, directory, answer.ticket, names)
    if answer is not None and wish.force:
        raise CaptureError(
            f"process {pid}: its agent, heapdiff {record.heapdiff}, does not know --force",
            "Restart the process to load this version, or set HEAPDIFF_HEADROOM=0 for it.",
        )
    if not wish.graph or wish.values or wish.force:
        raise CaptureError(
            f"process {pid}: its socket does not answer, and a signal can only ask for a snapshot with the graph, "
            "without values, where there is room",
            "Leave out --no-graph, --values and --force to send the signal, or restart the process.",
        )
    send_signal(record)
    return Asked(record, directory, NO_TICKET, names)


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


def send_signal(record: AgentRecord) -> None:
    if trouble := obstacle(record):
        raise trouble
    try:
        handle = os.pidfd_open(record.pid)
        try:
            if not record.is_alive():
                raise ProcessError(f"process {record.pid}: it has ended", "Ask another worker.")
            signal.pidfd_send_signal(handle, record.signal)
        finally:
            os.close(handle)
    except OSError as error:
        raise ProcessError(f"process {record.pid}: {reason_of(error)}", "Ask another worker.") from error


def names_of(directory: Path, pid: int) -> frozenset[str]:
    return frozenset(str(name) for name in find_snapshots(directory) if name.pid == pid)
