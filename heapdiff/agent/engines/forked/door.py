"""The socket of the Python engines: what `native/control/door.c` does, from a real thread that Python can start.

Python cannot give a thread descriptors of its own, so this one shares the application's. A number may have
been closed by a daemonising server and given to something else: it is compared before each use.
"""

import _socket
import contextlib
import errno
import json
import os
import re
import socket  # its own class makes the type below ready, which a walk over an unready one does not survive
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from heapdiff.agent.directory.access import is_trusted, refuse_directory
from heapdiff.agent.engines.contract import Engine
from heapdiff.agent.system.descriptors import identity_of
from heapdiff.agent.system.masking import start_thread
from heapdiff.agent.system.unpatched import original
from heapdiff.errors import reason_of

PROTOCOL: Final = 1
MAX_LINE_BYTES: Final = 1088 + 4096
PATIENCE_S: Final = 1.0
BACKLOG: Final = 16
NOWHERE: Final = Path()
SNAPSHOT: Final = re.compile(
    r"heapdiff/1 (?:to=(?P<to>[^\x1f]+)\x1f)?"  # before what an agent from before `to` understands
    r"snapshot graph=(?P<graph>[01]) values=(?P<values>[01]) (?:force=(?P<force>[01]) )?label=(?P<label>.*)",
    re.DOTALL,
)


class Doorkeeper:
    """Answers one client at a time on the socket of one engine."""

    def __init__(self, engine: Engine, count: Callable[[], int | None]) -> None:
        self._engine = engine
        self._count = count
        self._forget()
        os.register_at_fork(after_in_child=self._leave_to_parent)

    def _forget(self) -> None:
        self._pid = 0
        self._listener = -1
        self._identity = (0, 0)
        self._path = NOWHERE
        self._closing = False
        self._ended = original("_thread", "allocate_lock")()

    def open(self, directory: Path, name: str) -> str | None:
        """Listen in a directory; the reason where that is not possible. Idempotent."""
        path = directory / name
        if self._pid == os.getpid() and self._path == path and path.is_socket() and self._is_ours():
            return None
        self.close()
        if refusal := refuse_directory(directory):
            return refusal
        try:
            self._listener = listen(directory, path.name)
        except OSError as error:
            return reason_of(error)
        self._identity = identity_of(self._listener)
        self._pid, self._path = os.getpid(), path
        self._ended.acquire()
        start_thread(self._serve, (self._listener, self._ended))
        return None

    @property
    def is_open(self) -> bool:
        return self._pid == os.getpid() and self._is_ours()

    def close(self) -> None:
        """End the thread, remove the socket."""
        if self._pid != os.getpid():
            self._leave_to_parent()
        elif self._is_ours():
            self._closing = True
            borrow(self._listener, lambda listener: listener.shutdown(socket.SHUT_RDWR))
            if self._ended.acquire(timeout=PATIENCE_S * 5):
                os.close(self._listener)
            with contextlib.suppress(OSError):
                os.unlink(self._path)
            self._forget()

    def _leave_to_parent(self) -> None:
        """In a forked child: a listener that stays open here would keep clients waiting when the parent ends."""
        if self._is_ours():
            os.close(self._listener)
        self._forget()

    def _is_ours(self) -> bool:
        return self._listener >= 0 and identity_of(self._listener) == self._identity

    def _serve(self, listener: int, ended: Any) -> None:
        """The thread: until the listener is shut down, closed by somebody, or replaced by somebody else's."""
        poll = original("select", "poll")()
        poll.register(listener, original("select", "POLLIN"))
        try:
            while True:
                poll.poll()
                if self._closing or self._listener != listener or not self._is_ours():
                    return
                try:
                    client = borrow(listener, lambda door: door._accept()[0])
                except BlockingIOError:
                    continue
                except OSError as error:
                    if error.errno not in (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ECONNABORTED):
                        return
                    original("time", "sleep")(0.1)
                    continue
                self._attend(_socket.socket(fileno=client))
        finally:
            ended.release()

    def _attend(self, client: _socket.socket) -> None:
        try:
            client.settimeout(PATIENCE_S)
            if is_trusted(client) and (line := read_line(client)) is not None:
                client.sendall(self._answer(line))
        except Exception:
            return  # the client's trouble, whatever it was
        finally:
            client.close()

    def _answer(self, line: str) -> bytes:
        answer, reason = "unknown", ""
        if line == "heapdiff/1 status":
            answer = "status"
        elif line == "heapdiff/1 trim":
            answer, reason = "refused", "its engine can't ask malloc to give memory back"
        elif line.startswith("heapdiff/1 sample "):
            answer, reason = "refused", self._engine.sample(0, 0) or ""
        elif order := SNAPSHOT.fullmatch(line):
            graph, values, force = (order[name] == "1" for name in ("graph", "values", "force"))
            ticket = self._engine.request(
                "signal", order["label"] or None, order["to"], None, graph, values, force
            )
            answer = "accepted" if ticket else "busy"
        content: dict[str, Any] = {"protocol": PROTOCOL, "answer": answer, "pid": os.getpid()}
        content |= {**self._engine.status(), "reason": reason, "sample": None}
        content |= {"requests": self._count(), "signal": self._engine.armed()}
        return json.dumps(content, ensure_ascii=True).encode("ascii") + b"\n"


def listen(directory: Path, name: str) -> int:
    """A listening socket that only this user can connect to. Raises OSError.

    It gets its name when it listens: one that refuses is taken for a dead process's.
    """
    partial = f"{name}.partial"
    folder = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    listener = _socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(partial, dir_fd=folder)
        os.fchmod(listener.fileno(), 0o600)  # before there is a name: never open to others
        listener.bind(f"/proc/self/fd/{folder}/{partial}")
        listener.listen(BACKLOG)
        os.rename(partial, name, src_dir_fd=folder, dst_dir_fd=folder)
        listener.setblocking(False)
        return listener.detach()
    except BaseException:
        listener.close()
        raise
    finally:
        os.close(folder)


def borrow(descriptor: int, use: Any) -> Any:
    """Use a descriptor as a socket that never closes it: the number may be somebody else's by then."""
    door = _socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, descriptor)
    try:
        return use(door)
    finally:
        door.detach()


def read_line(client: _socket.socket) -> str | None:
    """A line that ends, is short, and comes soon."""
    content, last = b"", time.monotonic() + PATIENCE_S
    while len(content) < MAX_LINE_BYTES and time.monotonic() < last:
        part = client.recv(MAX_LINE_BYTES - len(content))
        content += part
        if b"\n" in part:
            return content.partition(b"\n")[0].decode("utf-8", "replace")
        if not part:
            break
    return None
