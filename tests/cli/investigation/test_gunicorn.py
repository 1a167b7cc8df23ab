"""`investigate` in real time, on gunicorn's workers under load: by their master's PID, with one that is killed on the way."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from tests.agent.setups import NEEDS_NATIVE
from tests.cli.command import ROOT, START, environment
from tests.cli.terminals import run_on_a_terminal
from tests.flask.gunicorn import Gunicorn

pytestmark = [NEEDS_NATIVE, pytest.mark.soak]
TAKEN = re.compile(r"heapdiff: process (\d+): snapshot (\d) of 3 at .* MB: (/.*\.json)\n")


def test_two_workers_share_a_leak_and_the_successor_of_one_is_named(tmp_path: Path) -> None:
    with Gunicorn(tmp_path, workers=2) as server:
        pids = server.two_workers()
        ended = threading.Event()

        def load() -> None:
            while not ended.is_set():
                with suppress(ConnectionError):  # a killed worker answers nobody any more
                    server.worker()

        client = threading.Thread(target=load)
        client.start()
        try:
            said, answer, code = investigate(server, pids[0])
        finally:
            ended.set()
            client.join()
        successor = (set(server.workers(3)) - set(pids)).pop()
    assert code == 0, said
    taken = TAKEN.findall(said)
    assert all(Path(path).exists() for *_, path in taken)
    assert {int(pid) for pid, *_ in taken} == set(pids)
    assert f"process {server.process.pid} has no agent itself; looking into its workers: " in said
    assert re.match(
        r"\w+: The same (leak|growth) in 2 of 2 workers: shop\.SESSIONS keeps more object", answer
    )
    told = " ".join(answer.split())
    assert f"PID {pids[0]} ended after 2 of 3 snapshots. PID {successor} was started in its place" in told


def investigate(server: Gunicorn, victim: int) -> tuple[str, str, int]:
    """By the master's PID; one worker is killed once two snapshots of it are there."""
    command = [sys.executable, "-c", START, "investigate", str(server.process.pid), "--for", "6s"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment(PYTHONPATH=str(ROOT), HEAPDIFF_DIR=str(server.directory)),
    ) as process:  # fmt: skip
        assert process.stderr is not None
        said = ""
        while line := process.stderr.readline():
            said += line
            if (found := TAKEN.match(line)) and (int(found[1]), found[2]) == (victim, "2"):
                os.kill(victim, signal.SIGKILL)
        assert process.stdout is not None
        answer = process.stdout.read()
    return said, " ".join(answer.split()), process.returncode


def test_an_interrupt_from_the_terminal_answers_and_keeps_the_files(tmp_path: Path) -> None:
    with Gunicorn(tmp_path) as server:
        pid = server.worker()
        command = [sys.executable, "-c", START, "investigate", str(pid), "--dir", str(server.directory)]
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(PYTHONPATH=str(ROOT)),
        ) as process:
            assert process.stderr is not None
            while "snapshot 2 of 3 in" not in process.stderr.readline():
                pass
            for _ in range(30):
                server.worker()
            process.send_signal(signal.SIGINT)
            answer, said = process.communicate()
    assert process.returncode == 0
    assert "heapdiff: stopped waiting; taking one more to compare with" in said
    assert "shop.SESSIONS keeps 30 more entries" in " ".join(answer.split())
    assert len(list(server.directory.glob("[!.]*.json"))) == 2


def test_a_terminal_shows_the_time_left_and_how_large_the_worker_is(tmp_path: Path) -> None:
    with Gunicorn(tmp_path) as server:
        pid = server.worker()
        done = run_on_a_terminal(80, "investigate", str(pid), "--for", "6s", "--dir", server.directory)
    assert done.exit_code == 0
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", done.stdout)
    assert re.search(rf"process {pid}: [\d.]+ MB now, ", shown)
    assert re.search(r"snapshot [23] of 3 in 0:0\d; Ctrl-C answers with what there is", shown)
    assert "No requests were served between the snapshots" in " ".join(shown.split())
