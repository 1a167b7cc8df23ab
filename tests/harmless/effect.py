"""What one effect's measurement says, and how the programs that it is measured on are started."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
ARMED: Final = "import heapdiff\nheapdiff.install(dir={directory!r}, keep=2)\n"


@dataclass(frozen=True)
class Row:
    """One thing that an application can notice. `kept` is None where nothing is promised."""

    what: str
    without: str
    armed: str
    promise: str
    kept: bool | None


@dataclass(frozen=True)
class Extent:
    """How thorough a run is: programs executed under `snapshot --all`, and forks timed."""

    executed: int
    forks: int


Effect = Callable[[Path, Extent], Iterator[Row]]


@contextmanager
def python(program: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A program that is told and tells, line by line. Raises where it ended with an error, and says what it said."""
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            [sys.executable, "-W", "always", "-c", program, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            bufsize=1,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        ) as process,
    ):
        yield process
        with suppress(ValueError):  # the caller has read to the end
            process.communicate()
        errors.seek(0)
        said = errors.read()
        if process.returncode:
            raise RuntimeError(f"it ended with {process.returncode}: {said[-2000:]}")


def prepared(program: str, directory: Path, armed: bool) -> str:
    return (ARMED.format(directory=str(directory)) if armed else "") + program
