"""`snapshot --attach`: into processes that know nothing of heapdiff, wherever they are; and what can go wrong harms none."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from heapdiff.remote import pokes
from heapdiff.remote.attaching import SCRIPT, one_at_a_time, refusal
from heapdiff.remote.holding import held
from tests.agent.target import Target
from tests.cli.command import INTERRUPTIBLE, Done, environment, run
from tests.cli.terminals import run_on_a_terminal

REACHABLE = (sys.version_info >= (3, 14) and hasattr(sys, "remote_exec")) or pokes.own_layout() is not None
needs_a_way_in = pytest.mark.skipif(
    not REACHABLE, reason="this Python has no safe way in, as the last test says"
)
needs_the_queue = pytest.mark.skipif(pokes.own_layout() is None, reason="3.14 on has sys.remote_exec instead")
NEEDS_THE_GIL_FREE = sys.version_info[:2] == (3, 13)
LIMIT_S = 60
NOT_REACHED = re.compile(r"did not come to it within (1|0\.\d) s")  # what is left of a second
BUSY = "number = 0\nwhile True: number += 1\n"
NAPPING = "import time\nwhile True: time.sleep(0.05)\n"
BUSY_BESIDE_ANOTHER = f"""
import threading, time
def nap():
    while True: time.sleep(0.05)
threading.Thread(target=nap, daemon=True).start()
{BUSY}"""
BEATING = (
    "import sys, time\nwhile True:\n    sys.stdout.write('.')\n    sys.stdout.flush()\n    time.sleep(0.01)\n"
)
SERVING = """
import socket
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
while True:
    server.accept()[0].close()
"""


@contextmanager
def unprepared(code: str, ready: str = "print('ready', flush=True)\n") -> Iterator[subprocess.Popen[str]]:
    """A process without heapdiff on its path."""
    with subprocess.Popen(
        [sys.executable, "-I", "-c", ready + code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
        env=environment(),
    ) as process:
        assert process.stdout is not None
        try:
            process.stdout.readline()
            yield process
        finally:
            process.kill()


def attach(process: subprocess.Popen[str], directory: Path, *more: str) -> Done:
    return run("snapshot", str(process.pid), "--attach", "--yes", "--dir", directory, *more)


def until(condition: Callable[[], bool]) -> None:
    last = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < last


def is_beating(process: subprocess.Popen[str]) -> bool:
    assert process.stdout is not None
    return process.stdout.read(20) == "." * 20


@needs_a_way_in
@pytest.mark.parametrize("code", [BUSY_BESIDE_ANOTHER, NAPPING] if NEEDS_THE_GIL_FREE else [BUSY, NAPPING])
def test_a_process_that_was_not_prepared_is_captured(tmp_path: Path, code: str) -> None:
    with unprepared(code) as process:
        done = attach(process, tmp_path)
        assert (done.exit_code, done.stderr) == (0, "")
        summary = json.loads(Path(done.stdout.strip()).read_text())
        again = run("snapshot", str(process.pid), "--dir", tmp_path)
        checks = json.loads(run("doctor", str(process.pid), "--dir", tmp_path, "--format", "json").stdout)
        assert process.poll() is None
    states = {check["name"]: check["state"] for check in checks["checks"]}
    assert states["signal"] == "ok"  # nobody asked for one
    assert (summary["process"]["pid"], summary["trigger"]) == (process.pid, "signal")
    assert again.exit_code == 0
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith((".in-", ".said-"))]


@needs_a_way_in
@pytest.mark.parametrize(
    ("typed", "code", "said"), [(b"n\n", 4, "still has no agent"), (b"\4", 130, "heapdiff: interrupted")]
)
def test_it_asks_first_in_lines_that_fit_the_terminal(
    tmp_path: Path, typed: bytes, code: int, said: str
) -> None:
    with unprepared(NAPPING) as process:
        done = run_on_a_terminal(
            80, "snapshot", str(process.pid), "--attach", "--dir", str(tmp_path), typed=typed
        )
    lines = done.stdout.splitlines()
    assert done.exit_code == code
    assert any(line.endswith(said) for line in lines)
    assert code != 130 or said in lines  # a line of its own
    assert [line for line in lines if len(line) > 80] == []
    assert list(tmp_path.iterdir()) == []


def test_it_does_not_ask_about_one_that_it_cannot_load_it_into(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        done = run_on_a_terminal(80, "snapshot", str(process.pid), "--attach", "--dir", str(tmp_path))
        process.kill()
    assert (done.exit_code, "Load it?" in done.stdout) == (4, False)
    assert "cannot attach" in done.stdout


@needs_a_way_in
def test_where_an_agent_could_not_write_another_directory_is_the_way_in(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    nowhere = ("--dir", tmp_path / "file" / "heaps")
    with unprepared(NAPPING) as process:
        pid = str(process.pid)
        for command, offered in (
            ("snapshot", "snapshot"),
            ("investigate", "investigate"),
            ("trim", "snapshot"),
        ):
            done = run(command, pid, *nowhere)
            assert (done.exit_code, len(done.complaint)) == (4, 2)
            assert done.complaint[1].startswith("An agent couldn't write there: ")
            assert f"heapdiff {offered} {pid} --attach --dir DIR loads an agent" in done.complaint[1]
        checks = json.loads(run("doctor", pid, *nowhere, "--format", "json").stdout)["checks"]
        assert checks[-1]["found"] == f"possible: heapdiff snapshot {pid} --attach --dir DIR"
    assert "PID --attach --dir DIR loads an agent" in run("snapshot", "--all", *nowhere).complaint[1]


@needs_a_way_in
def test_one_that_waits_for_a_connection_answers_when_one_comes(tmp_path: Path) -> None:
    with (
        subprocess.Popen(
            [sys.executable, "-I", "-c", SERVING], stdout=subprocess.PIPE, text=True, cwd="/"
        ) as process,
        contextlib.ExitStack() as at_the_end,
    ):
        at_the_end.callback(process.kill)
        assert process.stdout is not None
        port = int(process.stdout.readline())
        late = attach(process, tmp_path, "--wait", "1")
        assert late.exit_code == 4
        assert NOT_REACHED.search(late.complaint[0])
        assert process.poll() is None
        if pokes.own_layout() is not None:  # what lies in the queue now is our own
            again = run("snapshot", str(process.pid), "--attach", "--yes", "--dir", tmp_path)
            assert again.exit_code == 4
            assert "an earlier --attach" in again.complaint[0]
            assert again.complaint[1].strip().startswith("Send it a request")
        socket.create_connection(
            ("127.0.0.1", port), LIMIT_S
        ).close()  # runs what was queued: it finds no script
        socket.create_connection(("127.0.0.1", port), LIMIT_S).close()
        assert run("ps", "--dir", tmp_path).stdout == ""
        command = subprocess.Popen(
            [sys.executable, "-c", "import sys; from heapdiff.cli import main; sys.exit(main())", "snapshot",
             str(process.pid), "--attach", "--yes", "--dir", str(tmp_path)],
            stdout=subprocess.PIPE, text=True, env=environment(PYTHONPATH=str(Path(__file__).parents[2])),
        )  # fmt: skip
        try:
            until(lambda: knocks(port) and command.poll() is not None)
            assert command.stdout is not None
            assert Path(command.stdout.read().strip()).exists()
        finally:
            command.kill()
            command.communicate()
            process.kill()


def knocks(port: int) -> bool:
    socket.create_connection(("127.0.0.1", port), LIMIT_S).close()
    return True


@pytest.mark.skipif(not (NEEDS_THE_GIL_FREE and REACHABLE), reason="others reach this one, too")
def test_one_that_computes_without_a_pause_is_left_alone_with_a_reason(tmp_path: Path) -> None:
    with unprepared(BUSY) as process:
        done = attach(process, tmp_path, "--wait", "1")
        assert done.exit_code == 4
        assert NOT_REACHED.search(done.complaint[0])
        assert process.poll() is None


@needs_the_queue
@pytest.mark.parametrize("written", range(6))
def test_a_writer_that_is_killed_in_between_harms_nothing(tmp_path: Path, written: int) -> None:
    layout = pokes.own_layout()
    assert layout is not None
    with unprepared(BEATING) as process:
        with pokes.memory_of(process.pid, os.O_RDWR) as memory:
            plan = pokes.plan(memory, process.pid, layout, "pass\n")
            for poke in plan[:written]:
                memory.write(poke)
        assert is_beating(process)
        if written < 3 or written >= len(plan):  # nothing was announced, or all of it
            assert attach(process, tmp_path).exit_code == 0
        assert is_beating(process)


UNDER_A_TERMINAL = """
import signal, sys
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # where nohup started the tests, too
from heapdiff.cli import main
sys.exit(main())
"""


def attach_beside(process: subprocess.Popen[str], directory: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", UNDER_A_TERMINAL, "snapshot", str(process.pid), "--attach", "--yes", "--dir", str(directory)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env=environment(PYTHONPATH=str(Path(__file__).parents[2]), **INTERRUPTIBLE),
    )  # fmt: skip


@needs_the_queue
def test_one_that_ends_while_it_is_looked_at_is_an_error_of_that_process() -> None:
    layout = pokes.own_layout()
    assert layout is not None
    with unprepared(BEATING) as process, held(process.pid) as found:
        with pokes.memory_of(found.entry, os.O_RDWR) as memory:
            assert pokes.unrest(memory, found.entry, layout) is None
            process.kill()
            process.wait(LIMIT_S)
            for ask in (
                lambda: pokes.unrest(memory, found.entry, layout),
                lambda: pokes.plan(memory, found.entry, layout, "pass\n"),
            ):
                with pytest.raises(OSError, match="it has ended"):
                    ask()
        assert str(refusal(found)) == "there is no such process"


@pytest.mark.slow
@needs_a_way_in
def test_of_commands_that_attach_at_the_same_time_one_does(tmp_path: Path) -> None:
    """Their words in the process's queue would overwrite each other, and end it."""
    with unprepared(BEATING) as process:
        with held(process.pid) as found, one_at_a_time(found):
            refused = attach(process, tmp_path)
        assert (refused.exit_code, "another command is attaching" in refused.stderr) == (4, True)
        commands = [attach_beside(process, tmp_path) for _ in range(3)]
        for command in commands:
            command.communicate(timeout=LIMIT_S)
        assert is_beating(process)


def test_one_script_that_interrupts_another_is_run_after_it(tmp_path: Path) -> None:
    """From 3.14 on, the process runs a script between any two bytecodes, those of another one included."""
    with Target(INTERRUPTED.format(script=SCRIPT, directory=str(tmp_path)), HEAPDIFF_DIR="") as target:
        assert target.evaluate("interrupted")
        assert [target.evaluate(f"open({str(tmp_path / name)!r}).read()") for name in "ab"] == ["ok", "ok"]
        assert not target.evaluate("hasattr(sys, '__heapdiff_attaching__')")


INTERRUPTED = """
import os, sys
from heapdiff.agent.system.identity import own_identity
own, interrupted = own_identity(), []
def script(said):
    arguments = (own.pid, own.started_ticks), "/nowhere", {directory!r}, os.path.join({directory!r}, said)
    return {script!r}.format(arguments=arguments)
def interrupt(frame, event, _):
    if event == "call" and frame.f_code.co_name == "_install" and not interrupted:
        interrupted.append(True)
        exec(script("b"), {{}})
sys.setprofile(interrupt)
exec(script("a"), {{}})
sys.setprofile(None)
"""


@needs_a_way_in
def test_the_command_killed_while_it_waits_leaves_the_process_as_it_was(tmp_path: Path) -> None:
    with unprepared(BEATING) as process, attach_beside(process, tmp_path) as command:
        until(lambda: bool(list(tmp_path.iterdir())))
        command.kill()
        command.wait(LIMIT_S)
        assert is_beating(process)


@needs_a_way_in
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_told_to_end_while_it_waits_it_takes_its_files_back(tmp_path: Path, number: signal.Signals) -> None:
    with unprepared("import sys\nsys.stdin.read()\n") as process, attach_beside(process, tmp_path) as command:
        until(lambda: bool(list(tmp_path.iterdir())))
        command.send_signal(number)
        _, said = command.communicate(timeout=LIMIT_S)
        assert (command.returncode, said) == (128 + number, f"heapdiff: ended by {number.name}\n")
        assert list(tmp_path.iterdir()) == []
        assert process.poll() is None


@needs_a_way_in
def test_what_a_killed_command_left_goes_with_a_later_one(tmp_path: Path) -> None:
    names = [".in-0123abcd", ".said-0123abcd", ".in-0123abcd.partial"]
    others = [".in-fedcba98", ".in-0123abcd.txt", "in-0123abcd"]
    for name in (*names, *others):
        (tmp_path / name).write_text("left")
    for name in (*names, *others[1:]):
        os.utime(tmp_path / name, (0, 0))
    with unprepared(BEATING) as process:
        assert attach(process, tmp_path).exit_code == 0
    left = {path.name for path in tmp_path.iterdir()}
    assert not left & set(names)
    assert set(others) <= left


def test_without_a_word_nothing_is_done(tmp_path: Path) -> None:
    with unprepared(BEATING) as process:
        done = run("snapshot", str(process.pid), "--attach", "--dir", tmp_path)
        assert done.exit_code != 0
        assert "has no agent" in done.stderr
        assert list(tmp_path.iterdir()) == []
        assert is_beating(process)


def test_what_is_not_this_python_is_refused(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"], text=True) as process:
        done = attach(process, tmp_path)
        assert done.exit_code == 4
        assert "cannot attach: it does not run CPython" in done.complaint[0]
        assert "python -m heapdiff" in done.complaint[1]
        assert len(done.complaint) == 2
        assert process.poll() is None
        process.kill()


def test_a_stopped_process_is_refused(tmp_path: Path) -> None:
    with unprepared(BUSY) as process:
        process.send_signal(signal.SIGSTOP)
        until(lambda: "T (stopped)" in Path(f"/proc/{process.pid}/status").read_text())
        told, hint = attach(process, tmp_path).complaint
        assert "it is stopped" in told
        assert f"kill -CONT {process.pid}" in hint
        assert "kill -CONT" in run("snapshot", str(process.pid), "--dir", tmp_path).complaint[1]
        process.send_signal(signal.SIGCONT)


@pytest.mark.skipif(REACHABLE, reason="this Python has a way in")
def test_where_there_is_no_safe_way_in_it_says_so(tmp_path: Path) -> None:
    with unprepared(BEATING) as process:
        done = attach(process, tmp_path)
        assert done.exit_code == 4
        assert "gives no safe way in from outside" in done.complaint[0]
        assert is_beating(process)


@pytest.mark.parametrize("address", [-1, (1 << 63) - 4, (1 << 64) - 256])
def test_an_address_that_no_memory_has_is_an_error_of_that_process(address: int) -> None:
    """Another user wrote it into his own interpreter's words."""
    with pokes.memory_of("self", os.O_RDWR) as memory:
        with pytest.raises(OSError, match="cannot be read"):
            memory.pointer(address)
        with pytest.raises(OSError, match="cannot be written"):
            memory.write(pokes.Poke(address, b"12345678"))
