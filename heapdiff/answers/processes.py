"""The answers about processes with an agent, and about what works here."""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class ArmedProcess:
    """One process with an agent. None: it didn't answer, or doesn't count.

    `armed`: it can take a snapshot now, through its socket (`socket`) or on the signal named; `reason` says why not,
    or why only through one of the two. `own_pid`: the PID that it sees itself, different in a container.
    """

    pid: int
    role: str
    server: str | None
    uptime_s: float
    rss_bytes: int | None
    requests: int | None
    snapshots: int
    armed: bool
    signal: str | None
    socket: bool
    reason: str
    engine: str
    directory: str
    heapdiff: str
    own_pid: int


@dataclass(frozen=True, slots=True)
class ArmedProcesses:
    """All of them, by PID."""

    processes: tuple[ArmedProcess, ...]


class CheckState(str, Enum):
    OK = "ok"
    LIMITED = "limited"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked: what was found, and what to do if that is a problem."""

    name: str
    state: CheckState
    found: str
    todo: str


@dataclass(frozen=True, slots=True)
class Checkup:
    """All checks of one run, for this machine or for one process (`pid`)."""

    pid: int | None
    checks: tuple[Check, ...]
