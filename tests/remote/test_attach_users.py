"""Root attaches to another user's process: to that very one, with what root wrote, or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.containers import container, private
from tests.agent.target import Target
from tests.cli.command import environment, run
from tests.processes import children_of
from tests.remote.test_attach import NAPPING, needs_a_way_in, needs_the_queue

pytestmark = [pytest.mark.skipif(os.geteuid() != 0, reason="only root has such rights"), needs_a_way_in]
USER = 54321
MACHINE = """
import json, os, shutil, subprocess, sys, time
from pathlib import Path
from heapdiff.errors import HeapdiffError
from heapdiff.remote import attaching
from heapdiff.remote.attaching import attach
from heapdiff.remote.holding import held
NAPPING = {napping!r}
DROPPED = '''
import os
import heapdiff
heapdiff.install()  # loads what the user may not be able to read
import hashlib
from heapdiff.agent.worker import installation
installation.uninstall()
os.setgroups([])
os.setgid({user})
os.setuid({user})
'''
def start(code, program=sys.executable, **more):
    process = subprocess.Popen([program, "-c", "import sys\\n" + code.replace("while", "print('ready', flush=True)\\nwhile", 1)],
                               stdout=subprocess.PIPE, text=True, **more)
    assert process.stdout.readline() == "ready\\n"
    return process
def reuse(process):
    process.kill()
    process.wait()
    Path("/proc/sys/kernel/ns_last_pid").write_text(str(process.pid - 1))
    other = start(NAPPING)
    assert other.pid == process.pid, "the test needs the number again"
    return other
def refused(process, directory=None):
    try:
        attach(process, directory, 0.5)
    except HeapdiffError as error:
        return error.message
def swap():
    "By another process of the user: his own script in the place of root's."
    folder = Path(os.environ["TMPDIR"], "heapdiff-{user}")
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid({user})
        os.setuid({user})
        (script,) = folder.glob(".in-*")
        script.write_text(f"open({{str(folder / 'owned')!r}}, 'w').close()")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
def threads(pid):
    return len(os.listdir(f"/proc/{{pid}}/task"))
"""


@pytest.fixture
def machine(outside: Path) -> Iterator[Target]:
    """With numbers of its own, so that one can be given again."""
    setup = MACHINE.format(napping=NAPPING, user=USER)
    with Target(setup, prefix=container(), TMPDIR=str(outside), HEAPDIFF_DIR="") as target:
        yield target


def test_another_users_process_is_attached_to(machine: Target, outside: Path) -> None:
    machine.execute("process = start(DROPPED + NAPPING)")
    machine.execute("""
done = subprocess.run([sys.executable, "-c", "import sys; from heapdiff.cli import main; sys.exit(main())",
                       "snapshot", str(process.pid), "--attach", "--yes"], capture_output=True, text=True)
""")
    code, out, said = machine.evaluate("[done.returncode, done.stdout, done.stderr]")
    assert (code, said) == (0, "")
    path = Path(out.strip())
    assert path.parent == outside / f"heapdiff-{USER}"
    assert path.stat().st_uid == USER
    assert not list(path.parent.glob(".in-*")) + list(path.parent.glob(".said-*"))


def test_a_number_that_was_given_again_while_the_question_stood_there_is_not_attached_to(
    machine: Target,
) -> None:
    machine.execute("""
import heapdiff.cli.processes.snapshot as command
process = start(DROPPED + NAPPING)
given = []
def agrees(pid):
    given.append(reuse(process))
    return True
command._agrees = agrees
try:
    command.load_agents((process.pid,), None, command.TimeLimit(0.5), False)
    said = "attached"
except HeapdiffError as error:
    said = error.message
""")
    pid, said, threads = machine.evaluate("[process.pid, said, threads(given[0].pid)]")
    assert said == f"process {pid}: it has ended"
    assert threads == 1


@needs_the_queue
def test_nor_one_given_again_right_before_the_write(machine: Target, outside: Path) -> None:
    """And the user has put a script of his in the place of root's."""
    machine.execute("""
process = start(DROPPED + NAPPING)
really, given = attaching.queue_code, []
def late(held_one, code):
    swap()
    given.append(reuse(process))
    really(held_one, code)
attaching.queue_code = late
with held(process.pid) as found:
    said = refused(found)
""")
    pid, said, threads = machine.evaluate("[process.pid, said, threads(given[0].pid)]")
    assert said.startswith(f"process {pid}: ")
    assert threads == 1
    assert not (outside / f"heapdiff-{USER}" / "owned").exists()


@needs_the_queue
def test_a_script_that_the_user_changed_is_not_run(machine: Target, outside: Path) -> None:
    """Others of its user may not look into a process that gave up root, let alone have it run something."""
    machine.execute("""
process = start(DROPPED + NAPPING)
really = attaching.queue_code
def late(held_one, code):
    swap()
    really(held_one, code)
attaching.queue_code = late
with held(process.pid) as found:
    said = refused(found)
""")
    assert "did not come to it" in machine.evaluate("said")
    assert machine.evaluate("process.poll()") is None
    assert not (outside / f"heapdiff-{USER}" / "owned").exists()


def test_one_that_became_roots_meanwhile_is_not_attached_to(machine: Target, outside: Path) -> None:
    """A program that the user may start as root keeps number and start of the one that it replaces."""
    machine.execute(f"program = Path({str(outside)!r}, 'python')")
    machine.execute("""
shutil.copy(os.path.realpath(sys.executable), program)
program.chmod(0o4755)
become = "import os\\nos.setresuid(0, 0, 0)\\nprint(0, flush=True)\\n" + NAPPING
execute = f"while sys.stdin.readline(): os.execv({str(program)!r}, ['python', '-c', {become!r}])"
process = start(DROPPED + execute, stdin=subprocess.PIPE)
with held(process.pid) as found:
    process.stdin.write("\\n")
    process.stdin.flush()
    line = process.stdout.readline()
    said = refused(found)
""")
    if machine.evaluate("line") != "0\n":
        pytest.skip("nothing is setuid in this file system, or the user can't start it")
    assert f"it was user {USER}'s, and is user 0's now" in machine.evaluate("said")
    assert machine.evaluate("threads(process.pid)") == 1


def test_through_what_is_held_nothing_of_a_later_process_is_read_or_written(machine: Target) -> None:
    machine.execute("""
from heapdiff.agent.system.procfs import read_text
from heapdiff.remote.pokes import Memory, Poke, memory_of
process = start(NAPPING)
def writes(memory):
    try:
        memory.write(poke)
        return True
    except OSError:
        return False
with held(process.pid) as found, memory_of(found.entry, os.O_RDWR) as memory:
    address = int(read_text(f"/proc/{found.entry}/maps").split("-")[0], 16)
    poke = Poke(address, memory.read(address, 4))
    before = [read_text(f"/proc/{found.entry}/comm") is not None, writes(memory)]
    other = reuse(process)
    after = [read_text(f"/proc/{found.entry}/comm") is not None, writes(memory)]
    theirs = read_text(f"/proc/{process.pid}/comm") is not None
""")
    assert machine.evaluate("[before, after, theirs]") == [[True, True], [False, False], True]


def test_what_root_hands_over_is_for_that_process_only(machine: Target) -> None:
    """3.14 on finds the process by its number itself; whoever has it then does nothing with the script, nor can change it."""
    machine.execute("""
process = start(DROPPED + NAPPING)
with held(process.pid) as found:
    folder = attaching.place_for(found, None)
    with attaching.script_for(found, folder) as (script, said):
        with attaching.beyond_reach(found, script) as path:
            status, above = os.stat(path), os.stat(path.parent)
            same = path.read_bytes() == script.content
            exec(path.read_text(), {})
            answered = said.exists()
    gone = not path.exists()
""")
    assert machine.evaluate("[status.st_uid, status.st_mode & 0o777, above.st_uid, above.st_mode & 0o777]") == [
        0, 0o644, 0, 0o755,
    ]  # fmt: skip
    assert machine.evaluate("[same, answered, gone]") == [True, False, True]


def test_one_in_a_container_is_told_paths_that_it_sees(tmp_path: Path) -> None:
    hidden = tmp_path / "private"
    hidden.mkdir()
    command = [
        *container(commands=private(hidden)),
        sys.executable,
        "-I",
        "-c",
        f"print(flush=True)\n{NAPPING}",
    ]
    place = environment(TMPDIR=str(hidden))
    with subprocess.Popen(command, start_new_session=True, env=place, stdout=subprocess.PIPE) as outer:
        assert outer.stdout is not None
        try:
            outer.stdout.readline()
            (pid,) = children_of(outer.pid)
            done = run("snapshot", str(pid), "--attach", "--yes", "--no-graph")
        finally:
            outer.kill()
    if sys.version_info >= (3, 14):  # sys.remote_exec takes one path for both
        assert done.exit_code == 4
        assert f"it sees another {hidden} than heapdiff does here" in done.stderr
        return
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(f"/proc/{pid}/root{hidden}/heapdiff-0/")
