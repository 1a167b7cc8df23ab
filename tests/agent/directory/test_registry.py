"""What processes leave for each other: private, written at once, and never trusted when somebody else could have."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from heapdiff.agent.directory.registry import (
    AgentRecord,
    read_agent,
    remove_agent,
    remove_dead_agents,
    write_agent,
)
from heapdiff.agent.system.procfs import read_process


def record_of(pid: int, number: int = signal.SIGUSR2) -> AgentRecord:
    state = read_process(pid)
    assert state is not None
    return AgentRecord(
        pid, state.started_ticks, state.image, number, "gc", "why", "/d", None, "plain", "now", "0.1.0"
    )


def test_a_record_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    record = record_of(os.getpid())
    write_agent(tmp_path, record)
    assert read_agent(tmp_path, os.getpid()) == record
    assert (tmp_path / f".agent-{os.getpid()}.json").stat().st_mode & 0o777 == 0o600


def test_a_record_under_another_number_is_not_believed(tmp_path: Path) -> None:
    write_agent(tmp_path, record_of(os.getpid()))
    (tmp_path / ".agent-1.json").write_bytes((tmp_path / f".agent-{os.getpid()}.json").read_bytes())
    assert read_agent(tmp_path, 1) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"pid": 1}', b"\xff\xfe", b"{" * 70_000])
def test_a_damaged_record_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".agent-1.json").write_bytes(content)
    assert read_agent(tmp_path, 1) is None


def test_a_record_behind_a_link_or_in_a_pipe_is_none(tmp_path: Path) -> None:
    write_agent(tmp_path, record_of(os.getpid()))
    (tmp_path / f".agent-{os.getpid()}.json").rename(tmp_path / "real")
    (tmp_path / f".agent-{os.getpid()}.json").symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / ".agent-1.json")
    assert read_agent(tmp_path, os.getpid()) is None
    assert read_agent(tmp_path, 1) is None


def test_a_process_is_alive_only_as_the_one_that_wrote_the_record() -> None:
    record = record_of(os.getpid())
    assert record.is_alive()
    assert not replace(record, started_ticks=record.started_ticks + 1).is_alive()
    assert not replace(record, image=record.image + 16).is_alive()


def test_a_process_that_executed_another_program_is_not_the_one_that_was_armed() -> None:
    program = "import os, sys; print(1, flush=True); input(); os.execv(sys.executable, [sys.executable, '-c', 'print(2, flush=True); input()'])"
    with subprocess.Popen([sys.executable, "-c", program], stdin=-1, stdout=-1, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        record = record_of(process.pid)
        assert record.is_alive()
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "2\n"
        assert not record.is_alive()
        process.kill()


def test_whether_a_process_catches_its_signal_is_read_from_the_kernel() -> None:
    assert not record_of(os.getpid(), 0).catches_its_signal()
    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    try:
        assert record_of(os.getpid(), signal.SIGUSR1).catches_its_signal()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert not record_of(os.getpid(), signal.SIGUSR1).catches_its_signal()


def test_what_dead_processes_left_is_cleared_away(tmp_path: Path) -> None:
    done = [subprocess.Popen([sys.executable, "-c", ""]) for _ in range(2)]
    assert [process.wait() for process in done] == [0, 0]
    here, there = (process.pid for process in done)
    for pid, host in ((here, "here"), (there, "there"), (os.getpid(), "here")):
        write_agent(tmp_path, replace(record_of(os.getpid()), pid=pid, host=host))
        (tmp_path / f".agent-{pid}.sock").touch()
    (tmp_path / ".agent-x.json").write_text("")
    remove_dead_agents(tmp_path, "here")
    left = [f".agent-{pid}.{kind}" for pid in (there, os.getpid()) for kind in ("json", "sock")]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*left, ".agent-x.json"])
    remove_agent(tmp_path, os.getpid())
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*left[:2], ".agent-x.json"])
