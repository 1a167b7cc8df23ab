"""`ps` says who can be asked and how; `snapshot` and `doctor` of processes whose signal belongs to somebody else."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from heapdiff.cli.processes.ps import tell_unlooked
from tests.cli.command import run
from tests.cli.targets import WAITING, register, running
from tests.cli.terminals import show_on_a_terminal
from tests.processes import agent_files

AGENT = "import heapdiff\nheapdiff.install()\n"
TAKEN = "import signal\nsignal.signal(signal.SIGUSR2, lambda *_: None)\n"


def listed(directory: Path) -> dict[int, dict[str, Any]]:
    done = run("ps", "--dir", directory, "--format", "json")
    assert (done.exit_code, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["schema"] == "ps/1"
    return {process["pid"]: process for process in found["processes"]}


def test_each_process_is_told_apart_and_fits_a_terminal(tmp_path: Path) -> None:
    place = {"HEAPDIFF_DIR": str(tmp_path)}
    with (
        running(AGENT + WAITING, **place) as one,
        running(TAKEN + AGENT + WAITING, **place) as two,
        running(AGENT + WAITING, HEAPDIFF_SIGNAL="none", **place) as three,
    ):
        found = listed(tmp_path)
        done = run("ps", "--dir", tmp_path)
    assert list(found) == sorted([one.pid, two.pid, three.pid])
    assert [found[process.pid]["signal"] for process in (one, two, three)] == ["USR2", None, None]
    assert all(process["armed"] and process["socket"] for process in found.values())
    assert found[one.pid]["rss_bytes"] > 1_000_000
    assert found[one.pid]["requests"] is None
    assert "already has a handler" in found[two.pid]["reason"]
    assert (found[one.pid]["reason"], found[three.pid]["reason"]) == ("", "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert f"{two.pid}: SIGUSR2 already has a handler" in done.stdout


def test_snapshots_are_counted(tmp_path: Path) -> None:
    with running(AGENT + WAITING, HEAPDIFF_DIR=str(tmp_path)) as process:
        for _ in range(2):
            assert run("snapshot", "--all", "--no-graph", "--dir", tmp_path).exit_code == 0
        assert listed(tmp_path)[process.pid]["snapshots"] == 2


def test_a_process_whose_signal_belongs_to_somebody_else_is_asked_all_the_same(tmp_path: Path) -> None:
    with running(TAKEN + AGENT + WAITING, HEAPDIFF_DIR=str(tmp_path)) as process:
        done = run("snapshot", str(process.pid), "--dir", tmp_path, "--label", "by socket")
        checks = json.loads(run("doctor", str(process.pid), "--dir", tmp_path, "--format", "json").stdout)
    assert (done.exit_code, done.stderr) == (0, "")
    summary = json.loads(Path(done.stdout.strip()).read_text())
    assert (summary["trigger"], summary["label"]) == ("signal", "by socket")
    states = {check["name"]: check["state"] for check in checks["checks"]}
    assert (states["socket"], states["signal"]) == ("ok", "limited")


def test_what_ended_processes_left_is_cleared_away(tmp_path: Path) -> None:
    with running(AGENT + WAITING, HEAPDIFF_DIR=str(tmp_path)) as process:
        assert list(listed(tmp_path)) == [process.pid]
        record, _ = agent_files(tmp_path, process.pid)
    assert record.exists()
    assert listed(tmp_path) == {}
    assert list(tmp_path.iterdir()) == []


def test_a_number_that_another_process_has_now_is_not_listed(tmp_path: Path) -> None:
    with running(WAITING) as process:
        register(tmp_path, process.pid, signal.SIGUSR2, started_ticks=1)
        assert listed(tmp_path) == {}


def test_one_that_would_die_of_its_signal_is_not_armed(tmp_path: Path) -> None:
    with running(WAITING) as process:
        register(tmp_path, process.pid, signal.SIGUSR2)
        found = listed(tmp_path)[process.pid]
    assert (found["armed"], found["socket"], found["signal"]) == (False, False, None)
    assert "would die of it" in found["reason"]


def test_nobody_is_said_on_standard_error(tmp_path: Path) -> None:
    done = run("ps", "--dir", tmp_path)
    assert (done.exit_code, done.stdout) == (0, "")
    assert "no process has an agent" in done.stderr


@pytest.mark.slow
def test_several_are_asked_at_once(tmp_path: Path) -> None:
    place = {"HEAPDIFF_DIR": str(tmp_path)}
    slow = running(AGENT + WAITING, HEAPDIFF_ENGINE="gc", **place)
    with slow as one, running(AGENT + WAITING, **place) as two:
        done = run("snapshot", str(one.pid), str(two.pid), "--dir", tmp_path, "--no-graph")
    assert (done.exit_code, done.stderr) == (0, "")
    paths = [Path(line) for line in done.stdout.splitlines()]
    assert {json.loads(path.read_text())["process"]["pid"] for path in paths} == {one.pid, two.pid}


@pytest.mark.slow
def test_on_a_terminal_it_says_how_far_it_is(tmp_path: Path) -> None:
    with running(AGENT + WAITING, HEAPDIFF_DIR=str(tmp_path), HEAPDIFF_ENGINE="gc") as process:
        seen = show_on_a_terminal(80, "snapshot", str(process.pid), "--dir", tmp_path)
    assert f"process {process.pid}: " in seen
    assert "objects" in seen
    assert str(tmp_path) in seen


def test_what_was_not_looked_at_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    tell_unlooked(())
    assert capsys.readouterr().err == ""
    tell_unlooked((1, 2, 3, 4))
    said = capsys.readouterr().err
    assert said == (
        "heapdiff: not everything was looked at: the directories of user 1, 2, 3, ... take too long\n"
    )
