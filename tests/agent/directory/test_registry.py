"""What processes leave for each other: private, written at once, and never trusted when somebody else could have."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from heapdiff.agent.directory import registry
from heapdiff.agent.directory.names import find_registered
from heapdiff.agent.directory.registry import (
    MAX_READ,
    AgentRecord,
    read_agent,
    remove_dead_agents,
    remove_own_agent,
    write_agent,
)
from heapdiff.agent.system.identity import Identity, see_process
from tests.processes import address_of

DEAD = 4_194_305  # no system gives this number


def record_of(pid: int, number: int = signal.SIGUSR2, host: str = "here") -> AgentRecord:
    seen = see_process(pid)
    assert seen is not None
    return AgentRecord(
        pid, seen.state.started_ticks, seen.state.image, number, "gc", "why", "/d", None, "plain", "now", "0.1.0",
        host, identity=str(seen.identity),
    )  # fmt: skip


def of_earlier_version(record: AgentRecord) -> AgentRecord:
    return record._replace(identity="")


def known_as(record: AgentRecord, **changes: int | str) -> AgentRecord:
    """The record of another process, of which only who it is differs."""
    identity = record.known_as._replace(**changes)  # type: ignore[arg-type]
    return record._replace(pid=identity.pid, started_ticks=identity.started_ticks, identity=str(identity))


def left_in(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def files_of(record: AgentRecord) -> set[str]:
    return {f".agent-{record.known_as}.json", f".agent-{record.known_as}.sock"}


def socket_of(directory: Path, record: AgentRecord) -> Path:
    return directory / f".agent-{record.known_as}.sock"


def leave(directory: Path, record: AgentRecord) -> set[str]:
    """What a process leaves that is killed: its record, and a socket on which nobody listens."""
    write_agent(directory, record)
    with socket.socket(socket.AF_UNIX) as listener, address_of(socket_of(directory, record)) as address:
        listener.bind(address)
    return files_of(record)


def test_a_record_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    record = record_of(os.getpid())
    write_agent(tmp_path, record)
    assert read_agent(tmp_path, os.getpid()) == record
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_record_of_an_earlier_version_is_its_processs_if_that_started_then(tmp_path: Path) -> None:
    record = of_earlier_version(record_of(os.getpid()))
    write_agent(tmp_path, record)
    assert left_in(tmp_path) == {f".agent-{os.getpid()}.json"}
    assert read_agent(tmp_path, os.getpid()) == record._replace(identity=str(os.getpid()))
    write_agent(tmp_path, record._replace(started_ticks=1))
    assert read_agent(tmp_path, os.getpid()) is None


def test_a_record_under_another_number_is_not_believed(tmp_path: Path) -> None:
    write_agent(tmp_path, record_of(os.getpid()))
    (path,) = tmp_path.iterdir()
    path.rename(tmp_path / f".agent-{record_of(1).known_as}.json")
    assert read_agent(tmp_path, 1) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"pid": 1}', b"\xff\xfe", b"{" * 70_000])
def test_a_damaged_record_is_none(tmp_path: Path, content: bytes) -> None:
    for name in (1, record_of(1).known_as):
        (tmp_path / f".agent-{name}.json").write_bytes(content)
    assert read_agent(tmp_path, 1) is None


def test_a_record_behind_a_link_or_in_a_pipe_is_none(tmp_path: Path) -> None:
    write_agent(tmp_path, record_of(os.getpid()))
    (path,) = tmp_path.iterdir()
    path.rename(tmp_path / "real")
    path.symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / f".agent-{record_of(1).known_as}.json")
    assert read_agent(tmp_path, os.getpid()) is None
    assert read_agent(tmp_path, 1) is None


def test_a_process_is_alive_only_as_the_one_that_wrote_the_record() -> None:
    record = record_of(os.getpid())
    assert record.is_alive()
    assert not record._replace(started_ticks=record.started_ticks + 1).is_alive()
    assert not record._replace(image=record.image + 16).is_alive()


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
    own = record_of(os.getpid())
    leave(tmp_path, known_as(own, pid=DEAD))
    leave(tmp_path, known_as(own, started_ticks=1))
    leave(tmp_path, known_as(own, boot="0123456789ab"))
    elsewhere = leave(tmp_path, known_as(own, pid=DEAD + 1)._replace(host="there"))
    alive = leave(tmp_path, own)
    (tmp_path / ".agent-x.json").write_text("")
    remove_dead_agents(tmp_path, "here")
    assert left_in(tmp_path) == {*elsewhere, *alive, ".agent-x.json"}
    remove_own_agent(tmp_path)
    assert left_in(tmp_path) == {*elsewhere, ".agent-x.json"}


def test_of_another_container_only_what_nobody_listens_on_any_more_is_cleared_away(tmp_path: Path) -> None:
    own = record_of(os.getpid())
    space = own.known_as.namespace
    alive, deaf = known_as(own, namespace=space + 1), known_as(own, namespace=space + 2)
    leave(tmp_path, known_as(own, namespace=space + 3))
    write_agent(tmp_path, deaf)  # no socket could be opened
    write_agent(tmp_path, alive)
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as waiting:
        with address_of(socket_of(tmp_path, alive)) as address:
            listener.bind(address)
            listener.listen(0)
            waiting.connect(address)  # from now on there is no place in the queue
        remove_dead_agents(tmp_path, "here")
    assert left_in(tmp_path) == {*files_of(alive), f".agent-{deaf.known_as}.json"}


def test_what_another_machines_containers_or_an_earlier_version_left_is_not_judged(tmp_path: Path) -> None:
    own = record_of(os.getpid())
    left = leave(tmp_path, known_as(own, boot="0123456789ab", namespace=own.known_as.namespace + 1))
    left |= leave(tmp_path, of_earlier_version(own._replace(pid=DEAD)))
    remove_dead_agents(tmp_path, "here")
    assert left_in(tmp_path) == left


def test_of_a_flood_of_records_only_some_are_read_and_none_that_is_not_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = record_of(os.getpid())
    write_agent(tmp_path, known_as(own, pid=DEAD)._replace(host="there"))
    (content,) = tmp_path.iterdir()
    for number in range(MAX_READ + 50):
        ended = known_as(own, pid=DEAD, started_ticks=number)
        elsewhere = known_as(own, boot="0123456789ab", namespace=1, started_ticks=number)
        for record in (ended, elsewhere):
            os.link(content, tmp_path / f".agent-{record.known_as}.json")
    read: list[Identity] = []
    monkeypatch.setattr(registry, "read_record", lambda _, identity: read.append(identity))
    remove_dead_agents(tmp_path, "here")
    assert len(read) == MAX_READ
    assert {identity.pid for identity in read} == {DEAD}


def test_a_record_has_one_name_only(tmp_path: Path) -> None:
    for name in ("1", "01", "1-2-3-a", "1-02-3-a"):
        (tmp_path / f".agent-{name}.json").touch()
    assert find_registered(tmp_path) == [Identity(1), Identity(1, 2, 3, "a")]
