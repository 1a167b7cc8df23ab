"""Asks processes for snapshots by signal and waits for the files. Signals only what catches the signal."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from heapdiff.agent.directory import find_snapshots
from heapdiff.agent.procfs import owner_of, read_process
from heapdiff.agent.registry import Outcome, Wish, read_outcome, write_wish
from heapdiff.cli.agents import Agent, find_agent, obstacle
from heapdiff.errors import CaptureError, ProcessError

__all__ = ["Asked", "ask", "wait_for"]

POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Asked:
    """A process that was signalled, and what was known of it before: what differs from that is the answer."""

    agent: Agent
    before: Outcome | None
    names_before: frozenset[str]


def ask(pid: int, directory: Path | None, wish: Wish) -> Asked:
    """Ask one process for a snapshot. Raises ProcessError when it must not or cannot be signalled."""
    with _as_owner_of(pid):
        agent = find_agent(pid, directory)
        if trouble := obstacle(agent):
            raise trouble
        asked = Asked(agent, read_outcome(agent.directory, pid), _names(agent))
        try:
            if wish != Wish():
                write_wish(agent.directory, pid, wish)
            _send(agent)
        except OSError as error:
            raise ProcessError(
                f"process {pid}: {error.filename or 'cannot be signalled'}: {error.strerror or error}",
                "Run this as the user of the process.",
            ) from error
    return asked


def wait_for(asked: Asked, deadline: float) -> Path:
    """The `.json` that answers. Raises CaptureError with the agent's reason, or ProcessError at the deadline.

    `deadline` is a moment of `time.monotonic`.
    """
    agent = asked.agent
    with _as_owner_of(agent.pid):
        while True:
            alive = agent.record.is_alive()
            if (path := _answer(asked)) is not None:
                return path
            if not alive:
                raise ProcessError(
                    f"process {agent.pid}: ended before its snapshot was there", "See the application's log."
                )
            if time.monotonic() >= deadline:
                raise ProcessError(
                    f"process {agent.pid}: no snapshot in time",
                    f"Wait longer with --wait 300; if it never comes, see heapdiff doctor {agent.pid}",
                )
            time.sleep(POLL_S)


def _answer(asked: Asked) -> Path | None:
    """The new snapshot, once the agent says so or the file is there."""
    agent = asked.agent
    outcome = read_outcome(agent.directory, agent.pid)
    if outcome is not None and outcome != asked.before:
        if outcome.state == "done":
            return agent.directory / f"{outcome.name}.json"
        if outcome.state == "busy":
            raise CaptureError(
                f"process {agent.pid}: {outcome.error or 'is taking a snapshot already'}",
                "Wait until that one is there, and repeat this.",
            )
        raise CaptureError(
            f"process {agent.pid}: {outcome.error or 'the capture failed'}",
            f"The worker goes on as before. Mend the cause, or see: heapdiff doctor {agent.pid}",
        )
    new = sorted(_names(agent) - asked.names_before)
    return agent.directory / f"{new[-1]}.json" if new else None


def _names(agent: Agent) -> frozenset[str]:
    return frozenset(str(name) for name in find_snapshots(agent.directory) if name.pid == agent.pid)


def _send(agent: Agent) -> None:
    """Send the signal to exactly the process that was looked at, not to a later one of the same number."""
    try:
        handle = os.pidfd_open(agent.pid)
    except OSError as error:
        raise ProcessError(
            f"process {agent.pid}: {error.strerror}", "It ended just now; choose another."
        ) from error
    try:
        if read_process(agent.pid) is None or not agent.record.is_alive():
            raise ProcessError(f"process {agent.pid}: it ended just now", "Choose another worker.")
        signal.pidfd_send_signal(handle, agent.record.signal)
    finally:
        os.close(handle)


@contextmanager
def _as_owner_of(pid: int) -> Iterator[None]:
    """As root, act with the rights of the process's user, whose files could be a trap for root."""
    owner = owner_of(pid)
    if os.geteuid() != 0 or not owner:
        yield
        return
    try:
        os.seteuid(owner)
    except OSError as error:
        raise ProcessError(
            f"process {pid}: belongs to user {owner}, whose rights root cannot take here ({error.strerror})",
            f"Run it as that user: sudo -u '#{owner}' heapdiff snapshot {pid}",
        ) from error
    try:
        yield
    finally:
        os.seteuid(0)
