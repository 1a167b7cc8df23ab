"""Starts a fresh process for one piece of work, and ends it with whatever it started itself."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from heapdiff.agent.system.memory_limits import memory_left
from heapdiff.beside.interpreter import find_interpreter
from heapdiff.errors import CaptureError

PROGRAM: Final = Path(__file__).with_name("program.py")
COMMAND_LINE: Final = "heapdiff"
SETTINGS: Final = ("HEAPDIFF_", "COV_", "COVERAGE_", "PYTEST_")  # which would start something there as well
# each more thread takes address space, and each more arena of malloc's 64 MB of it
ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
LOW: Final = 10  # as a capturing child: on a busy machine, less would never end
LEAST_BYTES: Final = 300_000_000  # that a Python with NumPy and a small graph takes, of address space
MOST_BYTES: Final = 4_000_000_000
SHARE: Final = 0.5  # of what is left


@dataclass(frozen=True, slots=True)
class Work:
    """A module of heapdiff's that is run as a program, and under which conditions. `memory_bytes` 0: as much as there is."""

    module: str
    arguments: Sequence[str] = ()
    memory_bytes: int = 0
    priority: int = LOW
    environment: Mapping[str, str] = field(default_factory=dict)


def start(
    work: Work, popen: Callable[..., subprocess.Popen[bytes]] | None = None, **streams: Any
) -> subprocess.Popen[bytes]:
    """The process, in a session of its own; `streams` as for `subprocess.Popen`. It ends when this process does.

    Its environment is ours without heapdiff's settings, so that it gets no agent. Raises MissingToolError or OSError.
    """
    command = [find_interpreter(), "-I", "-c", PROGRAM.read_text("utf-8")]
    given = [
        str(os.getpid()),
        str(work.priority),
        str(work.memory_bytes),
        json.dumps(sys.path),
        work.module,
        *work.arguments,
    ]
    kept = {name: text for name, text in os.environ.items() if not name.startswith(SETTINGS)}
    return (popen or subprocess.Popen)(
        [*command, *given], env=kept | ONE_THREAD | dict(work.environment), start_new_session=True, **streams
    )


def find_memory(share: float = SHARE) -> int:
    """A share of the memory that is left, in bytes. Raises CaptureError where that is too little to load a graph."""
    left, _limit = memory_left()
    most = MOST_BYTES if left is None else min(MOST_BYTES, int(left * share))
    if most < LEAST_BYTES:
        raise CaptureError(
            f"too little memory is left to analyse snapshots here: {left:,} bytes",
            "Copy the snapshots to another machine and run heapdiff there.",
        )
    return most


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill it with the programs that it started, while it isn't reaped and its number is still its own."""
    if process.poll() is None:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
