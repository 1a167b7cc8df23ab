"""Asks a process for a snapshot, with the rights of its user: through its socket, else by its signal.

A signal says nothing but "now": what is asked for then is the default, and a label is left out. Signals nothing that would
not survive the signal.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heapdiff.agent.directory.pruning import snapshots_of
from heapdiff.agent.directory.registry import AgentRecord, read_agent
from heapdiff.agent.engines.contract import Wish
from heapdiff.agent.settings.parsers import signal_name
from heapdiff.agent.system.identity import Identity
from heapdiff.agent.system.procfs import owner_of
from heapdiff.errors import BusyError, CaptureError, ProcessError, reason_of
from heapdiff.remote.door import ask_for_snapshot
from heapdiff.remote.finding import Agent, find_agent, folders_for
from heapdiff.remote.holding import held
from heapdiff.remote.rights import acting_as_owner_of
from heapdiff.remote.seeing import Folder

NO_TICKET: Final = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A process that was asked. `ticket` is the socket's; without one, its next snapshot is the answer."""

    record: AgentRecord
    directory: Path
    ticket: int
    names_before: frozenset[str]
    folder: Folder | None = None

    def show(self, name: str) -> Path:
        """The path of its snapshot, as a person may open it."""
        return (self.folder.shown if self.folder else self.directory) / f"{name}.json"


def ask(pid: int, directory: Path | None, wish: Wish, found: Agent | None = None) -> Asked:
    """Ask one process for a snapshot. Raises ProcessError when it must not or cannot be asked."""
    agent = found or find_agent(pid, folders_for(pid, directory))
    with acting_as_owner_of(pid):
        return ask_agent(agent, wish)


def ask_sibling(directory: Path, pid: int, wish: Wish) -> Asked:
    """Ask a process. Raises ProcessError where there is none to ask, CaptureError where it cannot be asked now."""
    record = read_agent(directory, pid)
    if record is None or owner_of(pid) != os.geteuid() or not record.is_alive():
        raise ProcessError(f"process {pid}: no agent of this application runs there", "Ask another worker.")
    return ask_agent(Agent(record, Folder(directory)), wish)


def ask_agent(agent: Agent, wish: Wish) -> Asked:
    """The same, of one that was found, with the rights of its user."""
    record, directory, pid = agent.record, agent.directory, agent.pid
    names = names_of(directory, record.known_as)
    answer = ask_for_snapshot(directory, pid, wish, record.known_as)
    if answer is not None and answer.answer == "busy":
        raise BusyError(f"process {pid}: a snapshot is being taken already", "Ask again when it is there.")
    if answer is not None and answer.answer == "accepted":
        return Asked(record, directory, answer.ticket, names, agent.folder)
    if not wish.graph or wish.values:
        raise CaptureError(
            f"process {pid}: its socket does not answer, and a signal can only ask for a snapshot with the graph "
            "and without values",
            "Leave out --no-graph and --values to send the signal, or restart the process.",
        )
    send_signal(record)
    return Asked(record, directory, NO_TICKET, names, agent.folder)


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
    with held(record.pid) as process:
        if not record.is_alive():
            raise ProcessError(f"process {record.pid}: it has ended", "Ask another worker.")
        try:
            process.send(record.signal)
        except OSError as error:
            raise ProcessError(f"process {record.pid}: {reason_of(error)}", "Ask another worker.") from error


def names_of(directory: Path, identity: Identity) -> frozenset[str]:
    """A process's snapshots so far."""
    return frozenset(map(str, snapshots_of(directory, identity)))
