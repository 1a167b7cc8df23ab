"""`snapshot` asks who can answer, and never harms who cannot."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from heapdiff.remote.attaching import refusal_of
from tests.cli.command import run
from tests.cli.targets import WAITING, register, running

HANDLER = "import signal\nsignal.signal(signal.SIGUSR2, lambda *_: None)\n"
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {waiting!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
with open({path!r}, "w") as file:
    file.write(str(child.pid))
"""


def test_a_process_without_an_agent_is_not_signalled(tmp_path: Path) -> None:
    with running(WAITING) as process:
        done = run("snapshot", str(process.pid), "--dir", tmp_path)
        assert (done.exit_code, done.stdout) == (4, "")
        assert f"process {process.pid} has no heapdiff agent" in done.complaint[0]
        offer = f"heapdiff snapshot {process.pid} --attach loads an agent into a running process."
        assert done.complaint[1].startswith(
            offer if refusal_of(process.pid) is None else "It can't be attached to"
        )
        assert "HeapDiff(app)" in done.complaint[1]
        assert process.poll() is None


def test_where_it_cannot_be_attached_to_the_reason_stands_before_the_restart(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        done = run("snapshot", str(process.pid), "--dir", tmp_path)
        process.kill()
    assert done.exit_code == 4
    assert done.complaint[1].startswith("It can't be attached to (it does not run CPython 3.")
    assert "To have one from the start: heapdiff run" in done.complaint[1]


@pytest.mark.parametrize("command", [("ps",), ("snapshot", "--all"), ("doctor",)])
def test_a_directory_that_nothing_can_be_written_to_is_said_with_how_to_go_on(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "file").touch()
    done = run(*command, HEAPDIFF_DIR=str(tmp_path / "file" / "heaps"))
    said = " ".join((done.stdout + done.stderr).split())
    assert "can't be created" in said
    assert "HEAPDIFF_DIR" in said.partition("can't be created")[2]
    assert len(done.complaint) in (0, 2)


def test_a_process_that_does_not_catch_the_signal_is_not_sent_it(tmp_path: Path) -> None:
    with running(WAITING) as process:
        register(tmp_path, process.pid, signal.SIGUSR2)
        done = run("snapshot", str(process.pid), "--dir", tmp_path)
        assert done.exit_code == 4
        assert "USR2" in done.complaint[0]
        assert len(done.complaint) == 2
        assert process.poll() is None


def test_a_record_of_an_earlier_process_of_the_same_number_is_not_believed(tmp_path: Path) -> None:
    with running(HANDLER + WAITING) as process:
        register(tmp_path, process.pid, signal.SIGUSR2, started_ticks=1)
        assert run("snapshot", str(process.pid), "--dir", tmp_path).exit_code == 4


def test_an_agent_that_is_armed_for_no_signal_is_asked_through_its_endpoint(tmp_path: Path) -> None:
    with running(HANDLER + WAITING) as process:
        register(tmp_path, process.pid, 0)
        done = run("snapshot", str(process.pid), "--dir", tmp_path)
        assert done.exit_code == 4
        assert "endpoint" in done.complaint[1]


def test_a_process_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = run("snapshot", "4194304", "--dir", tmp_path)
    assert done.exit_code == 4
    assert done.complaint[0] == "heapdiff: process 4194304: there is no such process"


def test_no_answer_in_time_says_how_to_go_on(tmp_path: Path) -> None:
    with running(HANDLER + WAITING) as process:
        register(tmp_path, process.pid, signal.SIGUSR2)
        done = run("snapshot", str(process.pid), "--dir", tmp_path, "--wait", "0.1")
        assert done.exit_code == 4
        assert "no snapshot in time" in done.complaint[0]
        assert "--wait" in done.complaint[1]


def test_without_waiting_it_only_asks(tmp_path: Path) -> None:
    with running(HANDLER + WAITING) as process:
        register(tmp_path, process.pid, signal.SIGUSR2)
        done = run("snapshot", str(process.pid), "--dir", tmp_path, "--wait", "0")
        assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")


def test_for_a_parent_it_names_the_workers_that_can_be_asked(tmp_path: Path) -> None:
    path = tmp_path / "child"
    with running(PARENT.format(waiting=WAITING, path=str(path)) + WAITING) as process:
        child = int(path.read_text())
        register(tmp_path, child, signal.SIGUSR2)
        done = run("snapshot", str(process.pid), "--dir", tmp_path)
        assert done.complaint[1] == f"Its workers have one: name {child} instead."
        found = json.loads(run("doctor", str(process.pid), "--dir", tmp_path, "--format", "json").stdout)
        # No way is offered to load one into the parent, for nothing.
        assert [each["name"] for each in found["checks"]] == ["agent"]


def test_the_directory_is_found_in_the_environment_of_the_process(tmp_path: Path) -> None:
    with running(WAITING, HEAPDIFF_DIR=str(tmp_path)) as process:
        register(tmp_path, process.pid, signal.SIGUSR2)
        assert "USR2" in run("snapshot", str(process.pid)).complaint[0]


def test_all_without_anybody_says_so(tmp_path: Path) -> None:
    done = run("snapshot", "--all", "--dir", tmp_path)
    assert done.exit_code == 4
    assert "no process has an agent" in done.complaint[0]


def test_doctor_of_a_process_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    with running(WAITING, HEAPDIFF_DIR=str(tmp_path)) as process:
        register(tmp_path, process.pid, signal.SIGUSR2)
        done = run("doctor", str(process.pid), "--format", "json")
        checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
        assert done.exit_code == 4
        assert checks["signal"]["state"] == "broken"
        assert checks["signal"]["todo"]


def test_doctor_of_a_process_that_has_ended_says_only_that() -> None:
    with running(WAITING) as process:
        pass
    done = run("doctor", str(process.pid), "--format", "json")
    checks = [(check["name"], check["state"]) for check in json.loads(done.stdout)["checks"]]
    assert (done.exit_code, checks) == (4, [("agent", "broken")])


@pytest.mark.parametrize("form", ["table", "json"])
def test_doctor_says_what_works_here(form: str) -> None:
    done = run("doctor", "--format", form)
    assert (done.exit_code, done.stderr) == (0, "")
    for name in ("system", "engine", "analysis", "directory", "pictures"):
        assert name in done.stdout


def test_a_flooded_directory_keeps_nobody_elses_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    monkeypatch.setattr("heapdiff.agent.directory.pruning.read_head", read.append)
    agent = "import heapdiff\nheapdiff.install()\n" + WAITING
    flooded, quiet = tmp_path / "flooded", tmp_path / "quiet"
    with running(agent, HEAPDIFF_DIR=str(flooded)) as one, running(agent, HEAPDIFF_DIR=str(quiet)) as two:
        (flooded / "content").write_text('{"schema": "snapshot/1"}' + " " * 60_000)
        for number in range(3_000):  # three times as many as of one process are looked at
            os.link(flooded / "content", flooded / f"h-{one.pid}-{number:04}-20260101T000000Z.json")
        done = run("snapshot", str(one.pid), str(two.pid), "--wait", "20", "--no-graph")
    assert (done.exit_code, done.stderr) == (0, "")
    assert {Path(line).parent for line in done.stdout.splitlines()} == {flooded, quiet}
    assert read == []
