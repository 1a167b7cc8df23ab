"""What a capture child of the Python engines may touch, and what becomes of one that fails. The forks are real."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.agent.setups import HELD, engine_setup
from tests.agent.target import Target

CAPTURES = """
import shutil
def explain(job, threads, parent):
    return {"error": json.dumps(look())}
def fail(job, threads, parent):
    raise OSError(28, "No space left on device")
def hang(job, threads, parent):
    open(job.heap_path.with_name(f".{job.heap_path.name}.partial"), "w").close()
    time.sleep(3600)
def die(job, threads, parent):
    open(job.heap_path, "w").close()
    os.kill(os.getpid(), signal.SIGKILL)
def crash(job, threads, parent):
    os.kill(os.getpid(), signal.SIGSEGV)
def vanish(job, threads, parent):
    shutil.rmtree(job.directory)
    open(job.heap_path, "w")
def wait_for_go(job, threads, parent):
    while not os.path.exists(job.directory / "go"): time.sleep(0.002)
    parent.report(77)
    return {"objects": 77, "walk_ms": 1.0, "child_private_bytes": 1, "pause": parent.pause_ms()}
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "snapshots").mkdir(mode=0o700)
    return tmp_path / "snapshots"


@pytest.fixture
def target(directory: Path) -> Iterator[Target]:
    with Target(engine_setup("gc", directory, walk=False) + HELD + CAPTURES) as running:
        yield running


def seen_by_child(target: Target, look: str) -> Any:
    """What an expression gives in the child of a capture."""
    target.execute(f"look = lambda: {look}\nreplace_capture(explain)")
    return json.loads(target.evaluate("snapshot()")["error"])


def test_a_child_holds_no_descriptor_of_its_parent(target: Target) -> None:
    target.execute(
        "import socket\nlistening = socket.socket(); pair = socket.socketpair(); blocked = os.dup(1)"
    )
    paths = "[f'/proc/self/fd/{number}' for number in sorted(map(int, os.listdir('/proc/self/fd')))]"
    links = seen_by_child(target, f"[os.readlink(path) for path in {paths} if os.path.lexists(path)]")
    assert links[:3] == ["/dev/null"] * 3
    assert [link.partition(":")[0] for link in links[3:]] == ["pipe", "pipe"]


@pytest.mark.parametrize(("priority", "expected"), [(0, 10), (10, 10), (15, 15)])
def test_a_child_is_the_first_to_go_when_memory_ends_and_the_last_to_run(
    target: Target, priority: int, expected: int
) -> None:
    target.execute(f"os.setpriority(os.PRIO_PROCESS, 0, max({priority}, os.nice(0)))")
    found = seen_by_child(
        target, "[open('/proc/self/oom_score_adj').read().strip(), os.nice(0), gc.isenabled()]"
    )
    assert found == ["1000", expected, False]


def test_a_child_runs_no_handler_of_the_application(target: Target) -> None:
    target.execute(
        "for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM): signal.signal(number, print)"
    )
    look = "[str(signal.getsignal(n)) for n in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)]"
    assert seen_by_child(target, look) == [
        str(each) for each in (signal.SIG_DFL, signal.SIG_IGN, signal.SIG_DFL)
    ]


def test_a_child_that_does_not_end_is_ended_at_the_deadline(target: Target, directory: Path) -> None:
    target.execute("replace_capture(hang)\nconfigure(deadline_s=1.0)")
    status = target.evaluate("snapshot()")
    assert (status["state"], status["error"]) == ("failed", "the capture didn't finish within 1 s")
    assert list(directory.iterdir()) == []


@pytest.mark.parametrize(("how", "reason"), [("die", "SIGKILL (out of memory?)"), ("crash", "SIGSEGV")])
def test_a_child_that_dies_leaves_a_reason_and_no_file(
    target: Target, directory: Path, how: str, reason: str
) -> None:
    target.execute(
        f"import resource\nresource.setrlimit(resource.RLIMIT_CORE, (0, 0))\nreplace_capture({how})"
    )
    status = target.evaluate("snapshot()")
    assert (status["state"], status["error"]) == ("failed", f"the capturing child was killed by {reason}")
    assert list(directory.iterdir()) == []
    assert target.evaluate("children()") == []


def test_a_child_that_dies_removes_no_file_of_others(target: Target, directory: Path) -> None:
    (directory / "mine.heap").write_text("precious")
    target.execute(f"replace_capture(crash)\nengine.request('api', None, {str(directory)!r}, 'mine', True)")
    assert target.evaluate("finished()['state']") == "failed"
    assert [path.name for path in directory.iterdir()] == ["mine.heap"]
    assert (directory / "mine.heap").read_text() == "precious"


def test_a_directory_removed_while_the_child_writes(target: Target) -> None:
    target.execute("replace_capture(vanish)")
    status = target.evaluate("snapshot()")
    assert (status["state"], status["error"]) == ("failed", "No such file or directory")
    target.execute("replace_capture(explain)\nlook = list")
    assert target.evaluate("(snapshot()['error'], children())") == ["[]", []]


def test_the_childs_own_error_is_the_reason_and_is_logged_once(target: Target) -> None:
    target.execute(
        "import logging\nlines = []\nclass Keep(logging.Handler):\n    def emit(self, record): lines.append(self.format(record))"
    )
    target.execute("logging.getLogger('heapdiff').addHandler(Keep())\nreplace_capture(fail)")
    status = target.evaluate("snapshot()")
    assert status["error"] == "No space left on device"
    target.execute("while not lines: time.sleep(0.002)")
    assert target.evaluate("lines") == [
        f"heapdiff: no snapshot of process {target.process.pid} was written: No space left on device"
    ]


def test_signals_during_a_capture_are_refused_with_one_line(target: Target, directory: Path) -> None:
    target.execute("replace_capture(wait_for_go)\nengine.arm(signal.SIGUSR2)")
    target.execute("engine.request('api', None, None, None, True)")
    for refused in (1, 2):
        target.process.send_signal(signal.SIGUSR2)
        target.execute(f"while engine.status()['refused'] < {refused}: time.sleep(0.002)")
    target.execute(f"open({str(directory / 'go')!r}, 'w').close()")
    status = target.evaluate("finished()")
    assert (status["state"], status["objects"], status["refused"]) == ("done", 77, 2)
    assert target.errors().count("a snapshot is already in progress") == 1


PIPES = """
def pipes():
    links = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
    return {os.readlink(link) for link in links if os.path.lexists(link) and "pipe:" in os.readlink(link)}
read, write = os.pipe()
before = pipes()
engine.request("api", None, None, None, True)
while not engine.status()["pause_ms"]: time.sleep(0.002)
"""
FORK = """
pid = os.fork()
if pid == 0:
    os.write(write, json.dumps(sorted(pipes() - before)).encode())
    os._exit(0)
os.waitpid(pid, 0)
"""


def test_a_process_forked_during_a_capture_gets_none_of_its_pipes(target: Target, directory: Path) -> None:
    target.execute("replace_capture(wait_for_go)\nengine.start()\n" + PIPES + FORK)
    assert target.evaluate("len(pipes() - before)") > 0
    assert target.evaluate("json.loads(os.read(read, 9999))") == []
    target.execute(f"open({str(directory / 'go')!r}, 'w').close()")
    assert target.evaluate("finished()['state']") == "done"


def test_a_number_that_the_application_reused_during_a_capture_is_left_alone(
    target: Target, directory: Path
) -> None:
    """As a daemonising application does: it closes every number, and its next files get them."""
    target.execute("replace_capture(wait_for_go)\nengine.start()\n" + PIPES)
    target.execute("""
old = [number for number in map(int, os.listdir("/proc/self/fd")) if number > 2 and os.path.lexists(f"/proc/self/fd/{number}")
       and os.readlink(f"/proc/self/fd/{number}") in pipes() - before]
mine, into = os.pipe()
for number in old: os.dup2(mine, number)
os.write(into, b"mine")
""")
    target.execute(f"open({str(directory / 'go')!r}, 'w').close()\nstatus = finished()")
    assert target.evaluate("[os.path.sameopenfile(number, mine) for number in old]") == [True] * len(
        target.evaluate("old")
    )
    assert target.evaluate("os.read(mine, 9).decode()") == "mine"


def test_stopping_during_a_capture_ends_its_child(target: Target) -> None:
    target.execute("replace_capture(hang)\nengine.request('api', None, None, None, True)")
    status = target.evaluate("dict(engine.status())", "engine.stop()")
    assert (status["state"], status["error"]) == ("failed", "the agent was stopped")
    assert target.evaluate("children()") == []


def test_an_application_that_reaps_every_child_may_reap_ours(target: Target, directory: Path) -> None:
    target.execute(
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\nreplace_capture(wait_for_go)"
    )  # all are reaped
    target.execute(f"open({str(directory / 'go')!r}, 'w').close()")
    assert target.evaluate("snapshot()")["state"] == "done"
    assert target.evaluate("children()") == []


def test_forking_says_nothing_about_threads_where_warnings_are_errors(target: Target) -> None:
    target.execute("import warnings\nwarnings.simplefilter('error')")
    assert target.evaluate("snapshot()")["state"] == "done"


LEAVING = """
import threading, weakref
class Basket: pass
go_on = threading.Event()
def serve():
    global kept
    basket = Basket()
    kept = weakref.ref(basket)
    ready.set()
    go_on.wait()
ready = threading.Event()
serving = threading.Thread(target=serve)
serving.start()
ready.wait()
"""


def test_what_a_thread_had_in_its_variables_goes_with_it_during_a_capture(
    target: Target, directory: Path
) -> None:
    target.execute("replace_capture(wait_for_go)\n" + LEAVING)
    target.execute("engine.request('api', None, None, None, True)")
    target.execute("while not engine.status()['pause_ms']: time.sleep(0.002)\ngo_on.set()\nserving.join()")
    assert target.evaluate("[kept() is None, engine.status()['state']]") == [True, "running"]
    target.execute(f"open({str(directory / 'go')!r}, 'w').close()")
    assert target.evaluate("finished()['state']") == "done"
