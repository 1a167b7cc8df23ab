"""`heapdiff view` as a process, ended as Ctrl-C does."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ENDING_S = 60


@dataclass
class Served:
    """`address` is what the command printed; the others are there once it has ended."""

    address: str
    printed: str = ""
    said: str = ""
    exit_code: int | None = None


@contextmanager
def serving(directory: Path) -> Iterator[Served]:
    """The directory's snapshots."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell started us behind it
    command = [sys.executable, "-m", "heapdiff", "view", str(directory), "--no-browser", "--no-cache"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            served = Served(process.stdout.readline().strip())
            yield served
            process.send_signal(signal.SIGINT)
            served.printed, served.said = process.communicate(timeout=ENDING_S)
            served.exit_code = process.returncode
        finally:
            process.kill()
