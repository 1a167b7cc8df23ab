"""The socket of every engine: reached without a signal, robust against clients and against the application."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from heapdiff.agent.directory.registry import remove_dead_agents
from heapdiff.agent.engines.contract import Wish
from heapdiff.errors import BusyError, CaptureError
from heapdiff.remote import asking
from heapdiff.remote.asking import ask_sibling
from heapdiff.remote.door import Answer, ask_for_snapshot, ask_status
from heapdiff.remote.waiting import wait_for_sibling
from heapdiff.snapshot import read_snapshot
from tests.agent.setups import EVERY_ENGINE, HELD, NATIVE, WITHOUT_ITS_WALK
from tests.agent.target import Target
from tests.processes import address_of, agent_files, eventually

LIMIT_S = 60
NOBODY = 65534
SETUP = """
import os, socket, sys, time
import heapdiff
from heapdiff.agent.worker import installation
def descriptors():
    return sorted(os.listdir("/proc/self/fd"))
before = descriptors()
heapdiff.install(signal=None)
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


def start(directory: Path, engine: str, setup: str = SETUP) -> Target:
    if engine == "gc":
        setup = WITHOUT_ITS_WALK + setup
    return Target(setup, HEAPDIFF_DIR=str(directory), HEAPDIFF_ENGINE=engine, HEAPDIFF_SIGNAL="none")


@pytest.fixture(params=EVERY_ENGINE)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def target(directory: Path, engine: str) -> Iterator[Target]:
    with start(directory, engine) as running:
        yield running


def path_of(target: Target, directory: Path) -> Path:
    return agent_files(directory, target.process.pid)[1]


def connect(path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(LIMIT_S)
    with address_of(path) as address:
        client.connect(address)
    return client


def status_of(directory: Path, pid: int) -> Answer:
    status = ask_status(directory, pid)
    assert status is not None
    return status


def test_a_process_that_catches_no_signal_is_asked_through_its_socket(
    target: Target, directory: Path, engine: str
) -> None:
    asked = ask_sibling(directory, target.process.pid, Wish(graph=False, label="für später"))
    name = wait_for_sibling(asked, LIMIT_S)
    assert name is not None
    summary = read_snapshot(directory / f"{name}.json").summary
    assert (summary.trigger, summary.label, summary.capture.engine) == ("signal", "für später", engine)
    assert summary.graph is None
    status = ask_status(directory, target.process.pid)
    assert status is not None
    assert (status.state, status.captures, status.signal) == ("done", 1, 0)


def test_only_this_user_can_connect(target: Target, directory: Path) -> None:
    found = path_of(target, directory).lstat()
    assert stat.S_ISSOCK(found.st_mode)
    assert (stat.S_IMODE(found.st_mode), found.st_uid) == (0o600, os.geteuid())


def test_it_counts_requests(target: Target, directory: Path) -> None:
    target.execute("count = installation.count_function()\nfor _ in range(3): count()")
    status = ask_status(directory, target.process.pid)
    assert status is not None
    assert status.requests == 3


NO_ORDERS = (
    b"\n",
    b"heapdiff/1 snapsho\n",
    b"heapdiff/2 status\n",
    b"heapdiff/1 snapshot graph=1 label=x\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"heapdiff/1 snapshot graph=2 values=0 label=\n",
    b"heapdiff/1 snapshot graph=1 values=0 force=2 label=\n",
    b"heapdiff/1 snapshot graph=1 values=0 force=1label=\n",
    b"heapdiff/1 snapshot graph=1 values=0 force=\n",
    b"heapdiff/1 snapshot graph=1 values=0 forced=1 label=\n",
    bytes(range(1, 256)) + b"\n",
    b"\0" * 200 + b"\n",
    b"heapdiff/1 snapshot graph=1 values=0 label=" + b"x" * 100_000 + b"\n",
    b"x" * 100_000,
)


def test_a_line_that_is_no_order_is_answered_so_or_not_at_all(target: Target, directory: Path) -> None:
    answers = [said_to(path_of(target, directory), line) for line in NO_ORDERS]
    assert [answer for answer in answers if answer and b'"answer": "unknown"' not in answer] == []
    status = status_of(directory, target.process.pid)
    assert (status.state, status.captures) == ("idle", 0)


SHORT = """
from heapdiff.agent.engines.headroom import NEEDS, MemoryNeed
engine, everything = installation._agent.choice.engine, MemoryNeed(1 << 60)
needs = NEEDS["gc"]._replace(graph=everything, summary=everything, tracked=everything)
engine.bound(0, needs)
"""


def test_who_insists_gets_a_graph_where_others_get_what_there_is_room_for(
    target: Target, directory: Path
) -> None:
    target.execute(SHORT)
    counted = []
    for wish in (Wish(), Wish(force=True), Wish(graph=False, force=True)):
        name = wait_for_sibling(ask_sibling(directory, target.process.pid, wish), LIMIT_S)
        summary = read_snapshot(directory / f"{name}.json").summary
        counted.append((summary.capture.counted, summary.graph is not None, bool(summary.notes)))
    assert counted == [("none", False, True), ("all", True, False), ("all", False, False)]


def test_an_agent_that_does_not_know_force_is_named_with_its_version(
    target: Target, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one from before the word answers: the real socket, asked in words that nobody knows yet."""
    monkeypatch.setattr(asking, "order_for", order_in_future_words)
    with pytest.raises(CaptureError, match=r"its agent, heapdiff \d.*, does not know --force"):
        ask_sibling(directory, target.process.pid, Wish(force=True))
    assert status_of(directory, target.process.pid).captures == 0


def order_in_future_words(wish: Wish) -> str:
    return f"snapshot graph=1 values=0 later={int(wish.force)} label="


def said_to(path: Path, line: bytes) -> bytes:
    """What a client that sends this is answered; nothing where it is hung up on."""
    with connect(path) as client:
        try:
            client.sendall(line)
            client.shutdown(socket.SHUT_WR)
            return client.recv(65536)
        except OSError:
            return b""


def test_clients_that_say_nothing_keep_others_waiting_a_second_only(target: Target, directory: Path) -> None:
    silent = [connect(path_of(target, directory)) for _ in range(2)]
    assert ask_status(directory, target.process.pid) is not None
    for client in silent:
        client.close()


def test_a_label_from_a_client_is_one_line_of_text(target: Target, directory: Path) -> None:
    wish = Wish(graph=False, label='a"b\\c\x1b[31m\n' + "é" * 2000)
    name = wait_for_sibling(ask_sibling(directory, target.process.pid, wish), LIMIT_S)
    label = read_snapshot(directory / f"{name}.json").summary.label
    assert label is not None
    assert label.startswith('a"b\\c\x1b[31m é')
    assert len(label.encode()) <= 1000


def test_a_directory_with_a_long_name_has_a_socket_too(tmp_path: Path, engine: str) -> None:
    directory = tmp_path / ("d" * 200) / ("e" * 100)
    with start(directory, engine) as target:
        assert ask_status(directory, target.process.pid) is not None


def test_uninstalling_closes_it(target: Target, directory: Path) -> None:
    target.execute("installation.uninstall()")
    assert not path_of(target, directory).exists()
    assert target.evaluate("descriptors() == before")


def test_what_a_killed_process_left_is_cleared_away(target: Target, directory: Path) -> None:
    host = target.evaluate("os.uname().nodename")
    path = path_of(target, directory)
    target.close()
    assert path.exists()
    assert ask_status(directory, target.process.pid) is None
    remove_dead_agents(directory, host)
    assert list(directory.iterdir()) == []


FORK = """
read, write = os.pipe()
hold, release = os.pipe()
pid = os.fork()
if pid == 0:
    try:
        os.close(release)
        os.write(write, b"x")
        os.read(hold, 1)
    finally:
        os._exit(0)
os.read(read, 1)
"""


def test_a_forked_child_has_a_socket_of_its_own(target: Target, directory: Path) -> None:
    child = target.evaluate("pid", FORK)
    eventually(lambda: ask_status(directory, child) is not None)
    answers = [ask_status(directory, pid) for pid in (child, target.process.pid)]
    assert [answer and answer.pid for answer in answers] == [child, target.process.pid]
    target.execute("os.write(release, b'x')\nos.waitpid(pid, 0)")
    assert ask_status(directory, child) is None
    assert ask_status(directory, target.process.pid) is not None


def test_a_program_that_the_process_becomes_does_not_answer(target: Target, directory: Path) -> None:
    assert target.process.stdin is not None
    target.process.stdin.write("[\"os.execvp('cat', ['cat'])\", \"0\"]\n")
    target.process.stdin.flush()
    eventually(lambda: Path(f"/proc/{target.process.pid}/comm").read_text() == "cat\n")
    eventually(lambda: ask_status(directory, target.process.pid) is None)


@pytest.mark.parametrize("engine", [NATIVE], indirect=True)
def test_the_native_engines_socket_is_in_nobodys_way(target: Target, directory: Path) -> None:
    assert target.evaluate("descriptors() == before")
    target.execute("os.closerange(3, int(os.environ['CHANNEL']))")
    assert ask_status(directory, target.process.pid) is not None


REUSED = """
path = "/proc/self/fd/"
listening = [int(n) for n in set(descriptors()) - set(before) if os.path.lexists(path + n) and "socket" in os.readlink(path + n)]
mine = socket.socket(socket.AF_UNIX)
mine.bind("\\0" + str(os.getpid()))
mine.listen()
(number,) = listening
os.dup2(mine.fileno(), number)
client = socket.socket(socket.AF_UNIX)
client.connect("\\0" + str(os.getpid()))
"""


@pytest.mark.parametrize("engine", ["gc"], indirect=True)
def test_a_number_that_the_application_reused_is_left_alone(target: Target, directory: Path) -> None:
    pid = target.process.pid
    target.execute(REUSED)
    assert ask_status(directory, pid) is None  # the closed listener went when its thread saw the number
    assert target.evaluate("mine.accept()[0] is not None")
    target.execute("installation.uninstall()")
    assert target.evaluate("os.fstat(number).st_ino == os.fstat(mine.fileno()).st_ino")


def test_it_answers_while_gevent_has_patched_everything(directory: Path, engine: str) -> None:
    pytest.importorskip("gevent")
    patched = "from gevent import monkey\nmonkey.patch_all()\n" + SETUP
    with start(directory, engine, patched) as target:
        assert target.process.stdin is not None
        name = wait_for_sibling(ask_sibling(directory, target.process.pid, Wish(graph=False)), LIMIT_S)
        assert name is not None


def test_when_the_file_was_removed_installing_again_puts_it_back(target: Target, directory: Path) -> None:
    path_of(target, directory).unlink()
    target.execute("heapdiff.install(signal=None, keep=3)")
    assert ask_status(directory, target.process.pid) is not None


WAIT_FOR_WORD = """
words = os.pipe()
def wait_for_word(job, threads, parent):
    parent.report(7)
    os.read(held, 1)
    raise OSError("as told")
held = words[0]
from heapdiff.agent.engines.forked import child, child_process
child_process.settle = lambda deadline_s, keep: None
agent = installation._agent
agent.choice.engine._attempts._capture = wait_for_word
"""


@pytest.mark.parametrize("engine", ["gc"], indirect=True)
def test_the_answers_are_busy_how_far_and_why_not(target: Target, directory: Path) -> None:
    assert HELD
    pid = target.process.pid
    target.execute(WAIT_FOR_WORD)
    first = ask_for_snapshot(directory, pid, Wish())
    assert first is not None
    assert first.answer == "accepted"
    with pytest.raises(BusyError):
        ask_sibling(directory, pid, Wish())
    eventually(lambda: status_of(directory, pid).objects_so_far == 7)
    assert status_of(directory, pid).state == "running"
    target.execute("os.write(words[1], b'x')")
    eventually(lambda: status_of(directory, pid).state != "running")
    status = status_of(directory, pid)
    assert (status.ticket, status.state, status.error) == (first.ticket, "failed", "as told")


CLIENT = """
import os, socket, sys
os.setgid({nobody}); os.setuid({nobody})
client = socket.socket(socket.AF_UNIX)
client.settimeout(60)
client.connect({path!r})
try:
    client.sendall(b"heapdiff/1 status\\n")
    print(client.recv(100))
except OSError:
    print(b"")
"""


def test_another_user_is_not_answered_even_where_the_file_lets_him_in(
    request: pytest.FixtureRequest, engine: str
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    outside = Path(tempfile.mkdtemp(dir=tempfile.gettempdir()))
    request.addfinalizer(lambda: shutil.rmtree(outside, ignore_errors=True))
    outside.chmod(0o755)
    with start(outside / "snapshots", engine) as target:
        path = path_of(target, outside / "snapshots")
        path.parent.chmod(0o755)
        path.chmod(0o666)
        code = CLIENT.format(nobody=NOBODY, path=str(path))
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=LIMIT_S, check=True
        )
        assert done.stdout == "b''\n"
