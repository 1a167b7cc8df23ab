"""Small programs to point the command line at: each says when it is ready and is ended for certain."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from heapdiff.agent.directory.registry import AgentRecord, write_agent
from heapdiff.agent.system.identity import see_process
from tests.cli.command import environment

__all__ = ["WAITING", "register", "running"]

READY = "ready"
WAITING = f"import sys\nprint({READY!r}, flush=True)\nsys.stdin.read()"


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


def register(directory: Path, pid: int, signal: int, started_ticks: int | None = None) -> None:
    """Write what an agent that could open no socket would have written, whether there is one or not."""
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
        socket=False,
        identity=str(replace(seen.identity, started_ticks=ticks)),
    )
    write_agent(directory, record)
