"""Signals, threads, forks and faults around the native capture."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.compiled import compile_library
from tests.agent.target import NATIVE, Target
from tests.processes import of_each_thread

pytest.importorskip("heapdiff.agent._native", reason="no compiler here: the native engine was not built")

ARMED = (
    NATIVE
    + """
import os, signal
def wait_for(wanted):
    while _native.status()["captures"] + _native.status()["failures"] < wanted or _native.status()["state"] == "running":
        time.sleep(0.002)
    return _native.status()
"""
)


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    with Target(ARMED + f"configure({str(tmp_path)!r})") as running:
        yield running


def files(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir() if not path.name.startswith(".agent"))


def wait_until_idle(pid: int) -> None:
    """Until each thread waits for work: one that begins may hold the lock of the sanitizer's own allocator."""
    while set(re.findall(r"\) (\w) ", " ".join(of_each_thread(pid, "stat")))) != {"S"}:
        time.sleep(0.001)


def test_a_signal_makes_a_complete_snapshot_and_leaves_no_partial_file(
    target: Target, tmp_path: Path
) -> None:
    assert target.evaluate("_native.arm(signal.SIGUSR2)") == "armed"
    assert target.evaluate("_native.arm(signal.SIGUSR2)") == "already"
    os.kill(target.process.pid, signal.SIGUSR2)
    status = target.evaluate("wait_for(1)")
    stem = status["name"].removesuffix(".json")
    assert files(tmp_path) == [f"{stem}.heap", f"{stem}.json"]
    summary = json.loads((tmp_path / status["name"]).read_text())
    assert summary["trigger"] == "signal"
    assert [oct((tmp_path / name).stat().st_mode & 0o777) for name in files(tmp_path)] == ["0o600", "0o600"]
    assert f"wrote {tmp_path}/{status['name']}" in target.errors()


def test_a_storm_of_signals_is_answered_once_and_refused_otherwise(target: Target, tmp_path: Path) -> None:
    target.execute("heap = [[n] for n in range(100_000)]; _native.arm(signal.SIGUSR2)")
    for _ in range(1000):
        os.kill(target.process.pid, signal.SIGUSR2)
    status = target.evaluate("wait_for(1)")
    assert 1 <= status["captures"] <= 20
    assert status["failures"] == 0
    assert len([name for name in files(tmp_path) if name.endswith(".json")]) == status["captures"]
    errors = target.errors()
    assert errors.count("\n") <= 2 * status["captures"]


def test_a_second_request_while_one_runs_is_refused(target: Target) -> None:
    target.execute("heap = [[n] for n in range(100_000)]")
    tickets = target.evaluate("[_native.request('api', None, None, None, True) for _ in range(3)]")
    assert tickets[0] > 0
    assert tickets[1:] == [0, 0]
    status = target.evaluate("finished()")
    assert (status["captures"], status["refused"]) == (1, 2)


def test_somebody_elses_handler_is_left_alone(target: Target) -> None:
    target.execute("heard = []; signal.signal(signal.SIGUSR2, lambda *args: heard.append(1))")
    assert target.evaluate("_native.arm(signal.SIGUSR2)") == "taken"
    os.kill(target.process.pid, signal.SIGUSR2)
    assert target.evaluate("len(heard)") == 1
    assert target.evaluate("_native.armed()") == 0


def test_stop_gives_the_signal_back_and_ends_the_thread(target: Target) -> None:
    caught = "open('/proc/self/status').read().split('SigCgt:')[1].split()[0][-8:]"
    threads, before = target.evaluate("len(os.listdir('/proc/self/task'))"), target.evaluate(caught)
    target.execute("_native.arm(signal.SIGUSR2); snapshot()")
    assert target.evaluate("len(os.listdir('/proc/self/task'))") == threads + 1
    assert target.evaluate(caught) != before
    target.execute("_native.stop()")
    assert target.evaluate("len(os.listdir('/proc/self/task'))") == threads
    assert target.evaluate(caught) == before
    assert target.evaluate("_native.armed()") == 0


def test_a_forked_process_is_not_captured_by_its_parent_and_can_be_armed_itself(
    target: Target, tmp_path: Path
) -> None:
    target.execute("_native.arm(signal.SIGUSR2)")
    wait_until_idle(target.process.pid)
    target.execute("""
read, write = os.pipe()
pid = os.fork()
if pid == 0:
    os.kill(os.getpid(), signal.SIGUSR2)          # nobody watches here: it waits
    _native.start()
    os.kill(os.getpid(), signal.SIGUSR2)
    os.write(write, json.dumps(wait_for(1)["name"]).encode() if "json" in dir() else wait_for(1)["name"].encode())
    os._exit(0)
os.close(write)
name = os.read(read, 4096).decode()
os.waitpid(pid, 0)
""")
    child = target.evaluate("pid")
    assert f"-{child}-" in target.evaluate("name")
    assert [name for name in files(tmp_path) if name.endswith(".json")] == [target.evaluate("name")]
    assert target.evaluate("_native.status()['captures']") == 0


def test_a_handler_that_a_server_resets_is_put_back(target: Target) -> None:
    target.execute("_native.arm(signal.SIGUSR2); _native.watch_handler(30)")
    target.execute("signal.signal(signal.SIGUSR2, signal.SIG_DFL)")
    target.execute("""
while not _native.armed():
    time.sleep(0.01)
os.kill(os.getpid(), signal.SIGUSR2)
""")
    assert target.evaluate("wait_for(1)")["captures"] == 1


def test_a_killed_child_leaves_one_line_no_zombie_and_no_file(target: Target, tmp_path: Path) -> None:
    target.execute("_native._crash_after(1000)")
    status = target.evaluate("snapshot()")
    assert status["state"] == "failed"
    assert "signal 9" in status["error"]
    assert files(tmp_path) == []
    assert target.evaluate("snapshot()['state']") == "done"
    children = target.evaluate("open(f'/proc/self/task/{os.getpid()}/children').read()")
    assert children == ""


def test_a_full_disk_leaves_one_line_and_no_file(tmp_path: Path) -> None:
    place = tmp_path / "small"
    place.mkdir(mode=0o700)
    mount = f'mount -t tmpfs -o size=300k,mode=700 small {place} && exec "$0" "$@"'
    prefix = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount)
    with Target(ARMED + f"configure({str(place)!r})", prefix=prefix) as target:
        target.execute("heap = [[n] for n in range(100_000)]")
        status = target.evaluate("snapshot()")
        assert (status["state"], "No space left" in status["error"]) == ("failed", True)
        assert target.evaluate(f"[n for n in os.listdir({str(place)!r}) if not n.startswith('.agent')]") == []
        assert target.errors().count("no snapshot: cannot write") == 1


def test_a_file_size_limit_leaves_one_line_and_no_file(target: Target, tmp_path: Path) -> None:
    target.execute("import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))")
    status = target.evaluate("snapshot()")
    assert status["state"] == "failed"
    assert "File too large" in status["error"]
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("prepare", "reason"),
    [
        ("os.symlink('.', place)", "symbolic link"),
        ("os.mkdir(place); os.chmod(place, 0o777)", "others may write"),
        ("open(place, 'w').close()", "no directory"),
        ("os.mkdir(place, 0o700); os.chown(place, 12345, 12345)", "another user"),
        ("place = place + '/missing/deeper'; configure(place)", "No such file"),
    ],
)
def test_an_unsafe_directory_is_refused_with_its_reason(tmp_path: Path, prepare: str, reason: str) -> None:
    if "chown" in prepare and os.geteuid() != 0:
        prepare = "place = '/'; configure(place)"
    place = str(tmp_path / "place")
    with Target(ARMED + f"place = {place!r}\nconfigure(place)\n{prepare}") as target:
        status = target.evaluate("snapshot()")
        assert status["state"] == "failed"
        assert reason in status["error"]
        assert status["error"].startswith("cannot use the directory")


def test_a_missing_directory_is_made_private(tmp_path: Path) -> None:
    with Target(ARMED + f"configure({str(tmp_path / 'new')!r})") as target:
        assert target.evaluate("snapshot()['state']") == "done"
        assert oct((tmp_path / "new").stat().st_mode & 0o777) == "0o700"


def test_only_as_many_snapshots_as_asked_for_stay(tmp_path: Path) -> None:
    (tmp_path / "host-1-0001-20200101T000000Z.json").write_text("{}")
    with Target(ARMED + f"configure({str(tmp_path)!r}, keep=3)") as target:
        names = target.evaluate("[snapshot()['name'] for _ in range(6)]")
    kept = [name for name in files(tmp_path) if name.endswith(".json")]
    assert kept == sorted(["host-1-0001-20200101T000000Z.json", *names[3:]])
    assert len(files(tmp_path)) == 7


def test_requests_served_stand_in_the_summary(target: Target) -> None:
    target.execute("for _ in range(7): _native.count_request()")
    summary = json.loads(Path(target.evaluate("snapshot()")["path"]).read_text())
    assert summary["process"]["requests"] == 7


def test_those_served_are_counted_where_the_heap_is_copied(target: Target) -> None:
    target.execute("""
import threading
class Session: pass
sessions, ended, begun = [], threading.Event(), threading.Event()
def serve():
    while not ended.is_set():
        _native.count_request()
        sessions.append(Session())
        begun.set()
thread = threading.Thread(target=serve); thread.start(); begun.wait()
""")
    paths = [Path(target.evaluate("snapshot()")["path"]) for _ in range(5)]
    target.execute("ended.set(); thread.join()")
    for summary in map(json.loads, map(Path.read_text, paths)):
        sessions = next(each["count"] for each in summary["types"] if each["type"].endswith("Session"))
        assert summary["process"]["requests"] - sessions in (0, 1)


def test_a_capture_during_a_collection_waits_for_its_end(target: Target) -> None:
    target.execute("""
import gc, threading
class Slow:
    def __del__(self):
        inside.set(); time.sleep(0.05)
inside = threading.Event()
def collect():
    for _ in range(10):
        one = Slow(); one.me = one; del one
        gc.collect()
thread = threading.Thread(target=collect); thread.start(); inside.wait()
""")
    assert target.evaluate("snapshot()['state']") == "done"
    target.execute("thread.join()")


def test_a_capture_at_interpreter_exit_does_not_hang_or_crash(tmp_path: Path) -> None:
    script = (
        NATIVE
        + f"configure({str(tmp_path)!r})\nimport atexit\n_native.request('api', None, None, None, True)"
    )
    for _ in range(5):
        done = subprocess.run(
            [sys.executable, "-c", script],
            check=False,
            capture_output=True,
            timeout=60,
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        )
        assert done.returncode == 0, done.stderr


def test_descriptors_of_the_process_do_not_live_on_in_the_child(target: Target) -> None:
    target.execute("""
import socket
listening = socket.create_server(("127.0.0.1", 0))
port = listening.getsockname()[1]
heap = [[n] for n in range(300_000)]
_native.request("api", None, None, None, True)
while _native.status()["objects_so_far"] == 0 and _native.status()["state"] == "running":
    time.sleep(0.001)
listening.close()
again = socket.create_server(("127.0.0.1", port))    # fails while any process holds the old one
""")
    assert target.evaluate("finished()['state']") == "done"


@pytest.mark.parametrize("allocator", ["malloc", "debug", "pymalloc_debug"])
def test_other_allocators_of_python_work(tmp_path: Path, allocator: str) -> None:
    with Target(ARMED + f"configure({str(tmp_path)!r})", PYTHONMALLOC=allocator) as target:
        assert target.evaluate("_native.self_check()") is None
        assert target.evaluate("snapshot()['state']") == "done"


def test_busy_threads_logging_and_pools_survive_many_captures(target: Target) -> None:
    target.execute("""
import concurrent.futures, io, logging, threading
logging.basicConfig(stream=io.StringIO(), level=logging.INFO)
stop = threading.Event()
def churn(n):
    rounds = 0
    while not stop.is_set():
        logging.info("round %d of %d", rounds, n)
        list(map(str, range(50))); rounds += 1
        if rounds % 10 == 0: stop.wait(0.002)
    return rounds
pool = concurrent.futures.ThreadPoolExecutor(4)
futures = [pool.submit(churn, n) for n in range(4)]
""")
    states = target.evaluate("[snapshot()['state'] for _ in range(6)]")
    assert states == ["done"] * 6
    rounds = target.evaluate("[future.result(30) for future in futures]", "stop.set()")
    assert all(count > 0 for count in rounds)


def test_who_saw_the_file_may_ask_again_at_once(target: Target, tmp_path: Path) -> None:
    target.execute(f"""
import glob
_native.arm(signal.SIGUSR2)
for number in range(1, 16):
    os.kill(os.getpid(), signal.SIGUSR2)
    while len(glob.glob({str(tmp_path / "*.json")!r})) < number:
        time.sleep(0.0005)
wait_for(15)
""")
    status = target.evaluate("_native.status()")
    assert (status["captures"], status["refused"]) == (15, 0)


FAST_CLOCK = """
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *at)
{
    int result = syscall(SYS_clock_gettime, clock, at);
    at->tv_sec += clock == CLOCK_REALTIME ? 86400 : 0;
    return result;
}
"""


def test_a_clock_that_is_set_back_stops_no_capture(tmp_path: Path) -> None:
    """Read a day ahead of the kernel's, as if it were set back right after each look."""
    ahead = compile_library(tmp_path / "ahead", "ahead", FAST_CLOCK)
    before_it = os.environ.get("LD_PRELOAD", "")  # a sanitizer's library has to be the first
    with Target(ARMED + f"configure({str(tmp_path)!r})", LD_PRELOAD=f"{before_it} {ahead}") as target:
        assert target.evaluate("snapshot()['state']") == "done"
        assert target.evaluate(f"_native.listen({str(tmp_path)!r}, 'socket')") is None
        target.execute("_native.stop()")


def test_a_chosen_name_of_any_characters_is_valid_json_everywhere(target: Target, tmp_path: Path) -> None:
    stem = 'say "when" \\ tab\t\u00e9'
    target.execute(f"_native.request('api', None, {str(tmp_path)!r}, {stem!r}, True)")
    assert target.evaluate("finished()['state']") == "done"
    assert json.loads((tmp_path / f"{stem}.json").read_text())["graph"]["file"] == f"{stem}.heap"
    assert target.evaluate("_native.status()['name']") == f"{stem}.json"


@pytest.mark.parametrize("shift", ["", "x", "xx", "xxx"])
def test_a_reason_that_is_too_long_is_cut_between_characters(shift: str) -> None:
    place = f"/nowhere/{shift}" + "\U0001f40d" * 300
    with Target(ARMED + f"configure({place!r})") as target:
        assert target.evaluate("snapshot()['error']").rstrip("\U0001f40d") == (
            f"cannot use the directory /nowhere/{shift}"
        )


def test_a_capture_that_fails_early_leaves_no_orphan(target: Target, tmp_path: Path) -> None:
    (tmp_path / ".mine.heap.partial").touch()
    target.execute("import ctypes; ctypes.CDLL(None).prctl(36, 1)")  # orphans come to us
    target.execute(f"_native.request('api', None, {str(tmp_path)!r}, 'mine', True)")
    assert "File exists" in target.evaluate("finished()['error']")
    assert target.evaluate("open(f'/proc/self/task/{os.getpid()}/children').read()") == ""


def test_a_number_that_is_no_longer_standard_error_gets_no_line(target: Target) -> None:
    target.execute("""
import socket
_native.start()
one, other = socket.socketpair()
os.dup2(one.fileno(), 2)
other.setblocking(False)
def heard():
    try:
        return other.recv(100).decode()
    except BlockingIOError:
        return None
""")
    assert target.evaluate("(snapshot()['state'], heard())") == ["done", None]


def test_the_sockets_thread_ends_where_no_descriptor_is_to_be_had(target: Target, tmp_path: Path) -> None:
    target.execute("before = len(os.listdir('/proc/self/task'))")
    assert target.evaluate(f"_native.listen({str(tmp_path)!r}, 'socket')") is None
    target.execute("""
import resource
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
taken = []
try:
    while True:
        taken.append(os.dup(0))
except OSError:
    pass
_native.stop()
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
while len(os.listdir("/proc/self/task")) > before:    # a thread is listed for a moment after it was joined
    time.sleep(0.002)
""")
