"""Asks processes for snapshots by signal and waits for the files. Signals only what catches the signal."""

from __future__ import annotations

import time
from pathlib import Path

from heapdiff.agent.registry import Wish
from heapdiff.agent.siblings import Asked, ask_sibling, wait_for_sibling
from heapdiff.cli.agents import directories_for, find_agent, obstacle
from heapdiff.cli.rights import acting_as_owner_of
from heapdiff.errors import ProcessError

__all__ = ["Asked", "ask", "wait_for"]


def ask(pid: int, directory: Path | None, wish: Wish) -> Asked:
    """Ask one process for a snapshot. Raises ProcessError when it must not or cannot be signalled."""
    directories = directories_for(pid, directory)
    with acting_as_owner_of(pid):
        agent = find_agent(pid, directories)
        if trouble := obstacle(agent):
            raise trouble
        return ask_sibling(agent.directory, pid, wish)


def wait_for(asked: Asked, deadline: float) -> Path:
    """The `.json` that answers. Raises CaptureError with the agent's reason, or ProcessError at the deadline.

    `deadline` is a moment of `time.monotonic`.
    """
    pid = asked.record.pid
    with acting_as_owner_of(pid):
        name = wait_for_sibling(asked, deadline - time.monotonic())
    if name is None:
        raise ProcessError(
            f"process {pid}: no snapshot in time",
            f"Wait longer with --wait 300; if it never comes, see heapdiff doctor {pid}",
        )
    return asked.directory / f"{name}.json"
