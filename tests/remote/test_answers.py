"""Whatever a process answers, it is its own line that is wrong; and however slowly, nobody else waits for it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from heapdiff.agent.directory.registry import read_agent
from heapdiff.remote.door import MAX_ANSWER_BYTES, ask_status, read_answer
from tests.agent.directory.records import HOSTILE_RECORDS, forge
from tests.cli.command import START, environment, run
from tests.cli.targets import WAITING, pretending, register, running

NAME = "web1-4242-0001-20261122T140507Z"
SLOW = ("dripping", "silent", "full")
MANNERS = (*SLOW, "deep", "long")
WAIT_S = 2
PATIENCE_S = 30
STATUS = {
    "answer": "status", "pid": 7, "ticket": 1, "state": "done", "name": NAME, "error": "", "objects_so_far": 0,
    "captures": 1, "failures": 0, "requests": None, "signal": 0,
}  # fmt: skip


def answered(**changes: object) -> bytes:
    return json.dumps({**STATUS, **changes}).encode() + b"\n"


def test_an_answer_is_read_only_where_each_field_is_of_its_type() -> None:
    assert read_answer(answered(), 7) is not None
    values: tuple[object, ...] = ([], {}, -1, True, 1.5, 1 << 64)
    wrong = [{name: value} for name in STATUS for value in values]
    assert [change for change in wrong if read_answer(answered(**change), 7)] == []
    assert read_answer(answered(), 8) is None
    assert read_answer(answered(more="x" * MAX_ANSWER_BYTES), 7) is None
    assert read_answer(b"[" * 60_000, 7) is None


def test_what_a_process_samples_is_read_only_where_each_field_is_of_its_type() -> None:
    sample = {"bytes": 512_000, "live": 3, "taken": 5, "lost": 0, "seconds_left": 0}
    told = read_answer(answered(sample=sample, reason=""), 7)
    assert told is not None
    assert told.sample is not None
    assert (told.sample.live, told.sample.seconds_left) == (3, None)
    wrong = [{**sample, name: value} for name in sample for value in (None, "1", -1, True, 1.5, 1 << 64)]
    missing = [{key: sample[key] for key in sample if key != name} for name in sample]
    given = [{"sample": change} for change in (*wrong, *missing, [], "on", 1)]
    assert [change for change in given if read_answer(answered(**change), 7)] == []


@pytest.mark.parametrize("manner", ["deep", "long"])
def test_an_answer_that_cannot_be_one_is_none(tmp_path: Path, manner: str) -> None:
    with pretending(manner, tmp_path) as pid:
        assert ask_status(tmp_path, pid) is None


@pytest.mark.slow
def test_a_snapshot_is_printed_at_once_though_others_are_slow(tmp_path: Path) -> None:
    """The command still waits for those when the path is read."""
    with ExitStack() as others:
        slow = [others.enter_context(pretending(manner, tmp_path)) for manner in SLOW[:2] * 3]
        done = others.enter_context(pretending("honest", tmp_path, state="done", name=NAME))
        pids = [str(pid) for pid in (*slow, done)]
        command = [
            sys.executable,
            "-u",
            "-c",
            START,
            "snapshot",
            *pids,
            "--dir",
            str(tmp_path),
            "--wait",
            "60",
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == f"{tmp_path}/{NAME}.json\n"
            assert process.poll() is None
            process.kill()


@pytest.mark.slow
def test_the_time_to_wait_is_the_whole_commands(tmp_path: Path) -> None:
    with ExitStack() as others:
        slow = [others.enter_context(pretending(manner, tmp_path)) for manner in MANNERS * 2]
        done = others.enter_context(pretending("honest", tmp_path, state="done", name=NAME))
        began = time.monotonic()
        found = run("snapshot", "--all", "--dir", tmp_path, "--wait", str(WAIT_S))
        assert time.monotonic() - began < PATIENCE_S  # one after the other they take more than 40 s
    assert (found.exit_code, found.stdout) == (4, f"{tmp_path}/{NAME}.json\n")
    named = [line for line in found.complaint if line.startswith("heapdiff: process ")]
    assert len(named) == len(slow)
    assert {pid for pid in slow if any(f"process {pid}: " in line for line in named)} == set(slow)
    assert not any(str(done) in line for line in named)


def test_without_waiting_a_silent_process_keeps_nobody(tmp_path: Path) -> None:
    with pretending("full", tmp_path) as silent, pretending("honest", tmp_path) as asked:
        found = run("snapshot", str(silent), str(asked), "--dir", tmp_path, "--wait", "0")
    assert (found.exit_code, found.stdout) == (4, "")
    assert [line for line in found.complaint if line.startswith("heapdiff: ")] == [
        f"heapdiff: process {silent}: its socket does not answer, so no signal was sent either: it would kill another "
        "program that the process may be starting"
    ]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "", "a\nb", NAME + "\x1b[31m", "x" * 9000]
)
def test_a_name_that_is_no_snapshots_is_not_printed(tmp_path: Path, name: str) -> None:
    with pretending("honest", tmp_path, state="done", name=name) as pid:
        found = run("snapshot", str(pid), "--dir", tmp_path, "--wait", "5")
    assert (found.exit_code, found.stdout) == (4, "")
    assert found.complaint[0].startswith(f"heapdiff: process {pid}: its agent says it wrote ")
    assert len(found.complaint) == 2
    assert len(found.stderr) < 500


def test_ps_lists_everybody_whatever_some_answer(tmp_path: Path) -> None:
    with ExitStack() as others:
        pids = [others.enter_context(pretending(manner, tmp_path)) for manner in (*MANNERS, "honest")]
        found = run("ps", "--dir", tmp_path, "--format", "json")
    assert found.exit_code == 0
    listed = {each["pid"]: each["socket"] for each in json.loads(found.stdout)["processes"]}
    assert listed == {pid: pid == pids[-1] for pid in pids}


@pytest.mark.parametrize("content", HOSTILE_RECORDS.values(), ids=HOSTILE_RECORDS)
def test_a_record_of_any_shape_is_in_nobodys_way(tmp_path: Path, content: bytes | dict[str, object]) -> None:
    with running(WAITING) as hostile, running(WAITING) as honest:
        register(tmp_path, hostile.pid, 0)
        register(tmp_path, honest.pid, 0)
        forge(tmp_path, hostile.pid, content)
        assert read_agent(tmp_path, hostile.pid) is None
        found = run("ps", "--dir", tmp_path, "--format", "json")
        asked = run("snapshot", str(hostile.pid), "--dir", tmp_path)
    assert [each["pid"] for each in json.loads(found.stdout)["processes"]] == [honest.pid]
    assert (found.exit_code, found.stderr) == (0, "")
    assert asked.exit_code == 4
    assert asked.complaint[0].startswith(f"heapdiff: process {hostile.pid} has no heapdiff agent")
