"""The taker against a real process, and its eye for files that are not whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from heapdiff.agent.directory.names import find_snapshots
from heapdiff.remote.door import ask_status
from tests.agent.target import ROOT, Target
from tests.heapfiles import write_snapshot
from tests.heaps import heap
from tests.servers.running import wait_for
from tests.suites.running import INSIDE
from tests.suites.taking import BAD, BY_SIGNAL_EACH, Taken, Taker, check

pytest.importorskip("heapdiff.agent._native", reason="no compiler here: the native engine was not built")


@pytest.mark.slow
def test_a_process_with_our_sitecustomize_is_asked_both_ways_and_every_file_is_checked_and_removed(
    tmp_path: Path,
) -> None:
    directory, taken = tmp_path / "snapshots", Taken()
    directory.mkdir(0o700)
    with Target(HEAPDIFF_DIR=str(directory), PYTHONPATH=f"{INSIDE}:{ROOT}") as target:
        (directory / "host-1-0001-20260101T000000Z.json").write_text("{}")
        with Taker(directory, 0.0, taken):
            wait_for(lambda: taken.captures, lambda captures: captures > BY_SIGNAL_EACH + 1)
        pid = target.evaluate("os.getpid()", "import os")
        assert pid in {each for each, _ in taken.processes}
        now = ask_status(directory, pid)
        assert now is not None
        assert now.state != "running"
        target.process.kill()
        assert target.process.stderr is not None
        assert target.process.stderr.read() == ""
    assert taken.by_signal >= 1
    assert [trouble.partition(":")[0] for trouble in taken.bad] == ["host-1-0001-20260101T000000Z.json"]
    assert (tmp_path / BAD / "host-1-0001-20260101T000000Z.json").exists()
    assert find_snapshots(directory) == []
    assert (taken.lost, taken.killed, taken.faults) == ([], [], 0)


def test_what_is_wrong_with_a_snapshot_is_said(tmp_path: Path) -> None:
    path = write_snapshot(heap("shop.cache.SESSIONS: dict -> .session: Session"), tmp_path)
    assert check(path, Taken()) == ""
    whole = path.with_suffix(".heap").read_bytes()
    path.with_suffix(".heap").write_bytes(whole[:-1])
    assert "not what the summary says" in check(path, Taken())
    path.with_suffix(".heap").unlink()
    assert "missing" in check(path, Taken())
    summary = json.loads(path.read_text())
    path.write_text(json.dumps({**summary, "graph": None}))
    taken = Taken()
    assert check(path, taken) == ""
    assert taken.without_graph == 1
