"""Root acts as the user whose process it asks: whatever that user prepared is opened with no right of root's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.containers import container
from tests.agent.target import Target

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as somebody else")
USER, OTHER = 54321, 54322
GROUPS = """
import os, subprocess
from pathlib import Path
from heapdiff.remote.rights import acting_as, owner_of_process
place = Path({place!r})
os.setgroups([0, 42, 6])
user = subprocess.Popen(["cat"], stdin=subprocess.PIPE, user={user}, group={user}, extra_groups=[])
roots = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
for name, group in (("shadow", 42), ("root", 0)):
    (place / name).write_text("secret")
    os.chown(place / name, 0, group)
    os.chmod(place / name, 0o640)
(place / "own").write_text("his")
os.chown(place / "own", {user}, {user})
os.chmod(place / "own", 0o600)
def reads(name):
    try:
        return open(place / name).read()
    except PermissionError:
        return None
def signals(pid):
    try:
        os.kill(pid, 0)
        return True
    except PermissionError:
        return False
def can(whom):
    with whom:
        return [reads("shadow"), reads("root"), reads("own"), signals(roots.pid), signals(user.pid)]
def who():
    return [*os.getresuid(), *os.getresgid(), *sorted(os.getgroups())]
"""
SIGNALS = """
import os, sys
os.setgroups([])
os.setresgid({user}, {user}, {user})
os.setresuid({user}, {user}, {user})
try:
    os.kill(os.getppid(), 0)
except PermissionError:
    print("refused")
"""
WATCHED = """
import os, sys
EVENTS = ("open", "os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename", "os.truncate", "os.chmod", "os.link")
def watch(event, arguments):
    if event == "import" and os.geteuid():
        print("IMPORTED", arguments[0], os.geteuid(), file=sys.stderr)
    if event in EVENTS and isinstance(arguments[0], (str, os.PathLike)):
        text = os.fspath(arguments[0])
        if "/heapdiff-5432" in text or "/trap" in text:
            user, group = os.geteuid(), os.getegid()
            own = user and f"-{{user}}" in text and group in (user, 65534) and not os.getgroups()
            print("AS OWNER" if own else "AS ANOTHER", event, text, os.geteuid(), os.getegid(), os.getgroups(), file=sys.stderr)
sys.addaudithook(watch)
from heapdiff.cli import main
sys.exit(main())
"""
WORKER = """
import os, sys
import heapdiff
heapdiff.install()  # loads what the other user may not be able to read
from heapdiff.agent.worker import installation
installation.uninstall()
os.setgroups([])
os.setgid({user})
os.setuid({user})
heapdiff.install({arguments})
print("ready", flush=True)
sys.stdin.read()
"""
MACHINE = """
import os, subprocess, sys
def start(code):
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\\n"
    return process
def command(*arguments):
    done = subprocess.run([sys.executable, "-c", WATCHED, *map(str, arguments)], capture_output=True, text=True)
    return [done.returncode, done.stdout.splitlines(), done.stderr.splitlines()]
"""


@pytest.mark.parametrize("whom", ["acting_as(owner_of_process(user.pid))", f"acting_as({USER})"])
def test_neither_groups_nor_real_rights_of_roots_remain(outside: Path, whom: str) -> None:
    with Target(GROUPS.format(place=str(outside), user=USER)) as target:
        before = target.evaluate("who()")
        assert target.evaluate(f"can({whom})") == [None, None, "his", False, True]
        assert target.evaluate("who()") == before


@pytest.mark.parametrize("step", ["setgroups", "setresgid", "setresuid"])
def test_an_interrupt_while_they_are_taken_gives_them_back(outside: Path, step: str) -> None:
    """Ctrl-C, or an order to end, comes between any two steps; what is cleaned up then is done as that user, too."""
    with Target(GROUPS.format(place=str(outside), user=USER)) as target:
        target.execute(f"""
before, really = who(), os.{step}
def interrupted(*given):
    os.{step} = really
    really(*given)
    raise KeyboardInterrupt
os.{step} = interrupted
try:
    with acting_as({USER}):
        said = "went on"
except KeyboardInterrupt:
    said = who() == before
""")
        assert target.evaluate("said") is True


def test_the_user_cannot_stop_root_meanwhile(outside: Path) -> None:
    with Target(GROUPS.format(place=str(outside), user=USER) + "import sys\n") as target:
        target.execute(f"sender = {SIGNALS.format(user=USER)!r}")
        said = target.evaluate(
            "said",
            "sending = subprocess.Popen([sys.executable, '-c', 'input();' + repr(0) + '\\n' + sender],"
            " stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)\n"
            "with acting_as(owner_of_process(user.pid)): said = sending.communicate('\\n')[0]",
        )
    assert said == "refused\n"


@pytest.fixture
def machine(outside: Path) -> Iterator[Target]:
    """A machine of its own: `--all` asks every agent that it finds."""
    setup = f"{MACHINE}WATCHED = {WATCHED.format()!r}\n"
    with Target(setup, prefix=container(), TMPDIR=str(outside), HEAPDIFF_DIR="") as target:
        yield target


def test_every_command_opens_a_users_files_as_that_user_and_imports_nothing_meanwhile(
    machine: Target, outside: Path
) -> None:
    for user in (USER, OTHER):
        machine.execute(f"worker{user} = start({WORKER.format(user=user, arguments='')!r})")
    pids = machine.evaluate(f"[worker{USER}.pid, worker{OTHER}.pid]")
    for arguments in (
        ("snapshot", "--all"),
        ("snapshot", pids[0], "--to", outside / f"heapdiff-{USER}" / f"to-{USER}"),
        ("ps",),
        ("doctor", pids[1]),
        ("investigate", *pids, "--for", "1s"),
    ):
        code, lines, said = machine.evaluate(f"command(*{tuple(map(str, arguments))!r})")
        assert code == 0, said
        assert [line for line in said if not line.startswith(("AS OWNER", "heapdiff: "))] == []
        watched = [line for line in said if line.startswith("AS OWNER")]
        assert {line.split()[4] for line in watched if f"heapdiff-{OTHER}" in line} <= {str(OTHER)}
        assert watched
        if arguments == ("snapshot", "--all"):
            lines.sort()  # they come as they are complete
            assert [Path(line).parent.name for line in lines] == [f"heapdiff-{USER}", f"heapdiff-{OTHER}"]
            assert [Path(line).stat().st_uid for line in lines] == [USER, OTHER]
            assert any(f"{lines[0]} {USER}" in line for line in said), "its notes are read, too"


def test_where_a_signal_is_the_only_way_it_is_sent_as_that_user(machine: Target) -> None:
    worker = WORKER.format(user=USER, arguments="")
    machine.execute(f"worker = start({worker!r})")
    machine.execute("""
import json
from pathlib import Path
place = Path(os.environ["TMPDIR"], "heapdiff-54321")
(record,) = place.glob(".agent-*.json")
record.write_text(json.dumps({**json.loads(record.read_text()), "socket": False}))
next(place.glob(".agent-*.sock")).unlink()
""")
    code, lines, said = machine.evaluate("command('snapshot', worker.pid)")
    assert (code, len(lines)) == (0, 1), said


def test_a_setuid_program_is_its_starters(machine: Target, outside: Path) -> None:
    """He chose its environment, and so where root would look for its agent."""
    trap = outside / f"trap-{USER}"
    program = outside / "cat"
    shutil.copy(shutil.which("cat") or "", program)
    program.chmod(0o4755)
    machine.execute(
        f"trapped = subprocess.Popen([{str(program)!r}], user={USER}, group={USER}, extra_groups=[],"
        f" stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={{'HEAPDIFF_DIR': {str(trap)!r}}})\n"
        "trapped.stdin.write(b'x'); trapped.stdin.flush(); trapped.stdout.read(1)"
    )
    if machine.evaluate("'Uid:\\t54321\\t54321' in open(f'/proc/{trapped.pid}/status').read()"):
        pytest.skip("nothing is setuid in this file system")
    trap.mkdir(mode=0o700)
    os.chown(trap, USER, USER)
    code, _, said = machine.evaluate("command('ps')")
    assert code == 0
    watched = [line for line in said if "trap" in line]
    assert watched
    assert [line for line in watched if not line.startswith("AS OWNER")] == []


def test_once_a_number_is_another_processs_nobodys_rights_are_taken(machine: Target) -> None:
    machine.execute("""
import time
from heapdiff.agent.system.identity import see_process
from heapdiff.remote.rights import owner_of_seen
first = subprocess.Popen(["cat"], stdin=subprocess.PIPE, user=54321, group=54321, extra_groups=[])
seen = see_process(first.pid)
owner = owner_of_seen(seen)
while time.clock_gettime(time.CLOCK_BOOTTIME) * 100 < seen.state.started_ticks + 2:
    pass  # starts are told apart by hundredths
first.kill()
first.wait()
open("/proc/sys/kernel/ns_last_pid", "w").write(str(first.pid - 1))
second = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
""")
    assert machine.evaluate("[owner.user, first.pid == second.pid, owner_of_seen(seen)]") == [
        USER,
        True,
        None,
    ]
