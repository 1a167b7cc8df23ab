"""PostgreSQL and Redis of one's own, on sockets in a temporary folder: started, awaited, and ended whatever happens."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.servers.running import SOMEBODY, WAIT_S, wait_for

__all__ = ["postgres", "redis_server"]

DEBIANS = Path("/usr/lib/postgresql")
INITIAL = ("--auth=trust", "--username=shop", "--no-sync", "--encoding=UTF8")
SERVER_OPTIONS = (
    "-c",
    "listen_addresses=",
    "-c",
    "fsync=off",
    "-c",
    "shared_buffers=16MB",
    "-c",
    "max_connections=200",
)


def find_program(name: str) -> str:
    """On PATH, or where Debian puts PostgreSQL's. Fails where it isn't installed."""
    found = shutil.which(name) or next(map(str, sorted(DEBIANS.glob(f"*/bin/{name}"), reverse=True)), None)
    assert found is not None, f"{name} is not installed here"
    return found


@contextmanager
def folder() -> Iterator[Path]:
    """A short one: the path of a socket may have 107 characters."""
    with tempfile.TemporaryDirectory(prefix="hd-") as place:
        yield Path(place)


@contextmanager
def running(command: Sequence[str], log: Path, answers: Callable[[], bool]) -> Iterator[None]:
    with log.open("w") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)

    def is_there() -> bool:
        assert process.poll() is None, log.read_text(errors="replace")
        return answers()

    try:
        wait_for(is_there)
        yield
    finally:
        process.terminate()
        try:
            process.wait(WAIT_S)
        finally:
            process.kill()
            process.wait(WAIT_S)


@contextmanager
def postgres() -> Iterator[str]:
    """What to connect to. It refuses to run as root, so for root it runs as somebody; its socket is there before it answers."""
    as_user = SOMEBODY if os.geteuid() == 0 else ()
    with folder() as place:
        data = place / "data"
        made = [*as_user, find_program("initdb"), "-D", str(data), *INITIAL]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, timeout=WAIT_S)
        server = [*as_user, find_program("postgres"), "-D", str(data), "-k", str(place), *SERVER_OPTIONS]
        asked = [find_program("pg_isready"), "-q", "-h", str(place)]
        with running(server, place / "log", lambda: subprocess.run(asked, check=False).returncode == 0):
            yield f"host={place} user=shop dbname=postgres"


@contextmanager
def redis_server() -> Iterator[str]:
    """The path of its socket."""
    with folder() as place:
        socket = place / "redis.sock"
        server = [
            find_program("redis-server"),
            "--port",
            "0",
            "--unixsocket",
            str(socket),
            "--save",
            "",
            "--dir",
            str(place),
        ]
        with running(server, place / "log", socket.exists):
            yield str(socket)
