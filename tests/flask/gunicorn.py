"""A real gunicorn around a small shop. Ready when it answers; always ended; its log is kept."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from heapdiff.agent.directory.registry import AgentRecord, read_agent
from heapdiff.remote.asking import NO_TICKET, Asked, names_of
from heapdiff.remote.waiting import wait_for_sibling
from tests.agent.setups import WITHOUT_ITS_WALK

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "correct-horse-battery-staple"
WAIT_S = 60.0
CAPTURE_S = 200.0  # its child lets everything else go first, and the engine in Python takes long
PAUSE_S = 0.002
BOOTING = re.compile(r"Booting worker with pid: (\d+)\n")
T = TypeVar("T")

SHOP = f"""
import os, signal
from flask import Flask, jsonify
from gunicorn.workers.sync import SyncWorker
from heapdiff.flask import HeapDiff
SESSIONS = []
class Hasty(SyncWorker):
    def init_signals(self):
        super().init_signals()
        os.kill(os.getpid(), signal.SIGUSR2)
def make():
    if "HAVE_A_HANDLER" in os.environ:
        signal.signal(signal.SIGUSR2, lambda *_: None)
    app = Flask("shop")
    app.config["HEAPDIFF_TOKEN"] = {TOKEN!r}
    HeapDiff(app)
    @app.get("/")
    def index():
        SESSIONS.append(object())
        return jsonify(pid=os.getpid(), parent=os.getppid())
    @app.get("/hold")
    def hold():
        open("hold").read()
        return jsonify(pid=os.getpid())
    return app
"""


def wait_for(look: Callable[[], T], is_there: Callable[[T], object]) -> T:
    """What `look` gives as soon as it is as wanted; other processes run meanwhile."""
    last = time.monotonic() + WAIT_S
    while not is_there(found := look()):
        assert time.monotonic() < last, found
        time.sleep(PAUSE_S)
    return found


class Gunicorn:
    """`with Gunicorn(tmp_path, "--preload") as server: server.ask("GET", "/")`; a connection each time."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        engine: str = "native",
        workers: int = 1,
        walk: bool = True,
        run: bool = False,
        shop: str = SHOP,
        **environment: str,
    ) -> None:
        self.directory = folder / "snapshots"
        self.folder = folder
        (folder / "shop.py").write_text(shop if walk else shop + WITHOUT_ITS_WALK)
        os.mkfifo(folder / "hold")
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.log = folder / "gunicorn.log"
        command = [
            *((sys.executable, "-m", "heapdiff", "run", "--") if run else ()),
            sys.executable,
            "-m",
            "gunicorn",
            "--bind",
            f"fd://{self.listener.fileno()}",
            "--no-control-socket",
        ]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*command, "--workers", str(workers), *options, "shop:make()"],
                cwd=folder,
                env={
                    **os.environ,
                    "PYTHONPATH": str(ROOT),
                    "HEAPDIFF_DIR": str(self.directory),
                    "HEAPDIFF_ENGINE": engine,
                    **environment,
                },
                pass_fds=(self.listener.fileno(),),
                stdout=log,
                stderr=log,
            )

    def __enter__(self) -> Gunicorn:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.listener.close()
        self.process.terminate()
        try:
            self.process.wait(WAIT_S)
        finally:
            self.process.kill()
            self.process.wait()

    def ask(self, method: str, path: str, **headers: str) -> tuple[int, Any]:
        """Status and JSON content of the answer. Waits until a worker is there to give it."""
        return self.answer(self.send(method, path, **headers))

    def send(self, method: str, path: str, **headers: str) -> http.client.HTTPConnection:
        host, port = self.listener.getsockname()
        connection = http.client.HTTPConnection(host, port, timeout=WAIT_S)
        known = {"Authorization": f"Bearer {TOKEN}", "Connection": "close"}
        connection.request(method, path, headers=known | headers)
        return connection

    def answer(self, connection: http.client.HTTPConnection) -> tuple[int, Any]:
        try:
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def worker(self) -> int:
        """The process that answers a request."""
        status, content = self.ask("GET", "/")
        assert status == 200
        assert content["parent"] == self.process.pid
        return int(content["pid"])

    def two_workers(self) -> list[int]:
        """Both workers, each of which has answered: one is held while the other has to."""
        held = self.send("GET", "/hold")
        free = self.worker()
        (self.folder / "hold").write_text("go on")
        return sorted((free, int(self.answer(held)[1]["pid"])))

    def workers(self, count: int) -> list[int]:
        """All that were ever started, once there are as many. The master has other children, too, while it loads."""
        return wait_for(
            lambda: [int(pid) for pid in BOOTING.findall(self.log.read_text())],
            lambda pids: len(pids) == count,
        )

    def wait_until_armed(self, pid: int) -> None:
        """Until the worker catches its signal in spite of what gunicorn does when it boots."""
        wait_for(
            lambda: read_agent(self.directory, pid), lambda record: record and record.catches_its_signal()
        )

    def _signal(self, record: AgentRecord) -> bool:
        """False in the moment between gunicorn's reset of a booting worker's signals and the repair."""
        catches = record.catches_its_signal()
        if catches:
            os.kill(record.pid, record.signal)
        return catches

    def snapshot(self, pid: int) -> dict[str, Any]:
        """Send the worker its signal, as `heapdiff snapshot` does where there is no socket, and read what it wrote."""
        record = read_agent(self.directory, pid)
        assert record is not None
        names = names_of(self.directory, record.known_as)
        wait_for(lambda: self._signal(record), bool)
        name = wait_for_sibling(Asked(record, self.directory, NO_TICKET, names), CAPTURE_S)
        assert name is not None, self.log.read_text()
        content = json.loads((self.directory / f"{name}.json").read_text())
        assert isinstance(content, dict)
        return content
