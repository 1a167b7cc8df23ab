"""What pretends to be another user's agent steers no terminal of who asks it, and puts no path into his shell."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import run
from tests.cli.snapshot_files import SHOP_AFTER, write_summary
from tests.cli.targets import running
from tests.cli.terminals import run_on_a_terminal
from tests.cli.test_outputs import is_harmless

STRANGER = 4711 if os.geteuid() == 0 else os.geteuid()
EVIL = "\x1b]52;c;aGk=\x07\x1b]8;;http://evil.example/\x1b\\x\x1b[5m\x9b5m\u202e\u2028[blink]\ud800\nheapdiff: forged"
NAME = "web1-1-0001-20261122T140507Z"
PROGRAM = """
import ctypes, json, os, socket, sys
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid({uid})
    os.setuid({uid})
    ctypes.CDLL(None).prctl(4, 1)  # readable again, as a program that its user started
directory, answer, evil = json.loads({given!r})
os.makedirs(directory, 0o700, exist_ok=True)
pid = os.getpid()
stat = open("/proc/self/stat").read().rpartition(")")[2].split()
record = dict(
    schema="agent/1", pid=pid, started_ticks=int(stat[19]), image=int(stat[25]), signal=0, engine="gc", engine_reason=evil,
    directory=directory, server=evil, role=evil, armed_at=evil, heapdiff=evil, host=evil, obstacle=evil,
)
json.dump(record, open(f"{{directory}}/.agent-{{pid}}.json", "w"))
os.chmod(f"{{directory}}/.agent-{{pid}}.json", 0o600)
door = socket.socket(socket.AF_UNIX)
door.bind(f"{{directory}}/.agent-{{pid}}.sock")
door.listen(50)
print("ready", flush=True)
while True:
    client, _ = door.accept()
    said = dict(
        protocol=1, answer="status", pid=pid, ticket=1, state="done", name="", path=evil, error=evil, objects_so_far=0,
        captures=1, failures=0, refused=0, requests=None, signal=0,
    )
    said.update(answer)
    if b" snapshot " in client.recv(2000):
        said["answer"] = "accepted"
    client.sendall(json.dumps(said).encode() + b"\\n")
    client.close()
"""
DRAWN = re.compile(r"\x1b\[(?:\d+(?:;\d+)*)?m|\x1b\[\?25[lh]|\x1b\[2K|\x1b\[\d*A|\r")  # by our own display
BLINKING = re.compile(r"\x1b\[5m|\x9b")


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory for temporary files that other users see, with a stranger's own in it."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def own_directory(place: Path, name: str = f"heapdiff-{STRANGER}") -> Path:
    directory = place / name
    directory.mkdir(0o700)
    os.chown(directory, STRANGER, STRANGER if STRANGER == 4711 else -1)
    return directory


def program(directory: Path, **answer: str) -> str:
    return PROGRAM.format(uid=STRANGER, given=json.dumps([str(directory), answer, EVIL]))


def leave_a_snapshot(directory: Path) -> None:
    """A summary of theirs, with notes."""
    written = write_summary(directory, SHOP_AFTER)
    content = json.loads(written.read_text())
    path = written.rename(directory / f"{NAME}.json")
    path.write_text(json.dumps({**content, "notes": [EVIL]}))
    path.chmod(0o600)
    os.chown(path, STRANGER, -1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "answer", "code", "says"),
    [
        pytest.param("ps", {}, 0, r"\x1b]52;c;aGk=\x07", id="a record"),
        pytest.param("doctor", {"state": "failed"}, 0, r"armed at \x1b]52;c;aGk=\x07", id="a state"),
        pytest.param("snapshot", {"state": "failed"}, 4, r"no snapshot: \x1b]52;c;aGk=\x07", id="an error"),
        pytest.param("snapshot", {"name": EVIL}, 4, "which is no snapshot's name", id="a name"),
        pytest.param("snapshot", {"name": "../../etc/passwd"}, 4, "which is no snapshot's name", id="a path"),
        pytest.param("snapshot", {"name": NAME}, 0, rf"{NAME}.json: \x1b]52;c;aGk=\x07", id="a note"),
    ],
)
def test_nothing_that_it_says_steers_a_terminal(
    place: Path, command: str, answer: dict[str, str], code: int, says: str
) -> None:
    directory = own_directory(place)
    leave_a_snapshot(directory)
    with running(program(directory, **answer), TMPDIR=str(place)) as process:
        asked = () if command == "ps" else (str(process.pid),)
        done = run_on_a_terminal(80, command, *asked, TMPDIR=str(place))
        plain = run(command, *asked, TMPDIR=str(place))
    assert (done.exit_code, plain.exit_code) == (code, code), done.stdout
    assert not BLINKING.search(done.stdout)
    for written in (DRAWN.sub("", done.stdout), plain.stdout, plain.stderr):
        assert is_harmless(written), written
        assert not [line for line in written.splitlines() if line.startswith("heapdiff: forged")]
    together = "".join(DRAWN.sub("", done.stdout).split())
    assert "".join(says.split()) in together


@pytest.mark.parametrize("name", ["a b", "x;touch y", "$(id)", "a\nb", "-o\tx", "a\u202eb"])
def test_a_directory_of_its_choice_puts_nothing_into_a_shell(place: Path, name: str) -> None:
    directory = own_directory(place, name)
    leave_a_snapshot(directory)
    with running(program(directory, name=NAME), HEAPDIFF_DIR=str(directory)) as process:
        done = run("snapshot", str(process.pid))
        said = run("snapshot", str(process.pid), "--dir", directory)
    ours = name.isprintable()
    if os.geteuid() == STRANGER and ours:
        assert done.exit_code == 0
    else:
        assert (done.exit_code, done.stdout) == (4, "")
        assert "isn't safe to print" in done.complaint[0]
        assert len(done.complaint) == 2
    assert (said.exit_code == 0) == ours
    assert said.stdout == (f"{directory / NAME}.json\n" if ours else "")
