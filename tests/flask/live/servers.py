"""Real servers around the shop: gunicorn with two workers and a token, Flask's own in debug mode without one."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.flask.live.shop import SHOP, TOKEN

ROOT: Final = Path(__file__).resolve().parents[3]
WAIT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Answered:
    status_code: int
    text: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Shop:
    """A running one. `token` empty: debug mode lets this machine in."""

    port: int
    token: str

    def url(self, path: str = "/_heapdiff/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def get(self, path: str) -> Answered:
        """With the token, as a program sends it: a path below the prefix, or one that a page links to."""
        return self.ask("GET", path)

    def post(self, path: str) -> int:
        return self.ask("POST", path).status_code

    def ask(self, method: str, path: str) -> Answered:
        headers = {"Authorization": f"Bearer {self.token}", "Connection": "close"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=4 * WAIT_S)
        with contextlib.closing(connection):
            connection.request(
                method, path if path.startswith("/") else f"/_heapdiff/{path}", headers=headers
            )
            answer = connection.getresponse()
            return Answered(answer.status, answer.read().decode(), dict(answer.headers))

    def visit(self, path: str = "/") -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
        with contextlib.closing(connection):
            connection.request("GET", path, headers={"Connection": "close"})
            return connection.getresponse().status


@contextlib.contextmanager
def by_gunicorn(folder: Path, workers: int = 2, **variables: str) -> Iterator[Shop]:
    command = [
        "gunicorn",
        "--workers",
        str(workers),
        "--threads",
        "4",
        "--no-control-socket",
        "shop:create_app()",
    ]
    with _running(folder, [*command, "--bind"], TOKEN, "127.0.0.1:{}", **variables) as shop:
        yield shop


@contextlib.contextmanager
def by_flask(folder: Path) -> Iterator[Shop]:
    command = ["flask", "--app", "shop:create_app", "run", "--debug"]
    with _running(folder, [*command, "--port"], "", "{}") as shop:
        yield shop


@contextlib.contextmanager
def _running(folder: Path, command: list[str], token: str, place: str, **variables: str) -> Iterator[Shop]:
    folder.mkdir(mode=0o700)
    (folder / "shop.py").write_text(SHOP)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HEAPDIFF_")},
        "PYTHONPATH": str(ROOT), "HEAPDIFF_DIR": str(folder / "snapshots"),
        "HEAPDIFF_LIVE": "1", "HEAPDIFF_SAMPLE": "16kB", "HEAPDIFF_TOKEN": token, **variables,
    }  # fmt: skip
    with (folder / "log").open("w") as log, subprocess.Popen(
        [sys.executable, "-m", *command, place.format(port)],
        cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            shop = Shop(port, token)
            _wait_until_it_answers(shop, process, folder / "log")
            yield shop
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)


def _wait_until_it_answers(shop: Shop, process: subprocess.Popen[bytes], log: Path) -> None:
    last = time.monotonic() + WAIT_S
    while time.monotonic() < last and process.poll() is None:
        with contextlib.suppress(OSError):
            if shop.visit() == 200:
                return
        time.sleep(0.05)
    raise SystemExit(f"the server didn't start:\n{log.read_text()}")
