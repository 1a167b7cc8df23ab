"""Asks this process's own agent for a snapshot, and waits for it. Raises CaptureError with the reason."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from heapdiff.agent.directory.names import name_snapshot
from heapdiff.agent.engines.contract import Status
from heapdiff.agent.worker.arming import Agent
from heapdiff.agent.worker.installation import ensure_agent
from heapdiff.errors import BusyError, CaptureError, reason_of

MAX_LABEL_BYTES: Final = 1000
MAX_STEM_BYTES: Final = 180
FIRST_POLL_S: Final = 0.001
FORK_POLL_S: Final = 0.0002  # a fork takes a millisecond
SLOWEST_POLL_S: Final = 0.05
GRACE_S: Final = 10.0


class Ticket(NamedTuple):
    """A capture that was asked for and accepted."""

    agent: Agent
    number: int
    name_before: str


class Place(NamedTuple):
    """Where a snapshot goes when the caller chooses; empty: as the agent is configured."""

    directory: str | None = None
    stem: str | None = None


def take_snapshot(
    path: str | os.PathLike[str] | None = None, label: str | None = None, values: bool = False
) -> Path:
    """Take a snapshot of this process and wait for it; the path of its `.json`."""
    ticket = ask("api", label, None if path is None else Path(path), values=values)
    return Path(wait(ticket)["path"])


def ask(
    trigger: str,
    label: str | None = None,
    path: Path | None = None,
    graph: bool = True,
    values: bool = False,
    force: bool = False,
) -> Ticket:
    """Ask for a snapshot; it is being taken when this returns."""
    pid = os.getpid()
    try:
        agent = ensure_agent()
        place = Place() if path is None else find_place(agent, path)
        before = agent.choice.engine.status()["name"]
        number = agent.choice.engine.request(
            trigger, clean_label(label), place.directory, place.stem, graph, values, force
        )
    except CaptureError:
        raise
    except Exception as error:
        raise CaptureError(
            f"process {pid}: no snapshot: {reason_of(error)}", "See heapdiff doctor."
        ) from error
    if not number:
        raise BusyError(
            f"process {pid}: a snapshot is already in progress", "Wait until it's complete, then try again."
        )
    return Ticket(agent, number, before)


def wait(ticket: Ticket) -> Status:
    """Wait until the snapshot is there. Lets other threads and greenlets run."""
    limit_s = ticket.agent.settings.deadline_s + GRACE_S
    status = poll(ticket, limit_s, lambda status: status["state"] in ("done", "failed"))
    if status["ticket"] == ticket.number and status["state"] == "done":
        return status
    reason = status["error"] if status["state"] == "failed" else f"no answer within {limit_s:g} s"
    raise CaptureError(
        f"process {ticket.agent.pid}: no snapshot: {reason}",
        "The process is unaffected. Fix the cause and try again.",
    )


def wait_for_name(ticket: Ticket, limit_s: float) -> str | None:
    """The name that the snapshot gets, known once the capture has begun; None when that takes longer."""
    status = poll(ticket, limit_s, lambda status: status["name"] != ticket.name_before)
    return status["name"].removesuffix(".json") if status["name"] != ticket.name_before else None


def wait_for_fork(ticket: Ticket, limit_s: float) -> bool:
    """Wait until the child has its copy of the heap: nothing that happens from now on is in the snapshot. False if it has none
    by then, or failed."""
    last = time.monotonic() + limit_s
    while True:
        status = ticket.agent.choice.engine.status()
        if status["ticket"] != ticket.number:
            return True
        if status["state"] != "running" or status["pause_ms"] > 0:
            return status["state"] != "failed"
        if time.monotonic() >= last:
            return False
        time.sleep(FORK_POLL_S)


def poll(ticket: Ticket, limit_s: float, is_enough: Callable[[Status], bool]) -> Status:
    engine, pause_s = ticket.agent.choice.engine, FIRST_POLL_S
    last = time.monotonic() + limit_s
    while True:
        status = engine.status()
        if status["ticket"] != ticket.number or is_enough(status) or time.monotonic() >= last:
            return status
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.5, SLOWEST_POLL_S)


def find_place(agent: Agent, path: Path) -> Place:
    """A directory gets a snapshot under its usual name; anything else is the name, `.json` or not."""
    path = Path(os.path.abspath(path.expanduser()))
    pid = os.getpid()
    if path.is_dir():
        status = agent.choice.engine.status()
        number = status["captures"] + status["failures"] + 1
        return Place(str(path), str(name_snapshot(os.uname().nodename, pid, number, time.time())))
    stem = path.name.removesuffix(".json").removesuffix(".heap")
    if not stem or len(stem.encode("utf-8", "replace")) > MAX_STEM_BYTES:
        raise CaptureError(
            f"{path}: not a valid snapshot name", "Give a short file name, such as before.json."
        )
    if not path.parent.is_dir():
        raise CaptureError(f"{path}: there is no directory {path.parent}", f"mkdir -p {path.parent}")
    return Place(str(path.parent), stem)


def clean_label(label: str | None) -> str | None:
    """One line that fits."""
    if label is None:
        return None
    text = " ".join(str(label).replace("\0", " ").split())
    return text.encode("utf-8", "replace")[:MAX_LABEL_BYTES].decode("utf-8", "ignore") or None
