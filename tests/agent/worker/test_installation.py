"""`install()` and `snapshot()` in a real process: idempotent, safe around forks, silent towards the host."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

import heapdiff
from heapdiff.agent.directory.names import find_snapshots
from heapdiff.agent.directory.registry import read_agent
from heapdiff.agent.system.procfs import catches_signal
from heapdiff.snapshot import read_snapshot
from tests.agent.setups import EVERY_ENGINE, NATIVE
from tests.agent.target import Target
from tests.processes import agent_files

SETUP = """
import json, logging, os, signal, sys, threading, time
lines = []
class Keep(logging.Handler):
    def emit(self, record): lines.append(f"{record.levelname} {self.format(record)}")
logging.getLogger("heapdiff").addHandler(Keep())
logging.getLogger("heapdiff").setLevel("INFO")
import heapdiff
from heapdiff.agent.worker import installation
from heapdiff.errors import CaptureError
def failure(**arguments):
    try:
        heapdiff.snapshot(**arguments)
    except CaptureError as error:
        return error.message
def warnings():
    return [line for line in lines if line.startswith("WARNING")]
def state():
    return [sorted(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task")), repr(signal.getsignal(12))]
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


EACH_ENGINE = pytest.mark.parametrize("engine", EVERY_ENGINE, indirect=True)


@pytest.fixture(params=[NATIVE])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def start(directory: Path, engine: str) -> Target:
    return Target(
        SETUP,
        HEAPDIFF_DIR=str(directory),
        HEAPDIFF_ENGINE=engine,
        HEAPDIFF_SIGNAL="",
        TMPDIR=str(directory.parent),
    )


@pytest.fixture
def target(engine: str, directory: Path) -> Iterator[Target]:
    with start(directory, engine) as running:
        yield running


@pytest.fixture
def default_target(directory: Path) -> Iterator[Target]:
    """A process with the engine that runs by itself."""
    with start(directory, "") as running:
        yield running


def install(target: Target, arguments: str = "") -> int:
    target.execute(f"heapdiff.install({arguments})")
    return target.process.pid


def test_the_version_is_the_packages() -> None:
    assert heapdiff.__version__ == metadata.version("heapdiff")


@EACH_ENGINE
def test_installing_arms_the_signal_and_says_so(target: Target, engine: str, directory: Path) -> None:
    pid = install(target)
    record = read_agent(directory, pid)
    assert record is not None
    assert (record.pid, record.signal, record.engine, record.role) == (pid, signal.SIGUSR2, engine, "plain")
    assert record.is_alive()
    assert record.catches_its_signal()
    assert target.evaluate("lines") == [
        f"INFO heapdiff: engine {engine}: set by HEAPDIFF_ENGINE",
        f"INFO heapdiff: kill -USR2 {pid} writes a snapshot to {directory}",
    ]


@EACH_ENGINE
@pytest.mark.parametrize("change", ["os.__file__ = '/opt/\\udce9t\\udce9/lib/os.py'", "del os.__file__"])
def test_wherever_the_standard_library_is_the_signal_is_armed(
    target: Target, directory: Path, change: str
) -> None:
    target.execute(change)
    pid = install(target)
    record = read_agent(directory, pid)
    assert record is not None
    assert (record.signal, target.evaluate("warnings()")) == (signal.SIGUSR2, [])


@EACH_ENGINE
def test_installing_again_changes_nothing(target: Target) -> None:
    install(target)
    before = target.evaluate("[state(), lines]")
    install(target)
    assert target.evaluate("[state(), lines]") == before


@EACH_ENGINE
def test_uninstalling_leaves_nothing_behind(target: Target, directory: Path) -> None:
    before = target.evaluate("state()")
    install(target)
    target.execute(
        "installation.uninstall()\nwhile len(os.listdir('/proc/self/task')) > 1: time.sleep(0.002)"
    )
    assert target.evaluate("state()") == before
    assert list(directory.iterdir()) == []
    assert catches_signal(target.process.pid, signal.SIGUSR2) is False


def test_that_there_is_no_socket_is_said_once(directory: Path) -> None:
    with start(directory, "gc") as target:
        target.execute("from heapdiff.agent.engines.forked.watcher import ForkedEngine")
        target.execute("ForkedEngine.listen = lambda self, *place: 'as told'")
        pid = install(target)
        install(target)
        said = [line for line in target.evaluate("lines") if "no socket" in line]
    advice = "Use the signal or the endpoint to request a snapshot"
    assert said == [f"WARNING heapdiff: process {pid}: no socket: as told. {advice}"]


def test_the_record_goes_when_the_process_ends(target: Target, directory: Path) -> None:
    install(target)
    assert target.errors() is not None
    assert list(directory.iterdir()) == []


@EACH_ENGINE
def test_other_settings_move_the_agent(target: Target, directory: Path) -> None:
    pid = install(target)
    install(target, "signal='USR1', keep=3")
    record = read_agent(directory, pid)
    assert record is not None
    assert record.signal == signal.SIGUSR1
    assert (catches_signal(pid, signal.SIGUSR1), catches_signal(pid, signal.SIGUSR2)) == (True, False)


def test_a_later_install_that_names_no_directory_leaves_the_snapshots_where_they_are(
    target: Target, directory: Path
) -> None:
    other = directory.parent / "other"
    pid = install(target, f"dir={str(other)!r}")
    install(target)
    assert read_agent(other, pid) is not None
    install(target, f"dir={str(directory)!r}")
    assert read_agent(directory, pid) is not None


@pytest.mark.parametrize(
    "arguments", ["dir=5", "signal=object()", "keep='many'", "signal='KILL', keep=-1, dir='\\0'"]
)
def test_nonsense_never_raises_into_the_host(target: Target, directory: Path, arguments: str) -> None:
    pid = install(target, arguments)
    place = directory if "dir" not in arguments else directory.parent / f"heapdiff-{os.geteuid()}"
    assert read_agent(place, pid) is not None
    assert target.evaluate("len(warnings())") == arguments.count("=")


def test_a_foreign_handler_is_left_alone_and_one_warning_says_what_to_do(target: Target) -> None:
    target.execute("hits = []\ndef handler(*_): hits.append(1)\nsignal.signal(signal.SIGUSR2, handler)")
    pid = install(target)
    target.execute("os.kill(os.getpid(), signal.SIGUSR2)")
    assert target.evaluate("[hits, warnings()]") == [
        [1],
        [
            f"WARNING heapdiff: process {pid}: SIGUSR2 already has a handler (from module __main__); heapdiff "
            "leaves it alone. Choose another signal with HEAPDIFF_SIGNAL (USR1), or set HEAPDIFF_TOKEN and use the endpoint"
        ],
    ]


def test_an_unfit_directory_is_one_warning_and_the_signal_stays_harmless(
    target: Target, directory: Path
) -> None:
    directory.mkdir()
    directory.chmod(0o777)
    pid = install(target)
    target.execute(
        "status = installation._agent.choice.engine.status\n"
        "os.kill(os.getpid(), signal.SIGUSR2)\n"
        "while status()['state'] != 'failed': time.sleep(0.002)"
    )
    assert target.evaluate("warnings()[:1]") == [
        f"WARNING heapdiff: no snapshots from process {pid}: {directory} is writable by other users (mode 0777); "
        "chmod 700 it. Fix that, or set HEAPDIFF_DIR to another directory"
    ]
    assert str(directory) in target.evaluate("failure()")
    assert list(directory.iterdir()) == []


def test_without_the_extension_the_gc_engine_runs_and_says_why(directory: Path) -> None:
    hide = "import sys\nsys.modules['heapdiff.agent._native'] = None\n"
    with Target(hide + SETUP, HEAPDIFF_DIR=str(directory), HEAPDIFF_ENGINE="") as target:
        pid = install(target)
        (warning,) = target.evaluate("warnings()")
        assert warning.startswith(
            "WARNING heapdiff: engine gc: native is not available: the extension was not built"
        )
        record = read_agent(directory, pid)
        assert record is not None
        assert (record.engine, warning.endswith(record.engine_reason)) == ("gc", True)


FORK = """
def fork(first, then="pass", way=os.fork):
    "A child that does `first` at once and `then` when it is armed, says so, and is held; its number and answer."
    read, write = os.pipe()
    forked = way()
    pid = forked if way is os.fork else forked[0]
    if pid == 0:
        try:
            exec(first)
            engine = installation._agent.choice.engine
            while installation._agent.pid != os.getpid() or not installation._agent.armed:
                time.sleep(0.002)
            exec(then)
            os.write(write, json.dumps([engine.armed(), engine.status()["captures"]]).encode())
            signal.pause()
        finally:
            os._exit(0)
    os.close(write)
    return pid, read
def end(child):
    os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]
"""


@EACH_ENGINE
def test_a_forked_child_gets_an_agent_of_its_own_which_answers_earlier_signals(
    target: Target, directory: Path
) -> None:
    parent = install(target)
    target.execute(FORK)
    answered = 'while engine.status()["captures"] < 1: time.sleep(0.002)'
    child = target.evaluate("child[0]", f"child = fork('os.kill(os.getpid(), signal.SIGUSR2)', {answered!r})")
    assert json.loads(target.evaluate("os.read(child[1], 999).decode()")) == [signal.SIGUSR2, 1]
    record = read_agent(directory, child)
    assert record is not None
    assert record.is_alive()
    assert [name.pid for name in find_snapshots(directory)] == [child]
    target.execute("end(child[0])")
    before = read_agent(directory, parent)
    assert before is not None
    assert before.catches_its_signal()


def test_a_child_that_becomes_another_program_gets_no_agent(target: Target, directory: Path) -> None:
    """However it is forked. One that stays, forked last, is armed last."""
    install(target)
    target.execute(
        FORK + "import pty, subprocess\nfrom pathlib import Path\nprogram = ['tail', '-f', '/dev/null']"
    )
    target.execute(
        "ways = (os.fork, os.forkpty, pty.fork)\n"
        "others = [fork('os.execvp(program[0], program)', way=way)[0] for way in ways]\n"
        "others.append(subprocess.Popen(program, preexec_fn=lambda: None).pid)\n"
        "stays = fork('')\n"
        "os.read(stays[1], 99)"
    )
    pids = [target.process.pid, target.evaluate("stays[0]")]
    assert set(directory.iterdir()) == {path for pid in pids for path in agent_files(directory, pid)}
    names = target.evaluate("[Path('/proc', str(pid), 'comm').read_text() for pid in others]")
    assert names == ["tail\n"] * 4
    target.execute("for pid in [*others, stays[0]]: end(pid)")


def test_a_snapshot_needs_no_installing_and_arms_no_signal(target: Target, directory: Path) -> None:
    path = Path(target.evaluate("str(heapdiff.snapshot(label='first'))"))
    summary = read_snapshot(path).summary
    assert (path.parent, summary.trigger, summary.label) == (directory, "api", "first")
    assert catches_signal(target.process.pid, signal.SIGUSR2) is False


def test_a_snapshot_goes_where_it_is_told(default_target: Target, tmp_path: Path) -> None:
    for number, name in enumerate(("mine", "mine.json", "mine.heap")):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = default_target.evaluate(f"str(heapdiff.snapshot({str(folder / name)!r}))")
        assert path == str(folder / "mine.json")
        assert read_snapshot(Path(path)).heap == folder / "mine.heap"


def test_a_directory_gets_a_snapshot_under_its_usual_name(default_target: Target, tmp_path: Path) -> None:
    path = Path(default_target.evaluate(f"str(heapdiff.snapshot({str(tmp_path)!r}))"))
    assert path.parent == tmp_path
    assert path.stem.split("-")[-3] == str(default_target.process.pid)


def test_a_snapshot_that_cannot_be_written_raises_the_reason(default_target: Target, tmp_path: Path) -> None:
    assert default_target.evaluate(f"failure(path={str(tmp_path / 'no' / 'such')!r})") == (
        f"{tmp_path}/no/such: there is no directory {tmp_path}/no"
    )
    default_target.execute("import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))")
    assert "no snapshot" in default_target.evaluate("failure()")


def test_of_several_threads_that_ask_at_once_one_gets_a_snapshot(
    default_target: Target, directory: Path
) -> None:
    default_target.execute(
        "answers = []\n"
        "start = threading.Barrier(4)\n"
        "def ask():\n"
        "    start.wait()\n"
        "    answers.append(failure())\n"
        "threads = [threading.Thread(target=ask) for _ in range(4)]\n"
        "for thread in threads: thread.start()\n"
        "for thread in threads: thread.join()\n"
    )
    refused = [answer for answer in default_target.evaluate("answers") if answer is not None]
    busy = f"process {default_target.process.pid}: a snapshot is already in progress"
    assert refused == [busy] * len(refused)
    assert len(find_snapshots(directory)) == 4 - len(refused) >= 1


def test_the_function_survives_the_package_of_the_same_name(default_target: Target) -> None:
    code = (
        "path = heapdiff.snapshot(); heapdiff.load(path); import heapdiff.snapshot; same = heapdiff.snapshot"
    )
    assert default_target.evaluate("[callable(same), type(heapdiff.load(path)).__name__]", code) == [
        True,
        "Snapshot",
    ]


def test_once_installed_a_snapshot_imports_nothing(default_target: Target) -> None:
    """In a process that was forked while another thread imports, waiting for that import has no end."""
    added = default_target.evaluate(
        "[*sys.modules.keys() - before]", "heapdiff.install(); before = {*sys.modules}; heapdiff.snapshot()"
    )
    assert [name for name in added if name.startswith("heapdiff")] == []


def test_comparing_from_python_finds_what_grew(default_target: Target) -> None:
    default_target.execute(
        "import types\nshop = sys.modules['shop'] = types.ModuleType('shop')\nshop.BASKET = []"
    )
    default_target.execute("first = heapdiff.snapshot()\nshop.BASKET += [[n] for n in range(2000)]")
    default_target.execute("found = heapdiff.compare(first, heapdiff.snapshot())")
    assert default_target.evaluate("found.suspects[0].holder.path") == "shop.BASKET"


def test_what_interrupts_an_installation_does_not_wait_for_it(target: Target) -> None:
    """It would wait for its own thread: `--attach` on 3.14, or a handler of the application's that takes a snapshot."""
    target.execute("""
installation._alone.__wrapped__.__defaults__ = (float("inf"),)
really, said = installation.detect_server, []
def interrupted(*given):
    if not said:
        said.append(failure())
        heapdiff.install()
    return really(*given)
installation.detect_server = interrupted
heapdiff.install()
""")
    assert target.evaluate("said")[0].endswith("no snapshot: it is being installed right now")
    assert len(target.evaluate("warnings()")) == 1
    assert target.evaluate("installation._agent.armed")


def test_another_thread_does_wait_for_it(target: Target) -> None:
    target.execute("""
really, other = installation.detect_server, []
def meanwhile(*given):
    if not other:
        other.append(threading.Thread(target=heapdiff.install))
        other[0].start()
    return really(*given)
installation.detect_server = meanwhile
heapdiff.install()
other[0].join()
""")
    assert target.evaluate("[warnings(), installation._agent.armed]") == [[], True]
