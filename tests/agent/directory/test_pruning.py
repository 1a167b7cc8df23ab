"""What may stay on disk: the same planted directories before the Python twin and before the native engine."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from heapdiff.agent.directory.names import name_snapshot
from heapdiff.agent.directory.pruning import PruningRules, prune_snapshots
from tests.agent.setups import NATIVE, engine_setup
from tests.agent.target import Target

Prune = Callable[..., str]


def plant(directory: Path, name: str, content: str = '{"schema": "snapshot/1"}', size: int = 0) -> None:
    (directory / f"{name}.json").write_text(content)
    (directory / f"{name}.heap").write_bytes(b"\0" * size)


def prune_in_python(directory: Path, max_bytes: int, keep: int = 20) -> str:
    newest = str(name_snapshot("host", os.getpid(), 1, time.time()))
    plant(directory, newest)
    prune_snapshots(directory, PruningRules("host", os.getpid(), keep, max_bytes))
    return newest


def prune_natively(directory: Path, max_bytes: int, keep: int = 20) -> str:
    with Target(engine_setup("native", directory)) as target:
        target.execute(f"engine.bound({max_bytes}, needs); configure(keep={keep})")
        return Path(target.evaluate("snapshot()['name']")).stem


PRUNERS = {"python": prune_in_python, "native": prune_natively}


@pytest.fixture(params=["python", NATIVE])
def prune(request: pytest.FixtureRequest) -> Prune:
    """Take one more snapshot and remove what is too much; returns the name of the new one."""
    return PRUNERS[request.param]


@pytest.fixture(scope="module")
def ended_pid() -> int:
    """The number of a process that does not run."""
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    return process.pid


def names(directory: Path) -> set[str]:
    return {path.stem for path in directory.glob("[!.]*.json")}


def test_a_budget_removes_the_oldest_of_processes_that_ended(
    prune: Prune, tmp_path: Path, ended_pid: int
) -> None:
    old, older = f"host-{ended_pid}-0002-20200102T000000Z", f"host-{ended_pid}-0001-20200101T000000Z"
    plant(tmp_path, old, size=8 << 20)
    plant(tmp_path, older, size=8 << 20)
    taken = prune(tmp_path, 16 << 20)
    assert names(tmp_path) == {old, taken}
    assert {path.stem for path in tmp_path.glob("[!.]*.heap")} == {old, taken}


def test_a_budget_that_is_too_small_leaves_each_running_process_its_last(
    prune: Prune, tmp_path: Path, ended_pid: int
) -> None:
    running, gone = f"host-{os.getppid()}-0001-20200101T000000Z", f"host-{ended_pid}-0001-20200101T000000Z"
    plant(tmp_path, running)
    plant(tmp_path, gone)
    taken = prune(tmp_path, 1)
    assert names(tmp_path) == {running, taken}


LOOKALIKES = (
    "host-{pid}-0001-20200101T000000Z.backup",
    "host-{pid}-1-20200101T000000Z",
    "host-{pid}-0001-2020-01-01",
    "other-{pid}-0001-20200101T000000Z",
    "hosts-{pid}-0001-20200101T000000Z",
    "report",
)


def test_what_merely_looks_like_a_snapshot_is_never_removed(
    prune: Prune, tmp_path: Path, ended_pid: int
) -> None:
    planted = [name.format(pid=ended_pid) for name in LOOKALIKES]
    for name in planted:
        plant(tmp_path, name)
    strange = f"host-{ended_pid}-0003-20200101T000000Z"
    plant(tmp_path, strange, content='{"somebody": "else"}')
    linked = f"host-{ended_pid}-0004-20200101T000000Z"
    (tmp_path / f"{linked}.json").symlink_to(tmp_path / f"{planted[0]}.json")
    last = prune(tmp_path, 1, keep=1)
    assert names(tmp_path) == {*planted, strange, linked, last}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_another_users_snapshot_is_never_removed(prune: Prune, tmp_path: Path, ended_pid: int) -> None:
    theirs = f"host-{ended_pid}-0001-20200101T000000Z"
    plant(tmp_path, theirs)
    os.chown(tmp_path / f"{theirs}.json", 12345, 12345)
    taken = prune(tmp_path, 1)
    assert names(tmp_path) == {theirs, taken}


def test_what_a_killed_process_left_half_written_is_cleared_away(
    prune: Prune, tmp_path: Path, ended_pid: int
) -> None:
    stale = tmp_path / f".host-{ended_pid}-0001-20200101T000000Z.heap.partial"
    fresh = tmp_path / f".host-{ended_pid}-0002-20200101T000000Z.heap.partial"
    for path in (stale, fresh):
        path.write_bytes(b"half")
    os.utime(stale, (0, 0))
    prune(tmp_path, 0)
    assert (stale.exists(), fresh.exists()) == (False, True)
