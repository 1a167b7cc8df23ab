"""Asks a process for a snapshot, with the rights of its user: through its socket, or by its signal if it never had one.

A signal says nothing but "now": what is asked for then is the default, and a label is left out. It also ends calls early
that the kernel does not restart, and kills a process that does not catch it. Between a look and the signal a process can
execute another program, so what had a socket that does not answer is never signalled: an agent still there would answer.
"""

import os
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heapdiff.agent.directory.access import prepare_directory
from heapdiff.agent.directory.names import find_snapshots
from heapdiff.agent.directory.pruning import snapshots_of
from heapdiff.agent.directory.registry import AgentRecord, read_agent
from heapdiff.agent.engines.contract import Wish
from heapdiff.agent.settings.parsers import signal_name
from heapdiff.agent.system.identity import Identity
from heapdiff.agent.system.procfs import owner_of
from heapdiff.errors import BusyError, CaptureError, ProcessError, reason_of
from heapdiff.remote.door import Answer, Call, Conversation, conclude, order_for
from heapdiff.remote.finding import Agent, find_agent
from heapdiff.remote.holding import held
from heapdiff.remote.rights import Owner
from heapdiff.remote.seeing import Folder

NO_TICKET: Final = 0

Asking = Generator[Call, Answer | None, "Asked"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A process that was asked. `ticket` is the socket's; without one, its next snapshot is the answer.

    `names_before`: of what is there already, perhaps another container's process's of the same number.
    `folder`: where its files go, if known otherwise than by `directory`, its agent's. `owner`: whose they are; None: ours.
    """

    record: AgentRecord
    directory: Path
    ticket: int
    names_before: frozenset[str]
    folder: Folder | None = None
    owner: Owner | None = None

    @property
    def place(self) -> Path:
        """Where its files appear, as we reach it."""
        return self.folder.reached if self.folder else self.directory

    def show(self, name: str) -> Path:
        """The path of its snapshot, as a person may open it."""
        return (self.folder.shown if self.folder else self.directory) / f"{name}.json"

    def reach(self, name: str) -> Path:
        """The same, as its owner opens it here."""
        return self.place / f"{name}.json"


@dataclass(frozen=True, slots=True)
class Question:
    """The steps of asking one process, and whose rights they are taken with; None: ours."""

    steps: Asking
    owner: Owner | None


def ask(
    pid: int, directory: Path | None, wish: Wish, found: Agent | None = None, to: Path | None = None
) -> Asked:
    """Ask one process for a snapshot, in another directory with `to`. Raises ProcessError when it can't be asked."""
    question = begin(pid, directory, wish, found, to)
    return conclude(Conversation(pid, question.steps, question.owner))


def begin(
    pid: int, directory: Path | None, wish: Wish, found: Agent | None = None, to: Path | None = None
) -> Question:
    """What that takes. Raises ProcessError where there is nobody to ask."""
    agent = found or find_agent(pid, directory)
    steps = ask_agent(agent, wish) if to is None else ask_elsewhere(agent, wish, to.absolute())
    return Question(steps, agent.owner)


def ask_elsewhere(agent: Agent, wish: Wish, to: Path) -> Asking:
    """Ask a process to write to a private directory of its user, as it sees the disk itself."""
    pid, folder = agent.pid, Folder(to, agent.folder.root)
    reason = prepare_directory(folder.reached) if str(to).isprintable() else f"{str(to)!a} is no name for it"
    if reason:
        raise CaptureError(
            f"process {pid}: --to: {reason.replace(str(folder.reached), str(folder.shown))}",
            "Name a directory that only the process's user can write to.",
        )
    names = names_in(folder.reached, agent.record.known_as.pid)
    answer = yield Call(agent.directory, pid, order_for(wish, to), agent.record.known_as)
    if answer is not None and answer.answer == "busy":
        raise BusyError(f"process {pid}: a snapshot is already in progress", "Ask again when it is there.")
    if answer is None or answer.answer != "accepted":
        reason = "its socket doesn't answer" if answer is None else "its agent is of an older heapdiff"
        raise CaptureError(
            f"process {pid}: {reason}, so it can't be told --to", "Restart the process, or leave --to out."
        )
    return Asked(agent.record, agent.directory, answer.ticket, names, folder, agent.owner)


def ask_sibling(directory: Path, pid: int, wish: Wish) -> Asked:
    """Ask a process. Raises ProcessError where there is none to ask, CaptureError where it cannot be asked now."""
    record = read_agent(directory, pid)
    if record is None or owner_of(pid) != os.geteuid() or not record.is_alive():
        raise ProcessError(f"process {pid}: no agent of this application runs there", "Ask another worker.")
    return conclude(Conversation(pid, ask_agent(Agent(record, Folder(directory)), wish), None))


def ask_agent(agent: Agent, wish: Wish) -> Asking:
    """The same, of one that was found, with the rights of its user."""
    record, directory, pid = agent.record, agent.directory, agent.pid
    names = names_in(directory, record.known_as.pid)
    answer = yield Call(directory, pid, order_for(wish), record.known_as)
    if answer is not None and answer.answer == "busy":
        raise BusyError(f"process {pid}: a snapshot is already in progress", "Ask again when it is there.")
    if answer is not None and answer.answer == "accepted":
        return Asked(record, directory, answer.ticket, names, agent.folder, agent.owner)
    if answer is not None and wish.force:
        raise CaptureError(
            f"process {pid}: its agent, heapdiff {record.heapdiff}, does not know --force",
            "Restart the process to load this version, or set HEAPDIFF_HEADROOM=0 for it.",
        )
    if not record.socket and (not wish.graph or wish.values or wish.force):
        raise CaptureError(
            f"process {pid}: it has no socket, and a signal can only request a snapshot with the graph, "
            "without values, where there is room",
            "Leave out --no-graph, --values and --force to send the signal, or restart the process.",
        )
    send_signal(record)
    return Asked(record, directory, NO_TICKET, names, agent.folder, agent.owner)


def refusal(record: AgentRecord) -> CaptureError | None:
    """Why a process whose socket does not answer is not signalled instead, or None."""
    if not record.socket:
        return obstacle(record)
    by_hand = f"kill -{signal_name(record.signal)} {record.pid} asks by signal" if record.signal else ""
    return CaptureError(
        f"process {record.pid}: its socket does not answer, so no signal was sent either: "
        "it would kill another program that the process may be starting",
        f"Try again in a moment. If heapdiff ps still lists it then, {by_hand or 'restart it'}.",
    )


def obstacle(record: AgentRecord) -> CaptureError | None:
    """Why the process must not be signalled now, or None: one that does not catch it would die of it."""
    if not record.signal:
        reason = record.obstacle or "it has no signal armed"
        return CaptureError(
            f"process {record.pid}: {reason}, and it has no socket",
            "Use its endpoint (POST /_heapdiff/snapshots), or set HEAPDIFF_SIGNAL and restart it.",
        )
    if not record.catches_its_signal():
        return CaptureError(
            f"process {record.pid}: doesn't catch {signal_name(record.signal)} now and would die of it; "
            "it was not sent",
            "Send the worker a request, which arms the agent again, then repeat this.",
        )
    return None


def send_signal(record: AgentRecord) -> None:
    if trouble := refusal(record):
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


def names_in(directory: Path, pid: int) -> frozenset[str]:
    """The snapshots so far of whoever has this number. Opens none of them."""
    return frozenset(map(str, find_snapshots(directory, pid)))
