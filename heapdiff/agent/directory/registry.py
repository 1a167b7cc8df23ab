"""What a process says about its agent, for `heapdiff ps` and `heapdiff snapshot`: files beside the snapshots.

`.agent-PID.json` stands there while an agent is armed, `.agent-PID.sock` is where it answers, `.agent-PID.last`
holds the result of its last capture, and a client that must ask by signal leaves what it wants in
`.request-PID`. All are private to the user.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import stat
from dataclasses import asdict, dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Final

from heapdiff.agent.system.procfs import read_process, read_signal_masks

SCHEMA: Final = "agent/1"
MAX_REQUEST_BYTES: Final = 4096
HEAD_BYTES: Final = 32
MAX_RECORD_BYTES: Final = 65536
AGENT_FILE: Final = re.compile(r"\.agent-([0-9]{1,10})\.json")


@dataclass(frozen=True, slots=True)
class AgentRecord:
    """One process with an agent in it. `signal` 0: not armed, endpoints and API only; `obstacle` may say why."""

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

    def is_alive(self) -> bool:
        """Whether the process that wrote this still runs, and still runs the same program."""
        now = read_process(self.pid)
        if now is None or now.started_ticks != self.started_ticks:
            return False
        return not (now.image and self.image) or now.image == self.image

    def catches_its_signal(self) -> bool:
        """Whether the process would survive the signal at this moment."""
        masks = read_signal_masks(self.pid) if self.signal else None
        return masks is not None and masks.catches(self.signal)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The last capture of a process. `state`: done, failed, or busy when one was running already."""

    ticket: int
    state: str
    name: str
    error: str
    at: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client wants of the capture that it is about to ask for by signal."""

    graph: bool = True
    label: str | None = None
    values: bool = False


KINDS: Final[dict[str, type | UnionType]] = {  # what every version writes
    **dict.fromkeys(("pid", "started_ticks", "image", "signal"), int),
    **dict.fromkeys(("engine", "engine_reason", "directory", "role", "armed_at", "heapdiff"), str),
    "server": str | None,
}


def write_agent(directory: Path, record: AgentRecord) -> None:
    write_private(directory / f".agent-{record.pid}.json", encode({"schema": SCHEMA, **asdict(record)}))


def read_agent(directory: Path, pid: int) -> AgentRecord | None:
    """The record of one process, or None where there is none that this user wrote."""
    content = read_object(directory / f".agent-{pid}.json")
    if not all(isinstance(content.get(name), kind) for name, kind in KINDS.items()):
        return None
    record = AgentRecord(**{name: content[name] for name in AgentRecord.__slots__ if name in content})
    return record if record.pid == pid and 0 <= record.signal < signal.NSIG else None


def remove_agent(directory: Path, pid: int) -> None:
    for name in (f".agent-{pid}.json", f".agent-{pid}.sock", f".agent-{pid}.last", f".request-{pid}"):
        with contextlib.suppress(OSError):
            os.unlink(directory / name)


def remove_dead_agents(directory: Path, host: str) -> None:
    """Clear away what killed processes of this host left behind; other hosts may share the directory."""
    with contextlib.suppress(OSError):
        for entry in os.listdir(directory):
            match = AGENT_FILE.fullmatch(entry)
            record = read_agent(directory, int(match[1])) if match else None
            if record is not None and record.host == host and not record.is_alive():
                remove_agent(directory, record.pid)


def write_outcome(directory: Path, pid: int, outcome: Outcome) -> None:
    write_private(directory / f".agent-{pid}.last", encode(asdict(outcome)))


def read_outcome(directory: Path, pid: int) -> Outcome | None:
    content = read_object(directory / f".agent-{pid}.last")
    try:
        return Outcome(**{name: content[name] for name in Outcome.__slots__})
    except (KeyError, TypeError):
        return None


def write_wish(directory: Path, pid: int, wish: Wish) -> None:
    """Leave a wish for a process, to be read at its next capture."""
    label = (
        (wish.label or "")
        .encode("utf-8", "replace")[: MAX_REQUEST_BYTES - HEAD_BYTES]
        .decode("utf-8", "ignore")
    )
    write_private(
        directory / f".request-{pid}", f"graph={int(wish.graph)} values={int(wish.values)}\n{label}".encode()
    )


def take_wish(directory: Path, pid: int) -> Wish:
    """Read and remove the wish that a client left; the default where there is none that can be trusted."""
    path = directory / f".request-{pid}"
    content = read_private(path, MAX_REQUEST_BYTES)
    with contextlib.suppress(OSError):
        os.unlink(path)
    if content is None:
        return Wish()
    first, _, label = content.decode("utf-8", "replace").partition("\n")
    words = first.split()
    return Wish(graph="graph=0" not in words, label=label or None, values="values=1" in words)


def read_object(path: Path) -> dict[str, Any]:
    content = read_private(path, MAX_RECORD_BYTES)
    try:
        parsed = json.loads(content) if content else {}
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def read_private(path: Path, limit: int) -> bytes | None:
    """The content of a regular file of this user or root, up to `limit` bytes; follows no symbolic link."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_uid not in (os.geteuid(), 0) or found.st_size > limit:
            return None
        return os.read(descriptor, limit)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def write_private(path: Path, content: bytes) -> None:
    """Put a small file under its name at once, mode 0600. Raises OSError."""
    partial = path.with_name(f"{path.name}.partial")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(partial)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, content)
    finally:
        os.close(descriptor)
    os.rename(partial, path)


def encode(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=True).encode("ascii") + b"\n"
