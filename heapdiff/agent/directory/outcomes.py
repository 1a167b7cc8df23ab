"""What became of a process's last capture: `.agent-PID.last`, beside the snapshots."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from heapdiff.agent.directory.names import OUTCOME
from heapdiff.agent.directory.private_files import encode, read_object, write_private


@dataclass(frozen=True, slots=True)
class Outcome:
    """The last capture of a process. `state`: done, failed, or busy when one was running already."""

    ticket: int
    state: str
    name: str
    error: str
    at: str


def write_outcome(directory: Path, pid: int, outcome: Outcome) -> None:
    write_private(directory / OUTCOME.format(pid), encode(asdict(outcome)))


def read_outcome(directory: Path, pid: int) -> Outcome | None:
    content = read_object(directory / OUTCOME.format(pid))
    try:
        return Outcome(**{name: content[name] for name in Outcome.__slots__})
    except (KeyError, TypeError):
        return None
