"""What an agent does when memory or disk is short: less, and it says so. The limits are the kernel's own files.

The native engine in real namespaces and groups, the Python engine where it has code of its own. What is judged: `test_room.py`.
"""

from __future__ import annotations

import errno
import json
import os
import platform
from pathlib import Path
from typing import Any

import pytest

from heapdiff.snapshot import read_snapshot
from tests.agent.cgroups import memory_group
from tests.agent.seccomp import REFUSE
from tests.agent.setups import EVERY_ENGINE, NATIVE, NEEDS_NATIVE, WHILE_IT_RUNS, engine_setup
from tests.agent.target import DESCRIPTORS, Target

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


@pytest.mark.parametrize("engine", EVERY_ENGINE, indirect=True)
@pytest.mark.parametrize("version", [VERSION_1, VERSION_2], ids=["version 1", "version 2"])
def test_a_group_without_room_gets_a_summary_of_its_memory_and_a_reason(
    engine: str, version: dict[str, str], tmp_path: Path
) -> None:
    status, said = capture(engine, tmp_path, under_limit(version, limit=100 * MIB, used=98 * MIB))
    assert (status["state"], status["objects"]) == ("done", 0)
    written = summary(tmp_path)
    assert (written["capture"]["counted"], written["types"], written["graph"]) == ("none", [], None)
    assert written["memory"]["cgroup"] == {
        "current_bytes": 98 * MIB,
        "limit_bytes": 100 * MIB,
        "reclaimable_bytes": 0,
    }
    assert written["memory"]["rss_bytes"] > MIB
    (note,) = written["notes"]
    assert note.startswith("no graph and no types, only the process's memory: too little memory: even a walk")
    assert "the control group leaves 2.1 MB" in note
    assert note.endswith("(snapshot --force tries all the same)")
    assert note in said
    assert read_snapshot(next(tmp_path.glob("[!.]*.json"))).summary.capture.counted == "none"


@pytest.mark.parametrize("engine", EVERY_ENGINE, indirect=True)
def test_who_insists_gets_the_graph(engine: str, tmp_path: Path) -> None:
    prefix = under_limit(VERSION_2, limit=100 * MIB, used=98 * MIB)
    with Target(engine_setup(engine, tmp_path, walk=False), prefix=prefix) as target:
        target.execute("engine.request('api', None, None, None, True, False, True)")
        assert target.evaluate("finished()['state']") == "done"
    assert summary(tmp_path)["graph"] is not None
    assert summary(tmp_path)["notes"] == []


@pytest.mark.parametrize("engine", EVERY_ENGINE, indirect=True)
def test_figures_alone_hold_no_descriptor_and_start_no_child(engine: str, tmp_path: Path) -> None:
    prefix = under_limit(VERSION_2, limit=100 * MIB, used=98 * MIB)
    with Target(engine_setup(engine, tmp_path) + "engine.start()\n", prefix=prefix) as target:
        before = target.evaluate(DESCRIPTORS)
        assert target.evaluate("snapshot()['state'], snapshot()['pause_ms']") == ["done", 0]
        assert target.holds_only(before)


@pytest.mark.parametrize("engine", EVERY_ENGINE, indirect=True)
def test_figures_alone_are_kept_as_few_as_graphs(engine: str, tmp_path: Path) -> None:
    prefix = under_limit(VERSION_2, limit=100 * MIB, used=98 * MIB)
    with Target(engine_setup(engine, tmp_path).replace("keep=20", "keep=2"), prefix=prefix) as target:
        names = target.evaluate("[snapshot()['name'] for _ in range(4)]")
    assert sorted(path.name for path in tmp_path.glob("[!.]*.json")) == names[2:]


@pytest.mark.parametrize("version", [VERSION_1, VERSION_2], ids=["version 1", "version 2"])
def test_file_cache_that_can_go_counts_as_room(engine: str, version: dict[str, str], tmp_path: Path) -> None:
    prefix = under_limit(version, limit=1000 * MIB, used=995 * MIB, cache=600 * MIB)
    status, _ = capture(engine, tmp_path, prefix)
    assert (status["state"], status["error"]) == ("done", "")
    assert summary(tmp_path)["notes"] == []


def test_file_cache_that_must_go_to_the_disk_first_is_no_room(engine: str, tmp_path: Path) -> None:
    version = {**VERSION_2, "memory.stat": "inactive_file {cache}\\nactive_file {cache}\\nfile_dirty {cache}"}
    prefix = under_limit(version, limit=1000 * MIB, used=999 * MIB, cache=2 * MIB)
    capture(engine, tmp_path, prefix)
    assert "the control group leaves 2.1 MB" in summary(tmp_path)["notes"][0]


def test_a_graph_that_would_fill_memory_is_left_out(engine: str, tmp_path: Path) -> None:
    """As much memory as a graph needs on a disk; but the directory is memory, and a graph may be a sixth of the process."""
    place = tmp_path / "memory"
    place.mkdir(mode=0o700)
    inside = under_limit(VERSION_2, limit=1000 * MIB, used=970 * MIB)
    mounted = f"mount -t tmpfs -o size=900m,mode=700 small {place} && {inside[-1]}"
    setup = engine_setup(engine, place) + "ballast = b'x' * (180 << 20)\n"
    with Target(setup, prefix=(*inside[:-1], mounted)) as target:
        graph = f"json.load(open({str(place)!r} + '/' + engine.status()['name']))['graph']"
        assert target.evaluate("snapshot()['state']") == "done"
        assert target.evaluate(graph) is None
        target.execute(f"configure({str(tmp_path)!r})")
        assert target.evaluate("snapshot()['state']") == "done"
    assert summary(tmp_path)["graph"] is not None


@pytest.mark.parametrize(("version", "none"), [(VERSION_1, 2**63 - 4096), (VERSION_2, "max")])
def test_a_group_without_a_limit_is_no_obstacle(
    engine: str, version: dict[str, str], none: object, tmp_path: Path
) -> None:
    status, _ = capture(engine, tmp_path, under_limit(version, limit=none, used=10_000 * MIB))
    assert status["state"] == "done"
    assert "limit_bytes" not in summary(tmp_path)["memory"]["cgroup"]


@NEEDS_NATIVE
@pytest.mark.parametrize(
    ("left", "together", "lack"),
    [
        (12, 0, ""),
        (12, 1, "no graph"),
        (9, 0, "no graph"),
        (6, 0, "no graph, and types only of what the garbage collector tracks"),
    ],
)
def test_a_little_room_gets_less_of_a_snapshot_which_says_why(
    tmp_path: Path, left: int, together: int, lack: str
) -> None:
    version = {**VERSION_2, "memory.oom.group": str(together)}
    status, said = capture("native", tmp_path, under_limit(version, limit=100 * MIB, used=(100 - left) * MIB))
    assert status["state"] == "done"
    written = summary(tmp_path)
    assert (written["graph"] is None) == bool(lack)
    assert written["capture"]["counted"] == ("tracked" if "tracks" in lack else "all")
    assert [note.partition(": ")[0] for note in written["notes"]] == ([lack] if lack else [])
    for note in written["notes"]:
        assert note in said
        assert ("memory.oom.group" in note) == bool(together)


@NEEDS_NATIVE
def test_what_the_collector_tracks_is_counted_without_a_set_of_what_was_seen(tmp_path: Path) -> None:
    heap = "class Kept: pass\nheap = [Kept() for _ in range(1000)] + [str(n) * 9 for n in range(5000)]\n"
    prefix = under_limit(VERSION_2, limit=100 * MIB, used=94 * MIB)
    capture("native", tmp_path, prefix, heap)
    counts = {entry["type"]: entry["count"] for entry in summary(tmp_path)["types"]}
    assert counts["__main__.Kept"] == 1000
    assert counts["dict"] > 100
    assert "str" not in counts


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the filter knows x86-64's system calls")
@NEEDS_NATIVE
def test_a_fork_without_memory_leaves_figures_and_the_reason(tmp_path: Path) -> None:
    with Target(engine_setup("native", tmp_path) + "engine.start()\n" + REFUSE) as target:
        target.execute("refuse(errno.ENOMEM, 'clone', 'clone3', 'fork', 'vfork')")
        status = target.evaluate("snapshot()")
    assert (status["state"], status["objects"]) == ("done", 0)
    (note,) = summary(tmp_path)["notes"]
    assert "no graph and no types" in note
    assert f"fork failed: {os.strerror(errno.ENOMEM)}" in note
    assert list(tmp_path.glob(".*.partial")) == []


@NEEDS_NATIVE
def test_a_child_that_the_kernel_kills_for_memory_is_tried_again(tmp_path: Path) -> None:
    kills, directory = tmp_path / "vmstat", tmp_path / "out"
    kills.write_text("nr_free_pages 1\noom_kill 7\n")
    directory.mkdir(mode=0o700)
    prefix = in_namespace(f"mount --bind {kills} /proc/vmstat")
    with Target(engine_setup("native", directory) + WHILE_IT_RUNS, prefix=prefix) as target:
        status = target.evaluate(
            "while_it_runs(kill)",
            f"""
def kill(child):
    with open({str(kills)!r}, "w") as file: file.write("oom_kill 8")
    os.kill(child, signal.SIGKILL)
""",
        )
    assert (status["state"], status["objects"] > 300_000) == ("done", True)
    assert list(directory.glob(".*.partial")) == []


def test_a_machine_without_room_is_as_bad(engine: str, tmp_path: Path) -> None:
    shortage = tmp_path / "meminfo"
    shortage.write_text("MemTotal: 1000000 kB\nMemAvailable: 3000 kB\n")
    directory = tmp_path / "out"
    directory.mkdir(mode=0o700)
    status, _ = capture(engine, directory, in_namespace(f"mount --bind {shortage} /proc/meminfo"))
    assert status["state"] == "done"
    (note,) = summary(directory)["notes"]
    assert "the machine leaves 3.1 MB" in note


@pytest.mark.parametrize("engine", EVERY_ENGINE, indirect=True)
def test_whoever_knows_better_can_switch_it_off(engine: str, tmp_path: Path) -> None:
    prefix = under_limit(VERSION_2, limit=100 * MIB, used=99 * MIB)
    status, _ = capture(engine, tmp_path, prefix, "engine.bound(0, None)")
    assert status["state"] == "done"


@pytest.mark.parametrize("engine", EVERY_ENGINE, indirect=True)
@pytest.mark.parametrize(("size", "outcome"), [("1m", "failed"), ("4m", "done")])
def test_a_small_disk_is_noticed_beforehand(engine: str, tmp_path: Path, size: str, outcome: str) -> None:
    """The graph of a target of any engine is expected to take more than 2 MB, with this ballast."""
    place = tmp_path / "small"
    place.mkdir(mode=0o700)
    prefix = in_namespace(f"mount -t tmpfs -o size={size},mode=700 small {place}")
    setup = engine_setup(engine, place, walk=False) + "ballast = b'x' * (8 << 20)\n"
    with Target(setup, prefix=prefix) as target:
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


@pytest.mark.slow
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


NOTHING_NEEDED = """
from heapdiff.agent.engines.headroom import MemoryNeed
nothing = MemoryNeed(0)
engine.bound(0, needs._replace(graph=nothing, summary=nothing, tracked=nothing, reserve=nothing, copies_least=0))
"""


@pytest.mark.slow
@NEEDS_NATIVE
def test_a_snapshot_that_the_kernel_ends_for_want_of_memory_is_followed_by_less(tmp_path: Path) -> None:
    """The real thing: a child that got as far as the graph's first megabytes, then one that walks less."""
    with memory_group() as group, Target(engine_setup("native", tmp_path)) as target:
        if group is None:
            pytest.skip("no right to make a control group here; the next test ends the child without one")
        target.execute("heap = [[n] for n in range(1_000_000)]\n" + NOTHING_NEEDED)
        group.add(target.process.pid)
        target.execute("more = bytearray(8 << 20)")
        group.limit(group.used() + 2 * MIB)
        assert target.evaluate("snapshot()['state']") == "done"
        group.limit(1 << 40)
        assert target.evaluate("len(heap)") == 1_000_000
        assert target.evaluate("children()") == []
    written = summary(tmp_path)
    assert written["graph"] is None
    assert written["capture"]["counted"] != "all"
    assert "memory became short while a child walked the heap" in written["notes"][0]
    assert list(tmp_path.glob(".*partial")) == []


@NEEDS_NATIVE
def test_a_child_is_ended_before_the_kernel_would_end_its_whole_group(tmp_path: Path) -> None:
    """Each walk takes longer than the watcher's pause; on one processor, the child has the lower priority."""
    heap = "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\nheap = [[n] for n in range(1_000_000)]\n"
    setup = engine_setup("native", tmp_path) + heap + NOTHING_NEEDED
    with Target(setup) as target:
        target.execute("engine.bound(0, needs._replace(reserve=MemoryNeed(1 << 60)))")
        target.execute(
            "engine.bound(0, needs._replace(graph=nothing, summary=nothing, tracked=nothing, reserve=MemoryNeed(1 << 60)))"
        )
        assert target.evaluate("snapshot()['state']") == "done"
        assert target.evaluate("children()") == []
    assert summary(tmp_path)["capture"]["counted"] == "none"
    assert "memory became short while a child walked the heap" in summary(tmp_path)["notes"][0]


@pytest.mark.slow
@NEEDS_NATIVE
def test_a_threshold_of_nine_tenths_really_leaves_a_snapshot(tmp_path: Path) -> None:
    """`HEAPDIFF_AT_RSS=90%`, as documented, in a real group whose memory fills up."""
    environment = {"HEAPDIFF_AT_RSS": "90%", "HEAPDIFF_DIR": str(tmp_path), "HEAPDIFF_SIGNAL": "none"}
    with memory_group() as group:
        if group is None:
            pytest.skip("no right to make a control group here")
        group.limit(128 * MIB)
        enter = ("sh", "-c", f'echo $$ > {group.folder}/cgroup.procs && exec "$0" "$@"')
        with Target(
            "import heapdiff, time\nheapdiff.install()\n" + FILLED, prefix=enter, **environment
        ) as target:
            assert target.evaluate("captures()") == 1
            assert target.evaluate("len(heap) > 10_000")
    written = summary(tmp_path)
    assert written["trigger"] == "threshold"
    assert written["capture"]["counted"] == "all"
    assert written["memory"]["rss_bytes"] >= 128 * MIB * 9 // 10


FILLED = """
from heapdiff.agent.worker import installation
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
def captures():
    while not installation._agent.choice.engine.status()["captures"]:
        time.sleep(0.01)
    return installation._agent.choice.engine.status()["captures"]
heap = []
while resident() < 0.91 * (128 << 20):
    heap.extend({"n": n} for n in range(100))
"""


@NEEDS_NATIVE
@pytest.mark.parametrize("spare", [0, 1 << 20])
def test_a_child_that_gets_no_memory_ends_with_a_reason(tmp_path: Path, spare: int) -> None:
    bound = f"""
import resource
heap = [[n] for n in range(300_000)]
size = int(open("/proc/self/statm").read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
resource.setrlimit(resource.RLIMIT_AS, (size + {spare}, resource.RLIM_INFINITY))
"""
    with Target(
        engine_setup("native", tmp_path) + "engine.bound(0, None)\nengine.start()\n" + bound
    ) as target:
        status = target.evaluate("snapshot()")
        assert (status["state"], os.strerror(errno.ENOMEM) in status["error"]) == ("failed", True)
        assert [path.name for path in tmp_path.iterdir() if ".agent-" not in path.name] == []
        target.execute("resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)")
        assert target.evaluate("snapshot()['state']") == "done"
