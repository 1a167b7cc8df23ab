"""`snapshot --attach` to a gunicorn that was started without heapdiff, under load."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.command import environment, run
from tests.remote.test_attach import needs_a_way_in

pytest.importorskip("gunicorn")
LIMIT_S = 60
APP = """
import os
KEPT = []
def app(environ, start_response):
    KEPT.append(bytearray(1000))
    content = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Length", str(len(content)))])
    return [content]
"""


def ask(port: int) -> int:
    """The worker that answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)
    try:
        connection.request("GET", "/")
        return int(connection.getresponse().read())
    finally:
        connection.close()


@contextmanager
def serving(folder: Path) -> Iterator[tuple[int, int]]:
    """Port and master of a gunicorn with one worker."""
    (folder / "plain.py").write_text(APP)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        command = [
            "-m",
            "gunicorn",
            "--bind",
            f"fd://{listener.fileno()}",
            "--no-control-socket",
            "plain:app",
        ]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, *command], cwd=folder, env={**environment(), "PYTHONPATH": ""},
                pass_fds=(listener.fileno(),), stdout=log, stderr=log,
            )  # fmt: skip
        try:
            yield listener.getsockname()[1], process.pid
        finally:
            process.terminate()
            process.wait(LIMIT_S)


@contextmanager
def load(port: int, failures: list[Exception], answered: list[int]) -> Iterator[None]:
    done = threading.Event()

    def client() -> None:
        while not done.is_set():
            try:
                answered.append(ask(port))
            except (OSError, ValueError, http.client.HTTPException) as error:
                failures.append(error)

    clients = [threading.Thread(target=client) for _ in range(3)]
    for thread in clients:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in clients:
            thread.join(LIMIT_S)


@pytest.mark.slow
@needs_a_way_in
def test_a_worker_under_load_is_captured_and_loses_no_request(tmp_path: Path) -> None:
    failures: list[Exception] = []
    answered: list[int] = []
    directory = tmp_path / "snapshots"
    with serving(tmp_path) as (port, _):
        worker = ask(port)
        with load(port, failures, answered):
            done = run("snapshot", str(worker), "--attach", "--yes", "--dir", directory)
        assert ask(port) == worker
    assert (done.exit_code, done.stderr) == (0, "")
    process = json.loads(Path(done.stdout.strip()).read_text())["process"]
    assert (process["pid"], process["server"]) == (worker, "gunicorn")
    assert failures == []
    assert set(answered) == {worker}


@needs_a_way_in
def test_a_master_is_told_apart_and_goes_on(tmp_path: Path) -> None:
    with serving(tmp_path) as (port, master):
        worker = ask(port)
        done = run("snapshot", str(master), "--attach", "--yes", "--dir", tmp_path / "snapshots")
        assert done.exit_code == 4
        assert "attach to a worker" in done.complaint[0]
        assert ask(port) == worker
        os.kill(master, 0)
