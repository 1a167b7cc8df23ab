"""The answers about processes with an agent, and about what works here."""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Sampling:
    """Allocations are sampled, one each `bytes` on average. `live`: samples of what is still allocated; `lost`: there were more
    than the table has room for. `seconds_left`: until it stops by itself; None: it doesn't."""

    bytes: int
    live: int
    taken: int
    lost: int
    seconds_left: int | None


@dataclass(frozen=True, slots=True)
class SampledProcess:
    """What one process samples now; None: nothing. `changed`: it was asked to start or stop, and `forgotten` is how many live
    samples that ended. `cost_percent`: how much more CPU time that takes, as measured."""

    pid: int
    sample: Sampling | None
    changed: bool = False
    forgotten: int = 0
    cost_percent: float | None = None


@dataclass(frozen=True, slots=True)
class SampledProcesses:
    """All that were asked, by PID."""

    processes: tuple[SampledProcess, ...]


@dataclass(frozen=True, slots=True)
class Trimmed:
    """What `malloc_trim` did to a process. `free_bytes`: what malloc said it had free; None where it can't tell."""

    pid: int
    allocator: str
    rss_before_bytes: int
    rss_after_bytes: int
    given_back_bytes: int
    free_bytes: int | None
    took_ms: float


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
    sample: Sampling | None = None


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
