"""The extension in real gunicorn: armed in each worker, never in the master."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from heapdiff.agent.directory.registry import read_agent
from heapdiff.agent.system.identity import see_process
from heapdiff.remote.asking import names_of
from tests.agent.setups import NATIVE, NEEDS_NATIVE
from tests.cli.command import run
from tests.flask.gunicorn import Gunicorn, wait_for
from tests.processes import threads_of

SETUPS = [
    pytest.param(("native",), id="sync", marks=NEEDS_NATIVE),
    pytest.param(("native", "--preload"), id="sync preloaded", marks=[NEEDS_NATIVE, pytest.mark.slow]),
    pytest.param(("native", "--threads", "4"), id="gthread", marks=[NEEDS_NATIVE, pytest.mark.slow]),
    pytest.param(("native", "--threads", "4", "--preload"), id="gthread preloaded", marks=NEEDS_NATIVE),
    pytest.param(("gc", "--preload"), id="gc engine, sync preloaded"),
    pytest.param(("gc", "--threads", "4"), id="gc engine, gthread", marks=pytest.mark.slow),
]


@pytest.mark.slow
@NEEDS_NATIVE
def test_a_preloaded_worker_takes_a_snapshot_before_its_first_request(tmp_path: Path) -> None:
    with Gunicorn(tmp_path, "--preload", workers=2) as server:
        served = server.worker()
        (idle,) = (pid for pid in server.workers(2) if pid != served)
        server.wait_until_armed(idle)
        taken = server.snapshot(idle)
    assert (taken["process"]["pid"], taken["process"]["requests"]) == (idle, 0)
    assert "was sent SIGUSR2" not in server.log.read_text()


@pytest.mark.parametrize("setup", SETUPS)
def test_a_worker_takes_a_snapshot_on_its_signal_and_serves_on(
    setup: tuple[str, ...], tmp_path: Path
) -> None:
    """The master gets neither thread nor record; the worker's record goes with it."""
    engine, *options = setup
    with Gunicorn(tmp_path, *options, engine=engine, walk=engine == "native") as server:
        pid = server.worker()
        assert server.worker() == pid
        taken = server.snapshot(pid)
        assert server.worker() == pid
        assert read_agent(server.directory, pid) is not None
        assert read_agent(server.directory, server.process.pid) is None
        assert engine == "gc" or "heapdiff" in threads_of(pid)
        assert "heapdiff" not in threads_of(server.process.pid)
    assert (taken["trigger"], taken["capture"]["engine"]) == ("signal", engine)
    process = taken["process"]
    assert (process["pid"], process["server"], process["requests"]) == (pid, "gunicorn", 2)
    assert process["endpoints"] == {"index": 2}
    assert {path.suffix for path in server.directory.iterdir()} == {".json", ".heap"}
    assert "was sent SIGUSR2" not in server.log.read_text()


@pytest.mark.slow
def test_a_sibling_is_reached_through_any_worker(tmp_path: Path) -> None:
    with Gunicorn(tmp_path, workers=2) as server:
        pids = server.two_workers()
        answers = [server.ask("POST", f"/_heapdiff/snapshots?wait=1&pid={pid}") for pid in pids * 2]
        listed = server.ask("GET", "/_heapdiff/snapshots")[1]["snapshots"]
        assert server.ask("POST", f"/_heapdiff/snapshots?pid={server.process.pid}")[0] == 404
        assert server.two_workers() == pids
    assert [(status, content["pid"]) for status, content in answers] == [(201, pid) for pid in pids * 2]
    assert sorted(each["name"] for each in listed) == sorted(content["name"] for _, content in answers)


@pytest.mark.slow
def test_where_the_signal_is_somebody_elses_the_socket_and_the_endpoint_still_work(tmp_path: Path) -> None:
    other = ("--env", "HAVE_A_HANDLER=1")
    with Gunicorn(tmp_path, *other) as server:
        pid = server.worker()
        asked = run("snapshot", str(pid), "--dir", server.directory)
        told = run("doctor", str(pid), "--dir", server.directory)
        status, content = server.ask("POST", "/_heapdiff/snapshots?wait=1&graph=0")
    assert (status, content["state"]) == (201, "done")
    assert (asked.exit_code, asked.complaint) == (0, [])
    assert "SIGUSR2 already has a handler" in " ".join(told.stdout.split())
    assert "SIGUSR2 already has a handler" in server.log.read_text()


@pytest.mark.slow
def test_the_gc_engine_arms_a_preloaded_worker_whose_requests_run_in_threads(tmp_path: Path) -> None:
    with Gunicorn(tmp_path, "--threads", "4", "--preload", engine="gc") as server:
        (pid,) = server.workers(1)
        server.wait_until_armed(pid)
        taken = server.snapshot(pid)
        assert server.worker() == pid
    assert (taken["process"]["pid"], taken["capture"]["engine"]) == (pid, "gc")


@pytest.mark.slow
@pytest.mark.parametrize("engine", [NATIVE, "gc"])
def test_a_signal_between_the_servers_reset_and_the_repair_is_answered_later(
    engine: str, tmp_path: Path
) -> None:
    with Gunicorn(tmp_path, "--preload", "--worker-class", "shop.Hasty", engine=engine, walk=False) as server:
        (pid,) = server.workers(1)
        seen = see_process(pid)
        assert seen is not None
        wait_for(lambda: names_of(server.directory, seen.identity), bool)
        assert server.worker() == pid


@NEEDS_NATIVE
@pytest.mark.slow
def test_workers_that_leak_alike_are_compared_in_one_call_and_a_restarted_one_is_told(tmp_path: Path) -> None:
    with Gunicorn(tmp_path, workers=2) as server:
        pids = server.two_workers()
        serve(server, dict.fromkeys(pids, 30))
        for pid in pids:
            server.snapshot(pid)
        serve(server, dict.fromkeys(pids, 100))
        for pid in pids:
            server.snapshot(pid)
        os.kill(pids[0], signal.SIGTERM)
        (new,) = set(server.workers(3)) - set(pids)
        server.wait_until_armed(new)
        server.snapshot(new)
        found = json.loads(run("compare", server.directory, "--format", "json").stdout)
    assert found["schema"] == "comparisons/1"
    assert found["verdict"]["text"].startswith(
        "The same leak in 2 of 2 workers: shop.SESSIONS keeps more object, "
    )
    assert sorted(found["shared"][0]["processes"]) == pids
    assert all(each["snapshots"][0]["pid"] == each["snapshots"][1]["pid"] for each in found["processes"])
    assert f"PID {new} has only one snapshot, so it isn't compared." in found["notes"]
    assert any(note.startswith(f"PID {new} started after the last snapshot of ") for note in found["notes"])


def serve(server: Gunicorn, wanted: dict[int, int]) -> None:
    """Requests until each worker has answered at least so many."""
    answered = Counter[int]()
    while any(answered[pid] < count for pid, count in wanted.items()):
        answered[server.worker()] += 1
