"""Each engine in processes of its own, and what a question to it costs."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

__all__ = ["Asked", "Engine", "ask_apart", "differences", "open_engine"]

ROOT: Final = Path(__file__).parents[3]
PR_SET_CHILD_SUBREAPER: Final = 36
TICKS: Final = os.sysconf("SC_CLK_TCK")
CLOSE: Final = 1e-9  # how far sums of floats may be apart: their order differs


@dataclass(frozen=True, slots=True)
class Engine:
    """`python` has heapdiff's dependencies and the engine's; `server` is a process that answers, if it's not that one."""

    name: str
    python: str
    address: str
    server: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """`cpu_s` with children and server; `peak_mb` is the client's, or the server's if that has more."""

    content: dict[str, Any]
    cpu_s: float
    peak_mb: float
    wall_s: float


@contextlib.contextmanager
def open_engine(name: str, python: str = sys.executable) -> Iterator[Engine]:
    """`duckdb`, `sail` (with a server of it) or `pyspark`; the latter two in the environment of `python`."""
    if name != "sail":
        yield Engine(name, python, {"duckdb": "duckdb", "pyspark": "local[2]"}[name])
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sail = str(Path(python).with_name("sail"))
    command = [sail, "spark", "server", "--ip", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(port, server)
            yield Engine(name, python, f"sc://127.0.0.1:{port}", server.pid)
        finally:
            server.terminate()


def ask_apart(engine: Engine, *arguments: str) -> Asked:
    """One command in a process of its own."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    command = [engine.python, "-m", "heapdiff", *arguments, "--engine", engine.address, "--format", "json"]
    before, started = _spent(engine.server), time.monotonic()
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        out = child.stdout.read()
        said = child.stderr.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - started
    others = [] if engine.server else list(_reap())
    assert out.startswith("{"), f"{engine.name}: {' '.join(arguments)}: {child.returncode}: {said[-2000:]}"
    cpu = sum(each.ru_utime + each.ru_stime for each in (used, *others)) + _spent(engine.server) - before
    peaks = [each.ru_maxrss / 1024 for each in (used, *others)]
    return Asked(json.loads(out), cpu, max(*peaks, _peak_mb(engine.server)), wall)


def _reap() -> Iterator[resource.struct_rusage]:
    """What processes used that the command left behind, as PySpark does its JVM: they come to us, and end soon."""
    with contextlib.suppress(ChildProcessError):
        while True:
            yield os.wait4(-1, 0)[2]


def differences(first: object, second: object, where: str = "") -> Iterator[str]:
    """Where two answers differ, but for the last digits of floats."""
    if isinstance(first, dict) and isinstance(second, dict) and first.keys() == second.keys():
        for name, value in first.items():
            yield from differences(value, second[name], f"{where}.{name}")
    elif isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        for number, (one, other) in enumerate(zip(first, second, strict=True)):
            yield from differences(one, other, f"{where}[{number}]")
    elif isinstance(first, float) and isinstance(second, float):
        if abs(first - second) > CLOSE * max(1.0, abs(first)):
            yield f"{where}: {first} and {second}"
    elif first != second or isinstance(first, bool) != isinstance(second, bool):
        yield f"{where}: {_short(first)} and {_short(second)}"


def _short(value: object) -> str:
    return (
        f"{len(value)} rows"
        if isinstance(value, Sequence) and not isinstance(value, str)
        else repr(value)[:80]
    )


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    """Until it takes connections."""
    until = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"no Sail server on port {port}")


def _spent(pid: int | None) -> float:
    if pid is None:
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _peak_mb(pid: int | None) -> float:
    if pid is None:
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found.group(1)) / 1024 if found else 0.0
