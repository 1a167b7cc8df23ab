"""Captures of a gunicorn gthread worker under load, with logging and a thread pool; `tests.servers.soak` takes thousands."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from heapdiff.snapshot.files import read_snapshot
from heapdiff.snapshot.sections import read_sections
from tests.agent.target import ROOT

pytest.importorskip("heapdiff.agent._native", reason="no compiler here: the native engine was not built")

pytestmark = pytest.mark.soak  # a plain run has captures beside busy threads in `test_trigger.py`

CAPTURES = int(os.environ.get("HEAPDIFF_SOAK_CAPTURES", "100"))
CLIENTS = 3


@dataclass
class Load:
    """Requests without pause from a few threads; every answer that is not 200 is kept."""

    port: int
    done: int = 0
    failures: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        clients = [threading.Thread(target=self.drive, daemon=True) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        try:
            yield
        finally:
            self.stop.set()
            for client in clients:
                client.join(60)

    def drive(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while not self.stop.is_set():
            try:
                connection.request("GET", "/")
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    self.failures.append(str(answer.status))
                self.done += 1
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
        connection.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[int, int, subprocess.Popen[str]]]:
    """A gunicorn with one gthread worker: its port, the worker's pid, the master."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.set_inheritable(True)
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--bind", f"fd://{listening.fileno()}", "--workers", "1", "--threads", "8",
         "--worker-class", "gthread", "--keep-alive", "60", "--error-logfile", str(tmp_path / "gunicorn.log"),
         "--no-control-socket", "tests.agent.soak_app:create_app()"],
        cwd=ROOT, pass_fds=(listening.fileno(),), stderr=subprocess.PIPE, text=True,
        env={**os.environ, "HEAPDIFF_DIR": str(tmp_path / "out"), "HEAPDIFF_KEEP": "1000", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    port = listening.getsockname()[1]
    listening.close()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/")
    assert connection.getresponse().status == 200
    connection.close()
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    try:
        yield port, int(children[0]), process
        process.terminate()
        process.communicate(timeout=60)
    finally:
        process.kill()


def next_line(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    line = process.stderr.readline()
    while line and "heapdiff: pid" not in line:
        line = process.stderr.readline()
    return line


def rss_pages(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1])


def test_many_captures_under_load_harm_nothing(
    server: tuple[int, int, subprocess.Popen[str]], tmp_path: Path
) -> None:
    port, worker, process = server
    load = Load(port)
    lines = []
    warm = 0
    with load.running():
        for number in range(CAPTURES):
            os.kill(worker, signal.SIGUSR2)
            lines.append(next_line(process))
            if number == 20:
                warm = rss_pages(worker)
        after = rss_pages(worker)
    assert load.failures == []
    assert load.done > CAPTURES
    assert [line for line in lines if ": wrote " not in line] == []
    summaries = sorted((tmp_path / "out").glob("[!.]*.json"))
    assert len(summaries) == CAPTURES
    for path in summaries[::10]:
        snapshot = read_snapshot(path)
        assert snapshot.heap is not None
        assert list(read_sections(snapshot.heap))[-1].tag == b"TAIL"
    requests = [json.loads(path.read_text())["process"]["requests"] for path in summaries]
    assert requests == sorted(requests)
    assert [path.name for path in (tmp_path / "out").iterdir() if path.name.endswith(".partial")] == []
    assert Path(f"/proc/{worker}/task/{worker}/children").read_text() == ""
    descriptors = [os.readlink(path) for path in Path(f"/proc/{worker}/fd").iterdir()]
    assert [target for target in descriptors if "out" in target or "eventfd" in target] == []
    assert after <= warm * 1.05
