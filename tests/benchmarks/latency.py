"""`python -m tests.benchmarks.latency --gigabytes 1`: the worst request while snapshots are taken, beside guppy3's.

A gunicorn gthread worker of that size answers clients without pause. The same load runs alone, during captures
by signal, and while guppy3 looks at the heap inside the worker; each phase is as long as it takes.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from heapdiff.remote.door import ask_status

ROOT: Final = Path(__file__).parents[2]
CLIENTS: Final = 2
QUIET_S: Final = 10.0
CAPTURES: Final = 5
LIMIT_S: Final = 900.0


@dataclass(frozen=True, slots=True)
class Phase:
    """Latencies of the requests that began in a phase, in milliseconds."""

    name: str
    requests: int
    median_ms: float
    p99_ms: float
    worst_ms: float
    events: int
    seconds: float


class Clients:
    """Requests without pause, or with one after each; keeps when each began and how long it took."""

    def __init__(self, port: int, pause_s: float = 0.0) -> None:
        self.port, self.pause_s = port, pause_s
        self.seen: list[tuple[float, float]] = []
        self.failures: list[str] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(CLIENTS)]

    def __enter__(self) -> Clients:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(LIMIT_S)

    def _ask(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_S)
        while not self._stop.is_set():
            began = time.perf_counter()
            try:
                connection.request("GET", "/")
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    self.failures.append(str(answer.status))
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
            self.seen.append((began, time.perf_counter() - began))
            if self.pause_s:
                time.sleep(self.pause_s)
        connection.close()

    def phase(self, name: str, began: float, events: int) -> Phase:
        """What was seen since `began`; waits for the requests that are still under way."""
        ended = time.perf_counter()
        while sum(start > ended for start, _ in list(self.seen)) < CLIENTS:
            time.sleep(0.01)
        took = sorted(
            seconds * 1000
            for start, seconds in list(self.seen)
            if began <= start + seconds and start <= ended
        )
        return Phase(
            name,
            len(took),
            round(took[len(took) // 2], 2),
            round(took[len(took) * 99 // 100], 2),
            round(took[-1], 1),
            events,
            round(ended - began, 1),
        )


@contextmanager
def serving(size: int, directory: str) -> Iterator[int]:
    """A worker of so many bytes; its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.set_inheritable(True)
    place = {
        "HEAPDIFF_DIR": directory,
        "HEAPDIFF_KEEP": "2",
        "LATENCY_BYTES": str(size),
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--bind", f"fd://{listening.fileno()}", "--workers", "1", "--threads", "4",
         "--worker-class", "gthread", "--keep-alive", "60", "--timeout", "0", "--log-level", "error",
         "--no-control-socket", "tests.benchmarks.latency_app:create_app()"],
        cwd=ROOT, pass_fds=(listening.fileno(),), stderr=subprocess.DEVNULL, env={**os.environ, **place},
    )  # fmt: skip
    port = listening.getsockname()[1]
    listening.close()
    try:
        yield port
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def ask(port: int, method: str, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)
    connection.request(method, path)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{path}: {answer.status} {text[:200]}")
    return text


def worker_in(directory: Path) -> int:
    (record,) = directory.glob(".agent-*.json")
    return int(json.loads(record.read_text())["pid"])


def capture(directory: Path, pid: int) -> None:
    before, last = ask_status(directory, pid), time.monotonic() + LIMIT_S
    os.kill(pid, signal.SIGUSR2)
    while (status := ask_status(directory, pid)) == before or status is None or status.state == "running":
        if time.monotonic() > last:
            raise SystemExit("no snapshot in time")
        time.sleep(0.01)
    if status.state != "done":
        raise SystemExit(f"no snapshot: {status.error}")


def measure(gigabytes: float, peer: bool) -> tuple[int, list[Phase]]:
    with tempfile.TemporaryDirectory() as folder, serving(int(gigabytes * 1e9), folder) as port:
        directory = Path(folder)
        size = int(ask(port, "GET", "/size"))
        pid = worker_in(directory)
        with Clients(port) as clients:
            time.sleep(1)
            began = time.perf_counter()
            time.sleep(QUIET_S)
            phases = [clients.phase("none", began, 0)]
            began = time.perf_counter()
            for _ in range(CAPTURES):
                capture(directory, pid)
            phases.append(clients.phase("heapdiff", began, CAPTURES))
            if peer:
                began = time.perf_counter()
                ask(port, "POST", "/guppy3")
                phases.append(clients.phase("guppy3", began, 1))
        if clients.failures:
            raise SystemExit(f"{len(clients.failures)} requests failed: {clients.failures[0]}")
    return size, phases


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.latency", description=__doc__)
    parser.add_argument(
        "--gigabytes", type=float, nargs="+", default=[1.0], help="the worker's memory [default: 1]"
    )
    parser.add_argument("--no-peer", action="store_true", help="leave guppy3 out: at 4 GB it takes minutes")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    asked = parser.parse_args()
    if asked.format == "table":
        print(
            "| worker | during | captures | seconds | requests | median ms | 99 % ms | worst ms | worst / none |"
        )
        print("|---|---|---|---|---|---|---|---|---|")
    for gigabytes in asked.gigabytes:
        size, phases = measure(gigabytes, not asked.no_peer)
        if asked.format == "json":
            print(json.dumps({"rss_bytes": size, "phases": [asdict(phase) for phase in phases]}), flush=True)
            continue
        for phase in phases:
            row = (f"{size / 1e9:.2f} GB", phase.name, phase.events, phase.seconds, f"{phase.requests:,}",
                   phase.median_ms, phase.p99_ms, phase.worst_ms, round(phase.worst_ms / phases[0].worst_ms, 1))  # fmt: skip
            print("| " + " | ".join(map(str, row)) + " |", flush=True)


if __name__ == "__main__":
    main()
