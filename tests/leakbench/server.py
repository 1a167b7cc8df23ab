"""One real gunicorn with one worker, on a free port of the loopback interface; always stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.leakbench.case import Server

__all__ = ["ROOT", "Serving", "serve"]

ROOT: Final = Path(__file__).parents[2]
STOP_S: Final = 5
WORKER_CLASS: Final[Mapping[Server, tuple[str, ...]]] = {
    Server.GTHREAD: ("--worker-class", "gthread", "--threads", "4"),
    Server.GEVENT: ("--worker-class", "gevent"),
}


@dataclass(frozen=True)
class Serving:
    """A running gunicorn: where it listens, and its master."""

    port: int
    master: int
    log: Path

    def worker(self) -> int:
        """The worker's pid; it is there once the first request was answered."""
        (pid,) = Path(f"/proc/{self.master}/task/{self.master}/children").read_text().split()
        return int(pid)

    def last_messages(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


@contextmanager
def serve(target: str, server: Server, environment: Mapping[str, str], directory: Path) -> Iterator[Serving]:
    """Serve `target` until the block ends; messages go to a file in `directory`, which is also its home."""
    log = directory / "gunicorn.log"
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener, log.open("w") as messages:
        listener.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )  # else each answer waits 40 ms for an ACK
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--bind", f"fd://{listener.fileno()}", "--workers", "1",
             *WORKER_CLASS[server], "--keep-alive", "60", "--graceful-timeout", "1", "--timeout", "120",
             "--no-control-socket", target],
            cwd=ROOT, pass_fds=[listener.fileno()], start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=messages, stderr=messages,
            env={**os.environ, "HOME": str(directory), **environment},
        )  # fmt: skip
        try:
            yield Serving(listener.getsockname()[1], process.pid, log)
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the master politely; then whatever is left of its process group."""
    try:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
