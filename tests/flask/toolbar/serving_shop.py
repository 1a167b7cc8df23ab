"""The shop of these tests in a real server: `flask run --debug` or gunicorn with debug mode on."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
WAIT_S: Final = 60.0
UNWATCHED: Final = ("--exclude-patterns", f"{ROOT}/*")  # whoever edits here doesn't restart it
SERVERS: Final = ("flask", "gunicorn")


@contextlib.contextmanager
def serve(server: str, folder: Path, **environment: str) -> Iterator[str]:
    """Its address; ended with its reloader or workers. Its log is in the folder."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    app = "tests.flask.toolbar.shop:create_app"
    command = {
        "flask": ["-m", "flask", "--app", f"{app}()", "run", "--debug", "--port", str(port), *UNWATCHED],
        "gunicorn": ["-m", "gunicorn", f"{app}(DEBUG=True)", "--bind", f"127.0.0.1:{port}"],
    }[server]
    temporary = folder / "tmp"
    temporary.mkdir(mode=0o700, exist_ok=True)
    own = {
        "WEB_CONCURRENCY": "2",
        "PYTHONPATH": str(ROOT),
        "TMPDIR": str(temporary),
        "HEAPDIFF_DIR": str(folder / "heaps"),
    }
    with open(folder / f"{server}.log", "wb") as log:
        process = subprocess.Popen(
            [sys.executable, *command],
            env={**os.environ, **own, **environment},
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _await(f"http://127.0.0.1:{port}/data", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)  # Ctrl-C; at SIGTERM, the reloader kills the server
        process.wait(WAIT_S)
        _await_end(process.pid)


def _await_end(group: int) -> None:
    """Until nothing of it runs: the reloader ends before the server that it started."""
    last = time.monotonic() + WAIT_S
    with contextlib.suppress(ProcessLookupError):
        while True:
            os.killpg(group, 0)
            assert time.monotonic() < last, "the server didn't end"
            time.sleep(0.05)


def _await(address: str, process: subprocess.Popen[bytes]) -> None:
    last = time.monotonic() + WAIT_S
    while True:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(address, timeout=WAIT_S).close()
            return
        assert process.poll() is None, "the server ended; see its log"
        assert time.monotonic() < last, "the server didn't answer in time"
        time.sleep(0.05)
