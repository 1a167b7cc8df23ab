"""What may stay on disk: the same planted directories before the Python twin and before the native engine."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from heapdiff.agent.directory.names import name_snapshot
from heapdiff.agent.directory.pruning import PruningRules, prune_snapshots
from heapdiff.agent.system.identity import Identity, own_identity, parse_identity
from tests.agent.setups import NATIVE, engine_setup
from tests.agent.target import Target

Prune = Callable[..., str]
Plant = Callable[[Identity], None]


OURS = own_identity()
GONE = OURS._replace(pid=4_194_305)  # no system gives this number
NEIGHBOUR = OURS._replace(namespace=OURS.namespace + 1)  # the same number in another container
HEAD = '{{"schema": "snapshot/1", "label": "\\"identity\\": \\"1-1-1-1\\"", "process": {{"identity": "{identity}"}}}}'
OLD_HEAD = '{"schema": "snapshot/1"}'


def plant(directory: Path, name: str, content: str = OLD_HEAD, size: int = 0) -> str:
    (directory / f"{name}.json").write_text(content)
    (directory / f"{name}.heap").write_bytes(b"\0" * size)
    return name


def plant_of(
    directory: Path, identity: Identity, number: int = 1, size: int = 0, running: bool = False
) -> str:
    """One of a process that leaves its record as long as it runs; the higher the number, the later."""
    if running:
        (directory / f".agent-{identity}.json").touch()
    name = f"host-{identity.pid}-{number:04}-20200101T00000{number}Z"
    return plant(directory, name, HEAD.format(identity=identity), size)


def nothing(_own: Identity) -> None:
    """Planted besides what is there."""


def prune_in_python(directory: Path, max_bytes: int, keep: int = 20, before: Plant = nothing) -> str:
    before(OURS)
    newest = str(name_snapshot("host", os.getpid(), 1, time.time()))
    plant(directory, newest, HEAD.format(identity=OURS))
    prune_snapshots(directory, PruningRules("host", str(OURS), keep, max_bytes))
    return newest


def prune_natively(directory: Path, max_bytes: int, keep: int = 20, before: Plant = nothing) -> str:
    with Target(engine_setup("native", directory)) as target:
        own = parse_identity(target.evaluate("str(own_identity())"))
        assert own is not None
        before(own)
        target.execute(f"engine.bound({max_bytes}, needs); configure(keep={keep})")
        return Path(target.evaluate("snapshot()['name']")).stem


PRUNERS = {"python": prune_in_python, "native": prune_natively}


@pytest.fixture(params=["python", NATIVE])
def prune(request: pytest.FixtureRequest) -> Prune:
    """Take one more snapshot and remove what is too much; returns the name of the new one."""
    return PRUNERS[request.param]


def names(directory: Path) -> set[str]:
    return {path.stem for path in directory.glob("[!.]*.json")}


def test_a_budget_removes_the_oldest_of_processes_that_ended(prune: Prune, tmp_path: Path) -> None:
    old = plant_of(tmp_path, GONE, 2, size=8 << 20)
    plant_of(tmp_path, GONE, 1, size=8 << 20)
    taken = prune(tmp_path, 16 << 20)
    assert names(tmp_path) == {old, taken}
    assert {path.stem for path in tmp_path.glob("[!.]*.heap")} == {old, taken}


def test_a_budget_that_is_too_small_leaves_each_running_process_its_last(
    prune: Prune, tmp_path: Path
) -> None:
    sibling = OURS._replace(pid=OURS.pid + 1)
    plant_of(tmp_path, GONE)
    plant_of(tmp_path, sibling, 1)
    last = plant_of(tmp_path, sibling, 2, running=True)
    taken = prune(tmp_path, 1)
    assert names(tmp_path) == {last, taken}


def test_what_another_container_wrote_is_neither_counted_nor_removed_while_its_process_runs(
    prune: Prune, tmp_path: Path
) -> None:
    theirs = {plant_of(tmp_path, NEIGHBOUR, number, 8 << 20, running=True) for number in (1, 2, 3)}
    ours = plant_of(tmp_path, GONE, 4)
    taken = prune(tmp_path, 16 << 20, keep=1)
    assert names(tmp_path) == {*theirs, ours, taken}
    (tmp_path / f".agent-{NEIGHBOUR}.json").unlink()
    last = prune(tmp_path, 1, keep=1)
    assert names(tmp_path) in ({last}, {last, taken})  # taken in the same second, either is the newest


def test_only_this_processs_own_are_counted_against_what_it_may_keep(prune: Prune, tmp_path: Path) -> None:
    """All have its number and its host, as in a container that was restarted."""
    kept, own = set(), set()

    def before(ours: Identity) -> None:
        kept.add(plant_of(tmp_path, ours._replace(namespace=ours.namespace + 1), 1))
        kept.add(plant_of(tmp_path, ours._replace(started_ticks=1), 2))
        kept.add(plant(tmp_path, f"host-{ours.pid}-0009-20200101T000000Z"))
        own.add(plant_of(tmp_path, ours, 3))

    taken = prune(tmp_path, 0, keep=1, before=before)
    assert names(tmp_path) == {*kept, taken}
    assert not own & names(tmp_path)


def test_one_of_an_earlier_version_stays_while_the_record_of_its_number_stands(
    prune: Prune, tmp_path: Path
) -> None:
    (tmp_path / f".agent-{GONE.pid}.json").touch()
    old = plant(tmp_path, f"host-{GONE.pid}-0001-20200101T000000Z")
    plant(tmp_path, f"host-{GONE.pid + 1}-0001-20200101T000000Z")
    taken = prune(tmp_path, 1)
    assert names(tmp_path) == {old, taken}


LOOKALIKES = (
    "host-{pid}-0001-20200101T000000Z.backup",
    "host-{pid}-1-20200101T000000Z",
    "host-{pid}-0001-2020-01-01",
    "other-{pid}-0001-20200101T000000Z",
    "hosts-{pid}-0001-20200101T000000Z",
    "report",
)


def test_what_merely_looks_like_a_snapshot_is_never_removed(prune: Prune, tmp_path: Path) -> None:
    planted = [plant(tmp_path, name.format(pid=GONE.pid)) for name in LOOKALIKES]
    strange = f"host-{GONE.pid}-0003-20200101T000000Z"
    plant(tmp_path, strange, content='{"somebody": "else"}')
    linked = f"host-{GONE.pid}-0004-20200101T000000Z"
    (tmp_path / f"{linked}.json").symlink_to(tmp_path / f"{planted[0]}.json")
    last = prune(tmp_path, 1, keep=1)
    assert names(tmp_path) == {*planted, strange, linked, last}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_another_users_snapshot_is_never_removed(prune: Prune, tmp_path: Path) -> None:
    theirs = f"host-{GONE.pid}-0001-20200101T000000Z"
    plant(tmp_path, theirs)
    os.chown(tmp_path / f"{theirs}.json", 12345, 12345)
    taken = prune(tmp_path, 1)
    assert names(tmp_path) == {theirs, taken}


def test_what_a_killed_process_left_half_written_is_cleared_away(prune: Prune, tmp_path: Path) -> None:
    stale = tmp_path / f".host-{GONE.pid}-0001-20200101T000000Z.heap.partial"
    fresh = tmp_path / f".host-{GONE.pid}-0002-20200101T000000Z.heap.partial"
    for path in (stale, fresh):
        path.write_bytes(b"half")
    os.utime(stale, (0, 0))
    prune(tmp_path, 0)
    assert (stale.exists(), fresh.exists()) == (False, True)
