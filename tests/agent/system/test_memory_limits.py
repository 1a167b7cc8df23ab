"""What is left below the limits over a process, read from files as the kernel writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from heapdiff.agent.system import memory_limits
from heapdiff.agent.system.memory_limits import (
    find_kill_counter,
    is_in_memory,
    memory_left,
    memory_limit,
    read_cgroup,
)

MIB = 1 << 20
MEMBERSHIP = {1: "5:cpu:/\n4:blkio,memory:/shop/web\n", 2: "0::/shop/web\n"}
FILES = {
    1: ("memory.usage_in_bytes", "memory.limit_in_bytes"),
    2: ("memory.current", "memory.max"),
}
EVENTS = {
    1: ("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\n"),
    2: ("memory.events", "low 0\nhigh 12\nmax 40\noom 3\n"),
}
STATISTICS = {
    1: {
        "cache": "total_inactive_file",
        "active": "total_active_file",
        "dirty": "total_dirty",
        "writeback": "total_writeback",
    },
    2: {
        "cache": "inactive_file",
        "active": "active_file",
        "dirty": "file_dirty",
        "writeback": "file_writeback",
    },
}


class Machine:
    """The kernel's files of a machine whose process is in the group /shop/web."""

    def __init__(self, root: Path, version: int) -> None:
        self.mounts = [root / "version 1", root / "version 2"]
        self.mount, self.names = self.mounts[version - 1], FILES[version]
        self.statistics, self.events = STATISTICS[version], EVENTS[version]
        self.process = root / "proc" / "self"
        self.process.mkdir(parents=True)
        (self.process / "cgroup").write_text(MEMBERSHIP[version])

    def group(self, path: str, used: int, limit: object, **statistics: int) -> None:
        folder = self.mount / path
        folder.mkdir(parents=True, exist_ok=True)
        current, most = self.names
        (folder / current).write_text(f"{used * MIB}\n")
        (folder / most).write_text(f"{limit * MIB if isinstance(limit, int) else limit}\n")
        lines = [f"{self.statistics[name]} {size * MIB}" for name, size in statistics.items()]
        (folder / "memory.stat").write_text("\n".join(["anon 1", *lines, ""]))


@pytest.fixture(params=[1, 2], ids=["version 1", "version 2"])
def machine(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path, request.param)
    pairs = zip(memory_limits.HIERARCHIES, made.mounts, strict=True)
    monkeypatch.setattr(memory_limits, "PROC", str(tmp_path / "proc"))
    monkeypatch.setattr(memory_limits, "HIERARCHIES", [each._replace(mount=str(at)) for each, at in pairs])
    figures = {"MemAvailable": 4000 * MIB, "MemTotal": 8000 * MIB}
    monkeypatch.setattr(memory_limits, "read_machine", figures.__getitem__)
    return made


def test_a_groups_limit_leaves_what_is_not_used_and_the_cache_that_can_go(machine: Machine) -> None:
    machine.group("shop/web", used=95, limit=100)
    assert memory_left() == (5 * MIB, "the control group")
    assert read_cgroup() == {"current_bytes": 95 * MIB, "limit_bytes": 100 * MIB, "reclaimable_bytes": 0}
    machine.group("shop/web", used=95, limit=100, cache=60)
    assert read_cgroup() == {
        "current_bytes": 95 * MIB,
        "limit_bytes": 100 * MIB,
        "reclaimable_bytes": 60 * MIB,
    }
    assert memory_left() == (65 * MIB, "the control group")
    machine.group("shop/web", used=95, limit=100, cache=20, active=10)
    assert memory_left() == (30 * MIB, "the control group")


def test_cache_that_must_go_to_the_disk_first_is_no_room(machine: Machine) -> None:
    machine.group("shop/web", used=95, limit=100, cache=20, active=10, dirty=12, writeback=5)
    assert memory_left() == (13 * MIB, "the control group")
    machine.group("shop/web", used=95, limit=100, cache=1, dirty=12)
    assert memory_left() == (5 * MIB, "the control group")


def test_a_directory_in_memory_is_told_from_one_on_a_disk() -> None:
    assert is_in_memory(Path("/dev/shm"))
    assert not is_in_memory(Path("/proc"))
    assert not is_in_memory(Path("/there/is/none"))


def test_a_group_counts_whom_the_kernel_killed_for_lack_of_memory(machine: Machine) -> None:
    machine.group("shop/web", used=95, limit=100)
    name, before = machine.events
    file = machine.mount / "shop/web" / name
    assert find_kill_counter("self") is None
    file.write_text(before)
    assert find_kill_counter("self") is None, "as on kernels before 4.13"
    file.write_text(f"{before}oom_kill 2\n")
    counter = find_kill_counter("self")
    assert counter is not None
    assert not counter.has_grown()
    file.write_text(f"{before}oom_kill 3\n")
    assert counter.has_grown()
    file.unlink()
    assert not counter.has_grown()


def test_the_tightest_of_the_groups_above_it_counts(machine: Machine) -> None:
    machine.group("shop/web", used=10, limit=1000)
    machine.group("shop", used=190, limit=200)
    assert memory_left() == (10 * MIB, "the control group")
    assert memory_limit() == 200 * MIB


@pytest.mark.parametrize("none", ["max", str(2**63 - 4096)])
def test_a_group_without_a_limit_leaves_the_machine(machine: Machine, none: str) -> None:
    machine.group("shop/web", used=10, limit=none)
    assert memory_left() == (4000 * MIB, "the machine")
    assert memory_limit() == 8000 * MIB
    assert read_cgroup() == {"current_bytes": 10 * MIB, "reclaimable_bytes": 0}


def test_a_container_sees_its_own_group_as_the_root(machine: Machine) -> None:
    machine.group("", used=95, limit=100)
    assert memory_left() == (5 * MIB, "the control group")


def test_without_groups_the_machine_is_left(machine: Machine) -> None:
    assert not machine.mount.exists()
    assert memory_left() == (4000 * MIB, "the machine")
    assert read_cgroup() is None
