"""A real gunicorn with the agent in each worker, for benchmarks of what whole workers take."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Server", "resident", "rollup", "serve"]

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """`workers` all serve; snapshots go to `directory`."""

    master: int
    workers: tuple[int, ...]
    port: int
    directory: Path

    def get(self, path: str = "/") -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200


@contextlib.contextmanager
def serve(place: Path, application: str, config: str, workers: int = 1, **variables: str) -> Iterator[Server]:
    """Runs `app:app`, written to an own folder with its gunicorn.conf.py."""
    place.mkdir(mode=0o700)
    directory = place / "heaps"
    directory.mkdir(mode=0o700)
    (place / "app.py").write_text(application, "utf-8")
    (place / "gunicorn.conf.py").write_text(config, "utf-8")
    port = _free_port()
    command = [
        sys.executable,
        "-m",
        "heapdiff",
        "run",
        "--dir",
        str(directory),
        "--",
        sys.executable,
        "-m",
        "gunicorn",
    ]
    command += ["--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--log-level", "warning", "app:app"]
    with subprocess.Popen(
        command,
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            server = Server(process.pid, _await_workers(process.pid, workers, directory), port, directory)
            server.get()
            yield server
        finally:
            process.terminate()


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def rollup(pid: int, name: str) -> int:
    """A figure of a process's memory map as a whole, in bytes: `Pss`, `Private_Dirty`."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


def _await_workers(master: int, wanted: int, directory: Path) -> tuple[int, ...]:
    """Those that have an agent: they have loaded the application."""
    last = time.monotonic() + PATIENCE_S
    while time.monotonic() < last:
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        armed = [int(pid) for pid in children if any(directory.glob(f".agent-{pid}-*.sock"))]
        if len(armed) == wanted:
            return tuple(armed)
        time.sleep(0.05)
    raise TimeoutError("gunicorn's workers didn't begin")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
