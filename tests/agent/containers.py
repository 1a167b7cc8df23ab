"""How a process under test gets what a container has: PID namespace, `/proc`, and directories of its own."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.agent.target import Target
from tests.processes import children_of

__all__ = ["container", "number_outside", "private"]

LIMIT_S = 60


def container(*namespaces: str, commands: str = "true") -> tuple[str, ...]:
    """A prefix for a command: it becomes process 1 of new namespaces, after these commands of the shell."""
    user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    inside = ("sh", "-c", f'{commands} && exec "$0" "$@"')
    return (
        "unshare",
        *user,
        "--pid",
        "--mount",
        "--fork",
        "--kill-child",
        "--mount-proc",
        *namespaces,
        *inside,
    )


def private(directory: Path) -> str:
    """The command that puts a disk of its own there, as systemd's PrivateTmp does."""
    return f"mount -t tmpfs -o mode=1777 private {directory}"


def number_outside(target: Target) -> int:
    """Of a process in a container, the number that it has here."""
    last = time.monotonic() + LIMIT_S
    while not (children := children_of(target.process.pid)):
        assert time.monotonic() < last
    return children[0]
