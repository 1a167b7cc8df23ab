"""Asks processes for snapshots with the rights of their users, and looks for the answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from heapdiff.agent.directory.wishes import Wish
from heapdiff.errors import HeapdiffError, ProcessError
from heapdiff.remote.asking import Asked, Progress, ask_sibling, look_at_progress
from heapdiff.remote.finding import directories_for, find_agent
from heapdiff.remote.rights import acting_as_owner_of

__all__ = ["Asked", "Progress", "ask", "wait_for_all"]

POLL_S: Final = 0.05


def ask(pid: int, directory: Path | None, wish: Wish) -> Asked:
    """Ask one process for a snapshot. Raises ProcessError when it must not or cannot be asked."""
    directories = directories_for(pid, directory)
    with acting_as_owner_of(pid):
        return ask_sibling(find_agent(pid, directories).directory, pid, wish)


def wait_for_all(asked: list[Asked], wait_s: float) -> Iterator[tuple[Asked, Progress | HeapdiffError]]:
    """How far each is, again and again; a name or an error is the last word about it. Ends after `wait_s`."""
    waiting, last = list(asked), time.monotonic() + wait_s
    while waiting:
        late = time.monotonic() >= last
        for each in list(waiting):
            found = look(each)
            if late and isinstance(found, Progress) and found.name is None:
                found = out_of_time(each.record.pid)
            if isinstance(found, HeapdiffError) or found.name is not None:
                waiting.remove(each)
            yield each, found
        if waiting:
            time.sleep(POLL_S)


def look(asked: Asked) -> Progress | HeapdiffError:
    try:
        with acting_as_owner_of(asked.record.pid):
            return look_at_progress(asked)
    except HeapdiffError as error:
        return error


def out_of_time(pid: int) -> ProcessError:
    return ProcessError(
        f"process {pid}: no snapshot in time",
        f"Wait longer with --wait 300; if it never comes, see heapdiff doctor {pid}",
    )
