"""`snapshot` with the real agent in a real process, and what the other commands say about the files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from heapdiff.agent.directory.registry import read_agent, write_agent
from heapdiff.agent.engines.choice import AS_ASKED
from heapdiff.cli.processes.process_checks import check_engine
from tests.cli.command import run, run_process
from tests.cli.targets import running
from tests.processes import agent_files

NOBODY = 65534
PROGRAM = """
import os, sys
class Session:
    def __init__(self):
        self.basket = ["tea"]
SESSIONS = {{}}
{before}
import heapdiff
heapdiff.install(dir={directory!r})
print("ready", flush=True)
for line in sys.stdin:
    for number in range(int(line)):
        SESSIONS[f"session-{{len(SESSIONS)}}"] = Session()
    print("grown", flush=True)
"""
DROP_ROOT = """
import heapdiff.agent.engines.choice, heapdiff.agent.worker.joining
heapdiff.agent.engines.choice.choose_engine(None)  # the checkout may be one that the other user cannot read
os.makedirs({directory!r}, 0o700)
os.chown({directory!r}, {nobody}, {nobody})
os.setgid({nobody})
os.setuid({nobody})
"""

SMALL_FILES_ONLY = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


def program(directory: Path, before: str = "") -> str:
    return PROGRAM.format(directory=str(directory), before=before)


def grow(process: subprocess.Popen[str], sessions: int) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{sessions}\n")
    process.stdin.flush()
    assert process.stdout.readline() == "grown\n"


def take(process: subprocess.Popen[str], directory: Path, *more: str) -> Path:
    done = run("snapshot", str(process.pid), "--dir", directory, *more)
    assert done.exit_code == 0, done.stderr
    (path,) = done.stdout.splitlines()
    return Path(path)


def test_a_leak_is_found_from_the_signal_to_the_picture(directory: Path, tmp_path: Path) -> None:
    with running(program(directory)) as process:
        grow(process, 100)
        before = take(process, directory, "--label", "warm [bold]\x1b[31m")
        grow(process, 1000)
        after = take(process, directory)
    assert json.loads(before.read_text())["label"]
    done = run("compare", before, after)
    assert "__main__.SESSIONS keeps 1,000 more entries (__main__.Session)" in " ".join(done.stdout.split())
    found = json.loads(run("compare", before, after, "--format", "json").stdout)
    assert found["suspects"][0]["holder"]["length_after"] == 1100
    picture = tmp_path / "leak.svg"
    assert run("graph", after, "--since", before, "-o", picture).exit_code == 0
    assert "SESSIONS" in picture.read_text()
    why = json.loads(run("why", after, "__main__.Session", "--format", "json").stdout)
    assert why["objects"] == 1100
    assert why["paths"][0]["path"].startswith("__main__.SESSIONS[")


def test_an_idle_process_is_stable(directory: Path) -> None:
    with running(program(directory)) as process:
        take(process, directory)  # by then it waits in `readline`, which has a buffer of its own
        paths = take(process, directory), take(process, directory)
    found = json.loads(run("compare", *paths, "--format", "json").stdout)
    assert found["verdict"]["kind"] == "stable"
    assert (found["suspects"], found["types"]) == ([], [])


def test_without_the_graph_only_the_summary_is_written(directory: Path) -> None:
    with running(program(directory)) as process:
        path = take(process, directory, "--no-graph")
    assert not path.with_suffix(".heap").exists()
    assert run("show", path).exit_code == 0
    assert run("show", path, "--by", "holder").exit_code == 3


def test_all_asks_everybody_in_the_directory(directory: Path) -> None:
    with running(program(directory)) as one, running(program(directory)) as two:
        done = run("snapshot", "--all", "--dir", directory)
        assert (done.exit_code, done.stderr) == (0, "")
        asked = {json.loads(Path(path).read_text())["process"]["pid"] for path in done.stdout.splitlines()}
    assert asked == {one.pid, two.pid}


def test_one_that_cannot_answer_does_not_keep_the_others_from_it(directory: Path) -> None:
    with running(program(directory)) as process:
        done = run("snapshot", "4194304", str(process.pid), "--dir", directory)
    assert done.exit_code == 4
    assert len(done.stdout.splitlines()) == 1
    assert len(done.complaint) == 2


def test_a_capture_that_fails_says_the_agents_reason(directory: Path) -> None:
    with running(program(directory, SMALL_FILES_ONLY)) as process:
        done = run("snapshot", str(process.pid), "--dir", directory)
        assert process.poll() is None
    assert (done.exit_code, done.stdout) == (4, "")
    assert len(done.complaint) == 2
    assert f"process {process.pid}: no snapshot: " in done.complaint[0]


def test_nothing_is_signalled_whose_agent_had_a_socket_that_does_not_answer(directory: Path) -> None:
    with running(program(directory)) as process:
        agent_files(directory, process.pid)[1].unlink()
        done = run("snapshot", str(process.pid), "--dir", directory)
        assert (done.exit_code, done.stdout) == (4, "")
        assert "no signal was sent either" in done.complaint[0]
        assert f"kill -USR2 {process.pid}" in done.complaint[1]
        (found,) = json.loads(run("ps", "--dir", directory, "--format", "json").stdout)["processes"]
        assert (found["armed"], found["signal"]) == (False, "USR2")
        assert done.complaint[0].endswith(found["reason"])
        checks = json.loads(run("doctor", str(process.pid), "--dir", directory, "--format", "json").stdout)[
            "checks"
        ]
        assert {check["name"]: check["state"] for check in checks}["socket"] == "broken"
        process.kill()
        process.wait()
    assert not list(directory.glob("[!.]*"))


def test_without_a_socket_a_signal_brings_what_a_signal_can(directory: Path) -> None:
    with running(program(directory)) as process:
        agent_files(directory, process.pid)[1].unlink()
        record = read_agent(directory, process.pid)
        assert record is not None
        write_agent(directory, record._replace(socket=False))
        for option in ("--no-graph", "--values", "--force"):
            done = run("snapshot", str(process.pid), "--dir", directory, option)
            assert (done.exit_code, done.stdout) == (4, "")
            assert option in done.complaint[1]
        done = run("snapshot", str(process.pid), "--dir", directory, "--label", "at night")
        assert done.exit_code == 0
        assert "the snapshot has no label" in done.stderr
        (path,) = directory.glob("[!.]*.json")
        assert done.stdout == f"{path}\n"
        assert json.loads(path.read_text())["label"] is None
        done = run("doctor", str(process.pid), "--dir", directory, "--format", "json")
    last = json.loads(done.stdout)["checks"][-1]
    assert f"{path.stem}; if a later one failed" in last["found"]


def test_doctor_says_why_the_last_capture_failed(directory: Path) -> None:
    with running(program(directory, SMALL_FILES_ONLY)) as process:
        run("snapshot", str(process.pid), "--dir", directory)
        done = run("doctor", str(process.pid), "--dir", directory, "--format", "json")
    last = json.loads(done.stdout)["checks"][-1]
    assert (last["state"], last["found"][:8]) == ("limited", "failed: ")


def test_doctor_finds_nothing_wrong_with_it(directory: Path) -> None:
    with running(program(directory)) as process:
        take(process, directory)
        done = run("doctor", str(process.pid), "--dir", directory, "--format", "json")
    assert done.exit_code == 0
    assert {check["name"] for check in json.loads(done.stdout)["checks"]} == {
        "agent", "engine", "socket", "signal", "sampling", "directory", "headroom", "last capture",
    }  # fmt: skip


def test_doctor_says_how_to_leave_an_engine_that_was_asked_for() -> None:
    assert "HEAPDIFF_ENGINE" in check_engine("gc", AS_ASKED).todo
    assert "C compiler" in check_engine("gc", "native is not available: it was not built").todo
    assert check_engine("native", AS_ASKED).todo == ""


def test_root_asks_a_worker_that_gave_up_its_rights(request: pytest.FixtureRequest) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can start one")
    directory = Path(tempfile.gettempdir()) / f"heapdiff-test-{os.getpid()}"  # where that user may go
    request.addfinalizer(lambda: shutil.rmtree(directory, ignore_errors=True))
    with running(program(directory, DROP_ROOT.format(directory=str(directory), nobody=NOBODY))) as process:
        done = run_process("snapshot", str(process.pid), "--dir", directory)
    assert (done.exit_code, done.stderr) == (0, "")
    assert Path(done.stdout.strip()).stat().st_uid == NOBODY
