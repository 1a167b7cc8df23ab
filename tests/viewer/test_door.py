"""Which users of this machine are let in at the viewer's port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from heapdiff.viewer import door
from heapdiff.viewer.door import HOST, Door, find_user, welcome_users

ANOTHER = os.geteuid() + 4711
PATIENCE_S = 60
CONNECT = """
import encodings.idna, os, socket, sys
port, user = int(sys.argv[1]), int(sys.argv[2])
os.setgroups([])
os.setresuid(user, user, user)
client = socket.create_connection(("127.0.0.1", port), 60)
print("connected", flush=True)
sys.stdin.read()
"""


def open_door(users: frozenset[int] | None) -> Door:
    made = Door(users)
    made.bind((HOST, 0))
    made.listen()
    made.settimeout(PATIENCE_S)
    return made


FAMILIES = ("", "::ffff:") if Path("/proc/net/if_inet6").exists() else ("",)


@pytest.fixture(params=FAMILIES)
def host(request: pytest.FixtureRequest) -> str:
    """This machine's address, in both families."""
    return f"{request.param}{HOST}"


def connect(host: str, opened: Door) -> socket.socket:
    return socket.create_connection((host, opened.getsockname()[1]), PATIENCE_S)


def test_whose_a_connection_is_says_the_kernel(host: str) -> None:
    with open_door(frozenset((os.geteuid(),))) as opened, connect(host, opened) as client:
        connection, there = opened.accept()
        with connection:
            assert find_user(there, connection.getsockname()) == os.geteuid()
            client.close()
            assert find_user(there, connection.getsockname()) is None


def test_another_users_connection_is_ended(host: str, caplog: pytest.LogCaptureFixture) -> None:
    with open_door(frozenset((ANOTHER,))) as opened:
        for _ in range(2):
            with connect(host, opened) as client:
                with pytest.raises(ConnectionAbortedError):
                    opened.accept()
                assert client.recv(1) == b""
    assert [record.args for record in caplog.records] == [(os.geteuid(),)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_what_another_user_holds_is_not_ours() -> None:
    with open_door(frozenset((os.geteuid(),))) as opened:
        command = [sys.executable, "-c", CONNECT, str(opened.getsockname()[1]), str(ANOTHER)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == b"connected\n"
            with pytest.raises(ConnectionAbortedError):
                opened.accept()


def test_where_the_kernel_doesnt_say_everybody_is_let_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "TABLES", (tmp_path / "none",))
    with open_door(frozenset((ANOTHER,))) as opened, socket.create_connection(opened.getsockname()[:2]):
        opened.accept()[0].close()


@pytest.mark.parametrize(
    ("user", "caller", "users"),
    [
        (1000, "", {1000, 0}),
        (33, "1000", {33, 0, 1000}),
        (0, "1000", {0, 1000}),
        (33, "1000x", {33, 0}),
        (33, "9" * 5000, {33, 0}),
        (0, "", None),
    ],
)
def test_welcome_are_the_user_root_and_who_called_sudo(
    monkeypatch: pytest.MonkeyPatch, user: int, caller: str, users: set[int] | None
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setenv("SUDO_UID", caller)
    assert welcome_users() == users
