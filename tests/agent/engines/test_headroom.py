"""What an agent does when memory or disk is short: less, and it says so. The limits are the kernel's own files.

The native engine in real namespaces; the Python engine's judgement as a table, and once for real.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from heapdiff.agent.engines import headroom
from heapdiff.agent.engines.headroom import NEEDS, CaptureSize, judge_headroom
from tests.agent.cgroups import memory_group
from tests.agent.setups import EVERY_ENGINE, NATIVE, NEEDS_NATIVE, engine_setup
from tests.agent.target import Target

MIB = 1 << 20
VERSION_1 = {"memory/memory.limit_in_bytes": "{limit}", "memory/memory.usage_in_bytes": "{used}", "memory/memory.stat": "total_inactive_file {cache}"}  # fmt: skip
VERSION_2 = {
    "memory.max": "{limit}",
    "memory.current": "{used}",
    "memory.stat": "anon 1\\ninactive_file {cache}",
}


def in_namespace(*commands: str) -> tuple[str, ...]:
    """Run the target as root of a mount namespace of its own, after these commands."""
    script = " && ".join([*commands, 'exec "$0" "$@"'])
    return ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script)


def under_limit(version: dict[str, str], limit: object, used: int, cache: int = 0) -> tuple[str, ...]:
    """A target that finds itself in a container: its group is the root of what it sees."""
    commands = ["mount -t tmpfs cgroup /sys/fs/cgroup", "mkdir /sys/fs/cgroup/memory"]
    for name, text in version.items():
        content = text.format(limit=limit, used=used, cache=cache)
        commands.append(f"printf '{content}\\n' > /sys/fs/cgroup/{name}")
    return in_namespace(*commands)


def capture(
    engine: str, directory: Path, prefix: tuple[str, ...], setup: str = ""
) -> tuple[dict[str, Any], str]:
    """One capture of a target that starts so: its status, and what it said."""
    with Target(engine_setup(engine, directory, walk=False) + setup, prefix=prefix) as target:
        status = target.evaluate("snapshot()")
        assert target.evaluate("1 + 1") == 2
        return status, target.errors()


def summary(directory: Path) -> dict[str, Any]:
    (path,) = directory.glob("[!.]*.json")
    content: dict[str, Any] = json.loads(path.read_text())
    return content


@pytest.fixture(params=[NATIVE])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


ROOMY = {"left": (1000 * MIB, "the machine"), "disk": (1000 * MIB, 10_000 * MIB)}


@pytest.mark.parametrize(
    ("change", "room", "reason"),
    [
        ({}, (True, True), ""),
        ({"left": (None, ""), "disk": (None, 0)}, (True, True), ""),
        ({"left": (163 * MIB, "the control group")}, (False, False), "the control group leaves 170.9 MB"),
        ({"left": (164 * MIB, "the machine")}, (True, True), ""),
        ({"disk": (1 * MIB, 1000 * MIB)}, (False, False), "even a summary needs about 2.1 MB, "),
        ({"disk": (3 * MIB, 1000 * MIB)}, (False, True), "a graph needs about 72.0 MB"),
        ({"disk": (69 * MIB, 1000 * MIB)}, (True, True), ""),
        ({"disk": (200 * MIB, 10_000 * MIB)}, (False, True), "a graph needs about 288.0 MB"),
        ({"disk": (69 * MIB, 1000 * MIB), "last": (20 * MIB, 100 * MIB)}, (False, True), "about 80.7 MB"),
        ({"disk": (69 * MIB, 1000 * MIB), "last": (5 * MIB, 50 * MIB)}, (True, True), ""),
    ],
)  # fmt: skip
def test_the_python_engine_judges_by_what_is_left_and_by_its_last_graph(
    change: dict[str, tuple[Any, Any]],
    room: tuple[bool, bool],
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """A process of 100 MiB: memory for 64 MiB and itself; a graph of a sixth, or as large as the last grew to be."""
    given = {"last": (0, 0), **ROOMY, **change}
    monkeypatch.setattr(headroom, "memory_left", lambda _: given["left"])
    monkeypatch.setattr(headroom, "memory_ends_together", lambda _: False)
    monkeypatch.setattr(headroom, "disk_left", lambda _: given["disk"])
    found = judge_headroom(NEEDS["gc"], CaptureSize(tmp_path, 100 * MIB, *given["last"]))
    assert (found.graph, found.summary) == room
    assert reason in found.reason
    assert bool(found.reason) == bool(reason)


@pytest.mark.parametrize("engine", EVERY_ENGINE, indirect=True)
@pytest.mark.parametrize("version", [VERSION_1, VERSION_2], ids=["version 1", "version 2"])
def test_a_group_without_room_gets_no_snapshot_and_a_reason(
    engine: str, version: dict[str, str], tmp_path: Path
) -> None:
    status, said = capture(engine, tmp_path, under_limit(version, limit=100 * MIB, used=95 * MIB))
    assert status["state"] == "failed"
    assert "too little memory" in status["error"]
    assert "the control group leaves 5.2 MB" in status["error"]
    assert status["error"] in said
    assert [path.name for path in tmp_path.iterdir() if ".agent-" not in path.name] == []


@pytest.mark.parametrize("engine", EVERY_ENGINE, indirect=True)
def test_a_refusal_holds_no_descriptor(engine: str, tmp_path: Path) -> None:
    prefix = under_limit(VERSION_2, limit=100 * MIB, used=95 * MIB)
    with Target(engine_setup(engine, tmp_path) + "engine.start()\n", prefix=prefix) as target:
        before = target.evaluate("os.listdir('/proc/self/fd')")
        assert target.evaluate("snapshot()['state']") == "failed"
        assert target.evaluate("os.listdir('/proc/self/fd')") == before


@pytest.mark.parametrize("version", [VERSION_1, VERSION_2], ids=["version 1", "version 2"])
def test_file_cache_that_can_go_counts_as_room(engine: str, version: dict[str, str], tmp_path: Path) -> None:
    prefix = under_limit(version, limit=1000 * MIB, used=995 * MIB, cache=600 * MIB)
    status, _ = capture(engine, tmp_path, prefix)
    assert (status["state"], status["error"]) == ("done", "")
    assert summary(tmp_path)["notes"] == []


@pytest.mark.parametrize(("version", "none"), [(VERSION_1, 2**63 - 4096), (VERSION_2, "max")])
def test_a_group_without_a_limit_is_no_obstacle(
    engine: str, version: dict[str, str], none: object, tmp_path: Path
) -> None:
    status, _ = capture(engine, tmp_path, under_limit(version, limit=none, used=10_000 * MIB))
    assert status["state"] == "done"
    assert "limit_bytes" not in summary(tmp_path)["memory"]["cgroup"]


@NEEDS_NATIVE
def test_a_little_room_gets_a_summary_without_graph_which_says_why(tmp_path: Path) -> None:
    prefix = under_limit(VERSION_2, limit=100 * MIB, used=78 * MIB)
    status, said = capture("native", tmp_path, prefix)
    assert status["state"] == "done"
    assert summary(tmp_path)["graph"] is None
    (note,) = summary(tmp_path)["notes"]
    assert note.startswith("no graph: too little memory: a graph needs about ")
    assert note in said


@NEEDS_NATIVE
@pytest.mark.parametrize("together", [0, 1])
def test_a_group_that_is_killed_as_a_whole_needs_room_for_the_worst_case(
    tmp_path: Path, together: int
) -> None:
    version = {**VERSION_2, "memory.oom.group": str(together)}
    status, _ = capture("native", tmp_path, under_limit(version, limit=100 * MIB, used=70 * MIB))
    assert status["state"] == "done"
    assert (summary(tmp_path)["graph"] is None) == bool(together)
    if together:
        (note,) = summary(tmp_path)["notes"]
        assert note.endswith(", and the kernel would end the whole group (memory.oom.group)")


def test_a_machine_without_room_is_as_bad(engine: str, tmp_path: Path) -> None:
    shortage = tmp_path / "meminfo"
    shortage.write_text("MemTotal: 1000000 kB\nMemAvailable: 9000 kB\n")
    directory = tmp_path / "out"
    directory.mkdir(mode=0o700)
    status, _ = capture(engine, directory, in_namespace(f"mount --bind {shortage} /proc/meminfo"))
    assert status["state"] == "failed"
    assert "the machine leaves 9.2 MB" in status["error"]


@pytest.mark.parametrize("engine", EVERY_ENGINE, indirect=True)
def test_whoever_knows_better_can_switch_it_off(engine: str, tmp_path: Path) -> None:
    prefix = under_limit(VERSION_2, limit=100 * MIB, used=99 * MIB)
    status, _ = capture(engine, tmp_path, prefix, "engine.bound(0, None)")
    assert status["state"] == "done"


@pytest.mark.parametrize("engine", EVERY_ENGINE, indirect=True)
@pytest.mark.parametrize(("size", "outcome"), [("1m", "failed"), ("4m", "done")])
def test_a_small_disk_is_noticed_beforehand(engine: str, tmp_path: Path, size: str, outcome: str) -> None:
    """A target of any engine has at least 14 MB, so its graph is expected to take more than 2 MB."""
    place = tmp_path / "small"
    place.mkdir(mode=0o700)
    prefix = in_namespace(f"mount -t tmpfs -o size={size},mode=700 small {place}")
    with Target(engine_setup(engine, place, walk=False), prefix=prefix) as target:
        status = target.evaluate("snapshot()")
        assert status["state"] == outcome
        if outcome == "failed":
            assert f"even a summary needs about 2.1 MB, {place} leaves" in status["error"]
            assert "(snapshot --to PATH writes elsewhere)" in status["error"]
        else:
            content = target.evaluate(f"json.load(open({str(place)!r} + '/' + engine.status()['name']))")
            assert content["graph"] is None
            assert content["notes"][0].startswith("no graph: too little disk space: a graph needs about ")


def test_the_last_graph_tells_what_the_next_one_takes(engine: str, tmp_path: Path) -> None:
    """The first guess, a sixth of the memory, would not fit; the graph itself is far smaller than that."""
    place = tmp_path / "small"
    place.mkdir(mode=0o700)
    prefix = in_namespace(f"mount -t tmpfs -o size=12m,mode=700 small {place}")
    setup = engine_setup(engine, place) + "ballast = b'x' * (100 << 20)\n"
    with Target(setup, prefix=prefix) as target:
        assert target.evaluate("snapshot()['state']") == "done"
        graph = f"json.load(open({str(place)!r} + '/' + engine.status()['name']))['graph']"
        assert target.evaluate(graph) is None
        target.execute("engine.bound(0, None)\nsnapshot()\nengine.bound(0, needs)\nsnapshot()")
        assert target.evaluate(graph) is not None


@NEEDS_NATIVE
def test_a_child_that_takes_more_than_its_group_has_dies_alone(tmp_path: Path) -> None:
    """The real thing: the kernel's OOM killer takes the child, for it asked to be first.

    Most of what the group has left is taken page by page, not by the page tables of the fork, so that a dead child gives
    back at once what the parent needs for the pages that it copies by writing to them.
    """
    with memory_group() as group, Target(engine_setup("native", tmp_path)) as target:
        if group is None:
            pytest.skip("no right to make a control group here; the next test bounds the child without one")
        target.execute("heap = [[n] for n in range(1_000_000)]\nengine.bound(0, None)")
        needed = target.evaluate("snapshot()['child_private_bytes']")
        group.add(target.process.pid)
        target.execute("more = bytearray(8 << 20)")
        group.limit(group.used() + needed * 5 // 6)
        status = target.evaluate("snapshot()")
        assert status["state"] == "failed"
        assert "signal 9 (perhaps out of memory)" in status["error"]
        assert target.evaluate("len(heap)") == 1_000_000
        assert target.evaluate("children()") == []
        group.limit(1 << 40)
        assert target.evaluate("snapshot()['state']") == "done"


@NEEDS_NATIVE
def test_a_child_that_gets_no_memory_ends_with_a_reason(tmp_path: Path) -> None:
    bound = """
import resource
heap = [[n] for n in range(300_000)]
size = int(open("/proc/self/statm").read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
resource.setrlimit(resource.RLIMIT_AS, (size + (1 << 20), resource.RLIM_INFINITY))
"""
    with Target(engine_setup("native", tmp_path) + "engine.start()\n" + bound) as target:
        status = target.evaluate("snapshot()")
        assert (status["state"], "Cannot allocate memory" in status["error"]) == ("failed", True)
        assert [path.name for path in tmp_path.iterdir() if ".agent-" not in path.name] == []
        target.execute("resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)")
        assert target.evaluate("snapshot()['state']") == "done"
