"""What a process says about its agent, for `heapdiff ps` and `heapdiff snapshot`: `.agent-PID.json`, private to the user.

It stands beside the snapshots while an agent is installed; its socket goes with it.
"""

import contextlib
import os
import signal
from dataclasses import asdict, dataclass
from pathlib import Path
from types import UnionType
from typing import Final

from heapdiff.agent.directory.names import RECORD, SOCKET, find_registered
from heapdiff.agent.directory.private_files import encode, read_object, write_private
from heapdiff.agent.system.procfs import catches_signal, read_process

SCHEMA: Final = "agent/1"


@dataclass(frozen=True, slots=True)
class AgentRecord:
    """One process with an agent in it. `signal` 0: not armed, endpoints and API only; `obstacle` may say why.

    `socket`: it listens, as every agent does that can; where nobody answers then, another program may run there.
    """

    pid: int
    started_ticks: int
    image: int
    signal: int
    engine: str
    engine_reason: str
    directory: str
    server: str | None
    role: str
    armed_at: str
    heapdiff: str
    host: str = ""
    obstacle: str = ""
    socket: bool = True

    def is_alive(self) -> bool:
        """Whether the process that wrote this still runs, and still runs the same program."""
        now = read_process(self.pid)
        if now is None or now.started_ticks != self.started_ticks:
            return False
        return not (now.image and self.image) or now.image == self.image

    def catches_its_signal(self) -> bool:
        """Whether the process would survive the signal at this moment."""
        return bool(self.signal and catches_signal(self.pid, self.signal))


KINDS: Final[dict[str, type | UnionType]] = {  # what every version writes
    **dict.fromkeys(("pid", "started_ticks", "image", "signal"), int),
    **dict.fromkeys(("engine", "engine_reason", "directory", "role", "armed_at", "heapdiff"), str),
    "server": str | None,
}


def write_agent(directory: Path, record: AgentRecord) -> None:
    write_private(directory / RECORD.format(record.pid), encode({"schema": SCHEMA, **asdict(record)}))


def read_agent(directory: Path, pid: int) -> AgentRecord | None:
    """The record of one process, or None where there is none that this user wrote."""
    content = read_object(directory / RECORD.format(pid))
    if not all(isinstance(content.get(name), kind) for name, kind in KINDS.items()):
        return None
    record = AgentRecord(**{name: content[name] for name in AgentRecord.__slots__ if name in content})
    return record if record.pid == pid and 0 <= record.signal < signal.NSIG else None


def remove_agent(directory: Path, pid: int) -> None:
    for name in (RECORD, SOCKET):
        with contextlib.suppress(OSError):
            os.unlink(directory / name.format(pid))


def remove_dead_agents(directory: Path, host: str) -> None:
    """Clear away what killed processes of this host left behind; other hosts may share the directory."""
    for pid in find_registered(directory):
        record = read_agent(directory, pid)
        if record is not None and record.host == host and not record.is_alive():
            remove_agent(directory, pid)
