"""Speaks to an agent through its socket: one line asks, one line of JSON answers, and the connection ends.

`heapdiff/1 status` asks for the state, `heapdiff/1 snapshot graph=1 values=0 label=TEXT` for a snapshot, with `force=1`
before the label even where room looks too short, with `to=DIRECTORY` and a unit separator before `snapshot` for one
elsewhere. It's being taken when `accepted` is the answer; an agent from before `force` answers `unknown` to that word, and
isn't sent it without need. What comes back is another process's word: read as such.
"""

import json
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from heapdiff.agent.directory.access import is_trusted, peer_of
from heapdiff.agent.directory.names import SOCKET
from heapdiff.agent.engines.contract import Wish
from heapdiff.agent.system.identity import Identity, see_process
from heapdiff.agent.system.procfs import read_process

VERSION: Final = "heapdiff/1"
TIMEOUT_S: Final = 5.0
MAX_ANSWER_BYTES: Final = 65536
FORKING_S: Final = 0.5
RETRY_S: Final = 0.01


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agent says. `answer`: status, accepted, busy, or unknown; the rest is as in `Status`.

    `state`, `name` and `error` are those of the capture `ticket`, but right after `accepted` the name is still
    that of the one before.
    """

    answer: str
    pid: int
    ticket: int
    state: str
    name: str
    error: str
    objects_so_far: int
    captures: int
    failures: int
    requests: int | None
    signal: int


def ask_status(directory: Path, pid: int, identity: Identity | None = None) -> Answer | None:
    """The agent's state; None where no socket answers. `identity`: whose number it is, where that is known."""
    return call(directory, pid, "status", identity)


def ask_for_snapshot(
    directory: Path, pid: int, wish: Wish, identity: Identity | None = None, to: Path | None = None
) -> Answer | None:
    """Ask for a snapshot, elsewhere with `to`; None where no socket answers."""
    label = " ".join((wish.label or "").split()).encode("utf-8", "replace")[:1000].decode("utf-8", "ignore")
    place = "" if to is None else f"to={to}\x1f"
    force = "force=1 " if wish.force else ""
    order = f"{place}snapshot graph={int(wish.graph)} values={int(wish.values)} {force}label={label}"
    return call(directory, pid, order, identity)


def call(directory: Path, pid: int, order: str, identity: Identity | None) -> Answer | None:
    """What the agent answers; None where the process is none that we see, or its socket does not answer.

    Its thread may step aside for a fork of the application, so a closed door is tried again.
    """
    if identity is None:
        seen = see_process(pid)
        if seen is None:
            return None
        identity = seen.identity
    last = time.monotonic() + FORKING_S
    while True:
        try:
            with open_socket(directory, pid, SOCKET.format(identity)) as door:
                door.sendall(f"{VERSION} {order}\n".encode())
                if content := receive(door):
                    return read_answer(content, identity.pid)
        except (ConnectionRefusedError, ConnectionResetError, BrokenPipeError, FileNotFoundError):
            pass
        except OSError:
            return None
        if time.monotonic() >= last or read_process(pid) is None:
            return None
        time.sleep(RETRY_S)


def open_socket(directory: Path, pid: int, name: str) -> socket.socket:
    """Connected to the socket of this very process, which is this user's or root's. Raises OSError.

    Whoever listens there is known by the kernel, under the number that he has here; 0 is one of another container.

    An address is 107 bytes at most, a directory's name may be longer: the way is its descriptor.
    """
    folder = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            door.settimeout(TIMEOUT_S)
            door.connect(f"/proc/self/fd/{folder}/{name}")
            if not is_trusted(door) or peer_of(door)[0] != pid:
                raise PermissionError("somebody else listens there")
        except BaseException:
            door.close()
            raise
        return door
    finally:
        os.close(folder)


def receive(door: socket.socket) -> bytes:
    """Up to the end of the line. Not of the connection: a process forked meanwhile may hold that open."""
    content = b""
    while len(content) <= MAX_ANSWER_BYTES and (part := door.recv(MAX_ANSWER_BYTES)):
        content += part
        if part.endswith(b"\n"):
            break
    return content


def read_answer(content: bytes, pid: int) -> Answer | None:
    """The answer, or None where it is none that this version understands."""
    try:
        parsed: Any = json.loads(content)
    except ValueError:
        return None
    fields = parsed if isinstance(parsed, dict) else {}
    values: dict[str, Any] = {name: fields.get(name) for name in Answer.__slots__}
    texts = ("answer", "state", "name", "error")
    sound = all(
        isinstance(value, str if name in texts else int) or (name == "requests" and value is None)
        for name, value in values.items()
    )
    return Answer(**values) if sound and values["pid"] == pid else None
