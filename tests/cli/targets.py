"""Small programs to point the command line at: each says when it is ready and is ended for certain."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from heapdiff.agent.directory.registry import AgentRecord, write_agent
from heapdiff.agent.system.identity import see_process
from tests.cli.command import environment

__all__ = ["WAITING", "pretending", "register", "running"]

READY = "ready"
WAITING = f"import sys\nprint({READY!r}, flush=True)\nsys.stdin.read()"

PRETENDED = """
import json, os, socket, sys, threading
from heapdiff.agent.directory.names import SOCKET
from heapdiff.agent.system.identity import own_identity

manner, directory, changes = {arguments!r}
never = threading.Event()
status = dict(
    answer="status", pid=os.getpid(), ticket=1, state="running", name="", error="", objects_so_far=0, captures=1,
    failures=0, requests=None, signal=0,
)

def answer(client, line):
    if b"snapshot" in line or manner == "honest":
        said = dict(status, answer="accepted" if b"snapshot" in line else "status")
        client.sendall(json.dumps(dict(said, **changes)).encode() + b"\\n")
    elif manner == "deep":
        client.sendall(b"[" * 60000 + b"\\n")
    elif manner == "long":
        client.sendall(b" " * 1000000 + b"\\n")
    while manner == "dripping" and not never.wait(0.05):
        client.sendall(b" ")
    if manner == "silent":
        never.wait()

def serve(client):
    with client:
        try:
            answer(client, client.recv(5000))
        except OSError:
            pass

listener = socket.socket(socket.AF_UNIX)
os.chdir(directory)
listener.bind(SOCKET.format(own_identity()))
listener.listen(0 if manner == "full" else 50)
print("ready", flush=True)
while manner == "full":
    never.wait()
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""


@contextmanager
def pretending(manner: str, directory: Path, **changes: object) -> Iterator[int]:
    """A process that is no agent, but registered and listening as one. What it answers is up to it: an honest one is asked,
    and says what `changes` tells of its status.
    """
    with running(PRETENDED.format(arguments=(manner, str(directory), changes))) as process:
        register(directory, process.pid, 0, socket=True)
        yield process.pid


@contextmanager
def running(program: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """Run a program until the block ends; it prints a line when it is ready and ends with its input."""
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=environment(PYTHONPATH=str(Path(__file__).parents[2]), **variables),
    ) as process:  # fmt: skip
        assert process.stdout is not None
        try:
            assert process.stdout.readline().strip() == READY
            yield process
        finally:
            process.kill()


def register(
    directory: Path, pid: int, signal: int, started_ticks: int | None = None, socket: bool = False
) -> None:
    """Write what an agent, by default one that could open no socket, would have written, whether there is one or not."""
    seen = see_process(pid)
    assert seen is not None
    ticks = seen.state.started_ticks if started_ticks is None else started_ticks
    record = AgentRecord(
        pid=pid,
        started_ticks=ticks,
        image=seen.state.image,
        signal=signal,
        engine="native",
        engine_reason="its self-check passed",
        directory=str(directory),
        server=None,
        role="plain",
        armed_at="2026-11-22T14:00:00.000000Z",
        heapdiff="0.1.0",
        socket=socket,
        identity=str(seen.identity._replace(started_ticks=ticks)),
    )
    write_agent(directory, record)
