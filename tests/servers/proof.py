"""What a server must show: snapshots under load by each trigger, no failed request, and an agent in a new worker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from http.client import HTTPException
from pathlib import Path

import heapdiff
from heapdiff import graph
from heapdiff.agent.directory.registry import read_agent
from heapdiff.analysis import explain
from tests.cli.command import START
from tests.processes import threads_of
from tests.servers.cases import Revival
from tests.servers.load import Load, ask
from tests.servers.running import ROOT, TOKEN, WAIT_S, Running, wait_for

__all__ = ["prove"]

KNOWN = "shop.Session"
HOLDER = "shop.SESSIONS"
SOME = 20


def prove(server: Running) -> None:
    """Run the whole course; raises AssertionError where something is not as promised."""
    with Load(server.port) as load:
        first = wait_for(lambda: load.last, lambda pid: load.answers[pid] >= SOME)
        look_at(by_command(server, first), "signal", first, load)
        look_at(by_signal(server, first), "signal", first, load, through=False)
        look_at(by_endpoint(server), "endpoint", None, load, through=False)
        assert load.answers[first] > 0
        if server.case.revival is Revival.RECYCLED:
            load.pace(0)
            second = wait_for(lambda: load.last, lambda pid: pid != first and load.answers[pid] >= SOME)
    assert load.failures == []
    if server.case.revival in (Revival.KILLED, Revival.RELOADED):
        second = replace_worker(server, first, set(load.answers))
    if server.case.revival is not Revival.NONE:
        with Load(server.port) as load:
            wait_for(lambda: load.answers[second], lambda answers: answers >= SOME)
            look_at(by_signal(server, second), "signal", second, load)
        assert load.failures == []
    look_at_master(server)


def by_command(server: Running, pid: int) -> Path:
    """`heapdiff snapshot PID`, which asks the agent's socket."""
    done = subprocess.run(
        [sys.executable, "-c", START, "snapshot", str(pid), "--dir", str(server.directory)],
        capture_output=True,
        text=True,
        timeout=WAIT_S * 2,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == 0, done.stderr + server.said()
    return Path(done.stdout.strip())


def by_signal(server: Running, pid: int) -> Path:
    """`kill -USR2 PID`"""
    before = set(server.directory.glob(f"*-{pid}-*.json"))
    os.kill(pid, signal.SIGUSR2)
    (new,) = wait_for(lambda: set(server.directory.glob(f"*-{pid}-*.json")) - before)
    return new


def by_endpoint(server: Running) -> Path:
    status, content = ask(server.port, "POST", "/_heapdiff/snapshots?wait=1", TOKEN)
    assert status == 201, (status, content, server.said())
    return server.directory / f"{content['name']}.json"


def look_at(path: Path, trigger: str, pid: int | None, load: Load, through: bool = True) -> None:
    """Both files can be read, and the sessions that the shop holds are in them; `through`: under their holder, too."""
    snapshot = heapdiff.load(path)
    summary = snapshot.summary
    process = summary.process
    if pid is not None:
        assert process.pid == pid
    assert process.server is not None
    assert summary.trigger == trigger
    requests = process.requests
    assert requests is not None
    sessions = {each.type: each.count for each in summary.types}[KNOWN]
    assert SOME <= sessions <= sum(load.answers.values()) + 100
    assert abs(requests - sessions) <= 10, (
        f"{requests} requests, {sessions} sessions: each leaves one; some were under way"
    )
    heap = graph.load(snapshot)
    if through:
        found = explain(heap, KNOWN)
        assert found.objects == sessions
        assert found.paths[0].path.startswith(HOLDER), found.paths
    assert json.loads(path.read_text())["graph"]["file"] == path.with_suffix(".heap").name


def replace_worker(server: Running, old: int, known: set[int]) -> int:
    """Make the server start another worker in place of one; its process, not one of those known, has answered."""
    if server.case.revival is Revival.KILLED:
        os.kill(old, signal.SIGKILL)
    else:
        os.utime(server.folder / "shop.py")

    def who_answers() -> int:
        try:
            return int(str(ask(server.port)[1]["pid"]))
        except (OSError, LookupError, HTTPException):  # it may end while it answers
            return old

    return wait_for(who_answers, lambda pid: pid not in known)


def look_at_master(server: Running) -> None:
    """What was started still runs, unarmed unless it is what serves, and nobody complained."""
    assert server.process.poll() is None, server.said()
    record = read_agent(server.directory, server.pid)
    assert (record is not None) == server.case.single
    assert ("heapdiff" in threads_of(server.pid)) == server.case.single
    for complaint in ("Traceback", "SIGUSR2", "could not be armed", "not armed", "*** backtrace"):
        assert complaint not in server.said(), server.said()
