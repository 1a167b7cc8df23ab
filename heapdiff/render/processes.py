"""Processes with an agent, as values that `ps` fills in and the renderers print."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ArmedProcess", "ArmedProcesses"]


@dataclass(frozen=True, slots=True)
class ArmedProcess:
    """One process with an agent. None: it did not answer, or does not count.

    `armed`: it can be asked now, through its socket (`socket`) or by the signal named; `reason` says why not,
    or why only one of the two.
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


@dataclass(frozen=True, slots=True)
class ArmedProcesses:
    """All of them, by pid."""

    processes: tuple[ArmedProcess, ...]
