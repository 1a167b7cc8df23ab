"""Faults injected for real: whatever happens to a capture, the process serves on, and one line says what happened."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.seccomp import ON_X86, REFUSE
from tests.agent.setups import EVERY_ENGINE, NATIVE, NEEDS_NATIVE, WHILE_IT_RUNS, engine_setup
from tests.agent.target import ROOT, Target

EACH_ENGINE = pytest.mark.parametrize("engine", EVERY_ENGINE, indirect=True)


@pytest.fixture(params=[NATIVE])
def engine(request: pytest.FixtureRequest) -> str:
    """The native one, but where the Python engine meets the fault in code of its own."""
    return str(request.param)


@pytest.fixture
def target(engine: str, tmp_path: Path) -> Iterator[Target]:
    with Target(engine_setup(engine, tmp_path, walk=False)) as running:
        yield running


def remains(directory: Path) -> list[str]:
    """Everything but finished snapshots and the agent's record."""
    finished = {path.stem for path in directory.glob("[!.]*.json")}
    return [
        path.name for path in directory.iterdir() if ".agent-" not in path.name and path.stem not in finished
    ]


def serves_on(target: Target) -> None:
    """No child, no zombie, and the next capture succeeds."""
    assert target.evaluate("children()") == []
    assert target.evaluate("snapshot()['state']") == "done"


def test_a_killed_child_is_named_and_leaves_nothing(target: Target, tmp_path: Path) -> None:
    status = target.evaluate("while_it_runs(lambda child: os.kill(child, signal.SIGKILL))", WHILE_IT_RUNS)
    assert status["state"] == "failed"
    assert "signal 9" in status["error"] or "SIGKILL" in status["error"]
    assert remains(tmp_path) == []
    serves_on(target)
    assert target.errors().count("out of memory") == 1


def test_a_stopped_child_is_ended_at_the_deadline(target: Target, tmp_path: Path) -> None:
    target.execute(WHILE_IT_RUNS + "configure(deadline_s=1.0)")
    for _ in range(20):  # on a busy machine the child may be done before it is stopped
        status = target.evaluate("while_it_runs(lambda child: os.kill(child, signal.SIGSTOP))")
        if status["state"] == "failed":
            break
    assert status["state"] == "failed"
    assert remains(tmp_path) == []
    target.execute("configure()")
    serves_on(target)


@NEEDS_NATIVE
def test_a_capture_under_way_holds_no_descriptor_of_the_worker(tmp_path: Path) -> None:
    """Children of the application would inherit it, and who closes every number would close it under us.

    A child that didn't get its turn for 30 ms may still be leaving the table when Python code runs again.
    """
    with Target(engine_setup("native", tmp_path) + WHILE_IT_RUNS) as target:
        held = target.evaluate(
            "[before, *held]",
            """
before, held = os.listdir("/proc/self/fd"), []
def look(child):
    while os.listdir("/proc/self/fd") != before and engine.status()["state"] == "running":
        pass
    os.kill(child, signal.SIGSTOP)
    held.append(os.listdir("/proc/self/fd"))
    os.kill(child, signal.SIGCONT)
held.append(while_it_runs(look)["state"])
""",
        )
        assert held[1:] == [held[0], "done"]


def chosen(directory: Path, stem: str) -> str:
    """A capture that goes where its caller said."""
    return f"(engine.request('api', None, {str(directory)!r}, {stem!r}, True), finished())[1]"


@EACH_ENGINE
def test_a_name_that_another_capture_has_taken_stays_its_own(target: Target, tmp_path: Path) -> None:
    partial = [tmp_path / ".mine.json.partial", tmp_path / ".mine.heap.partial"]
    for path in partial:
        path.write_text("half of it")
    status = target.evaluate(chosen(tmp_path, "mine"))
    assert (status["state"], "File exists" in status["error"]) == ("failed", True)
    assert [path.read_text() for path in partial] == ["half of it"] * 2


def test_a_failing_capture_removes_no_file_of_others(target: Target, tmp_path: Path) -> None:
    (tmp_path / "mine.heap").write_text("precious")
    status = target.evaluate(
        "while_it_runs(lambda child: os.kill(child, signal.SIGKILL))",
        WHILE_IT_RUNS.replace("None, None, None", f"None, {str(tmp_path)!r}, 'mine'"),
    )
    assert status["state"] == "failed"
    assert remains(tmp_path) == ["mine.heap"]
    assert (tmp_path / "mine.heap").read_text() == "precious"
    assert target.evaluate(chosen(tmp_path, "mine"))["state"] == "done"
    assert remains(tmp_path) == []


REMOVE = """
def remove(child):
    while os.path.exists(place):
        shutil.rmtree(place, ignore_errors=True)
"""


@pytest.mark.slow
def test_a_directory_removed_while_the_child_writes(target: Target, tmp_path: Path) -> None:
    place = tmp_path / "place"
    target.execute(WHILE_IT_RUNS + f"import shutil; place = {str(place)!r}; configure(place); snapshot()")
    status = target.evaluate("while_it_runs(remove)", REMOVE)
    assert status["state"] == "failed"
    assert place.exists() is False or remains(place) == []
    serves_on(target)


@EACH_ENGINE
def test_no_descriptor_to_be_had(target: Target, tmp_path: Path) -> None:
    target.execute("snapshot()")
    target.execute("""
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
taken = []
try:
    while True:
        taken.append(os.dup(0))
except OSError:
    pass
""")
    status = target.evaluate("snapshot()")
    assert (status["state"], os.strerror(errno.EMFILE) in status["error"]) == ("failed", True)
    target.execute("for number in taken: os.close(number)")
    serves_on(target)
    assert target.errors().count(os.strerror(errno.EMFILE)) == 1
    assert remains(tmp_path) == []


@ON_X86
@EACH_ENGINE
def test_a_fork_that_fails(target: Target, tmp_path: Path) -> None:
    target.execute("engine.start()\n" + REFUSE + "refuse(errno.EAGAIN, 'clone', 'clone3', 'fork', 'vfork')")
    status = target.evaluate("snapshot()")
    assert (status["state"], "Resource temporarily unavailable" in status["error"]) == ("failed", True)
    assert target.evaluate("sum(range(10))") == 45
    assert remains(tmp_path) == []
    assert target.errors().count("Resource temporarily unavailable") == 1


@ON_X86
@EACH_ENGINE
def test_a_container_that_forbids_what_makes_a_child_expendable(target: Target) -> None:
    target.execute(
        "engine.start()\n"
        + REFUSE
        + "refuse(errno.EPERM, 'prctl', 'ioprio_set', 'setpriority', 'close_range', 'setrlimit')"
    )
    serves_on(target)


@EACH_ENGINE
def test_oom_score_adj_that_cannot_be_written(engine: str, tmp_path: Path) -> None:
    read_only = "mount --bind /dev/null /dev/null && mount -t proc -o ro proc /proc 2>/dev/null || true"
    prefix = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", read_only + ' ; exec "$0" "$@"')
    with Target(engine_setup(engine, tmp_path, walk=False), prefix=prefix) as target:
        assert target.evaluate("snapshot()['state']") == "done"


@EACH_ENGINE
def test_a_thousand_signals_in_a_second(target: Target, tmp_path: Path) -> None:
    target.execute(
        "engine.arm(signal.SIGUSR2)\nfor _ in range(1000): os.kill(os.getpid(), signal.SIGUSR2)\nfinished(1)"
    )
    while target.evaluate("engine.status()['state']") == "running":
        pass
    status = target.evaluate("engine.status()")
    assert status["failures"] == 0
    assert 1 <= status["captures"] <= 100
    assert remains(tmp_path) == []
    serves_on(target)


@EACH_ENGINE
def test_a_signal_during_a_collection(target: Target) -> None:
    """A finalizer asks while the collector is at work; what it collects is whole in the snapshot afterwards."""
    target.execute("""
engine.arm(signal.SIGUSR2)
class Asks:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGUSR2)
        for _ in range(50_000):
            pass
cycle = Asks(); cycle.itself = cycle; del cycle
gc.collect()
finished(1)
""")
    assert target.evaluate("engine.status()['captures']") == 1
    serves_on(target)


@EACH_ENGINE
def test_a_request_during_an_import(engine: str, tmp_path: Path) -> None:
    """Whoever holds the lock of imports does not exist in the child, which walks all the same."""
    (tmp_path / "asks_while_imported.py").write_text("import __main__\nstatus = __main__.snapshot()\n")
    (tmp_path / "snapshots").mkdir(mode=0o700)
    with Target(engine_setup(engine, tmp_path / "snapshots")) as target:
        target.execute(
            f"sys.path.insert(0, {str(tmp_path)!r})\nsys.modules['__main__'].snapshot = snapshot\nimport asks_while_imported"
        )
        assert target.evaluate("asks_while_imported.status['state']") == "done"


@EACH_ENGINE
def test_daemon_threads_and_a_fork_of_the_application(target: Target) -> None:
    target.execute("""
import threading
done_there = []
def ask():
    done_there.append(snapshot()["state"])
    time.sleep(3600)
thread = threading.Thread(target=ask, daemon=True); thread.start()
while not done_there: time.sleep(0.002)
pid = os.fork()
if pid == 0:
    engine.start(); configure()
    os._exit(0 if snapshot()["state"] == "done" else 1)
ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
""")
    assert target.evaluate("(done_there, ended)") == [["done"], 0]
    serves_on(target)


@EACH_ENGINE
def test_a_library_that_takes_the_signal_later_keeps_it(target: Target) -> None:
    target.execute(
        "engine.arm(signal.SIGUSR2)\nheard = []\nsignal.signal(signal.SIGUSR2, lambda *_: heard.append(1))"
    )
    target.execute("engine.watch_handler(30)\nos.kill(os.getpid(), signal.SIGUSR2)")
    assert target.evaluate("(len(heard), engine.armed())") == [1, 0]
    serves_on(target)
    target.execute("engine.stop()\nos.kill(os.getpid(), signal.SIGUSR2)")
    assert target.evaluate("len(heard)") == 2


AT_EXIT = """
import atexit, os, signal, sys, threading
import heapdiff
heapdiff.install({directory!r})
def ask():
    os.kill(os.getpid(), signal.SIGUSR2)
class Late:
    def __del__(self, ask=ask): ask()
atexit.register(ask)
late = Late(); sys.late = late
ask()
"""


@EACH_ENGINE
def test_signals_while_the_interpreter_ends(engine: str, tmp_path: Path) -> None:
    process = subprocess.run(
        [sys.executable, "-c", AT_EXIT.format(directory=str(tmp_path))],
        env={**os.environ, "PYTHONPATH": str(ROOT), "HEAPDIFF_ENGINE": engine},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (process.returncode, "Traceback" in process.stderr) in [(0, False), (-12, False)]


SUBINTERPRETER = """
try:
    import _interpreters as interpreters
except ImportError:
    try:
        import _xxsubinterpreters as interpreters
    except ImportError:
        interpreters = None
"""


@NEEDS_NATIVE
def test_live_subinterpreters_are_said_not_to_be_walked(tmp_path: Path) -> None:
    with Target(engine_setup("native", tmp_path) + SUBINTERPRETER) as target:
        target.execute("one, two = interpreters.create(), interpreters.create()")
        name = target.evaluate("snapshot()['name']")
        notes = json.loads((tmp_path / name).read_text())["notes"]
        assert notes == ["2 other interpreters of the process were not walked"]
        target.execute("interpreters.destroy(one); interpreters.destroy(two)")
        name = target.evaluate("snapshot()['name']")
        assert json.loads((tmp_path / name).read_text())["notes"] == []


@NEEDS_NATIVE
def test_asking_from_a_subinterpreter_harms_nobody(tmp_path: Path) -> None:
    asked = f"""
import heapdiff
heapdiff.install({str(tmp_path)!r})
try:
    heapdiff.snapshot()
except Exception as error:
    print(type(error).__name__, error)
"""
    with Target(engine_setup("native", tmp_path) + SUBINTERPRETER) as target:
        target.execute(f"one = interpreters.create()\nfailed = interpreters.run_string(one, {asked!r})")
        serves_on(target)
        target.execute("interpreters.destroy(one)")
        serves_on(target)


@NEEDS_NATIVE
def test_a_crash_in_the_walk_is_the_childs_alone(tmp_path: Path) -> None:
    with Target(engine_setup("native", tmp_path)) as target:
        target.execute("heap = [[n] for n in range(10_000)]")
        for records in (1, 100, 5000):
            target.execute(f"engine._crash_after({records})")
            assert target.evaluate("snapshot()['state']") == "failed"
        assert remains(tmp_path) == []
        serves_on(target)
        assert target.errors().count("no snapshot: ") == 3


@NEEDS_NATIVE
def test_a_client_that_asks_a_busy_agent_is_told(tmp_path: Path) -> None:
    with Target(engine_setup("native", tmp_path) + WHILE_IT_RUNS) as target:
        target.execute("engine.arm(signal.SIGUSR2)")
        told = target.evaluate(
            "told",
            """
told = []
def ask(child):
    os.kill(child, signal.SIGSTOP)
    os.kill(os.getpid(), signal.SIGUSR2)
    while not engine.status()["refused"]:
        time.sleep(0.002)
    os.kill(child, signal.SIGCONT)
told.append(while_it_runs(ask)["state"])
""",
        )
        assert told == ["done"]
        assert "a snapshot is already in progress" in target.errors()


@NEEDS_NATIVE
def test_a_capture_adds_no_object_block_or_reference_to_the_worker(tmp_path: Path) -> None:
    with Target(engine_setup("native", tmp_path)) as target:
        target.execute("""
import types
from array import array
watched = [None, True, 0, "", (), int, str, dict, type, object, os, sys, gc, engine, types, snapshot, engine.status, {}, [], object()]
watched += list(sys.modules.values())
before, after = array("q", [0] * 3), array("q", [0] * 3)
def measure(into):
    into[:] = array("q", [sys.getallocatedblocks(), len(gc.get_objects()), sum(map(sys.getrefcount, watched))])
def captured(count):
    for _ in range(count):
        engine.request("api", None, None, None, True)
        while engine.status()["state"] == "running":
            time.sleep(0.001)
for _ in range(3):
    captured(2); measure(after)
measure(before)
captured(8)
measure(after)
""")
        assert target.evaluate("list(after)") == target.evaluate("list(before)")
