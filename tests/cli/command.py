"""Runs the command line as a user does: a process of its own, its two streams apart."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Done", "environment", "run"]

START = "import sys; from heapdiff.cli import main; sys.exit(main())"
TIMEOUT_S = 120
QUIET = ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "TERM", "HEAPDIFF_DIR", "HEAPDIFF_DEBUG")


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended and what it wrote."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def complaint(self) -> list[str]:
        """The lines on stderr: what is wrong, and what to do next."""
        return self.stderr.splitlines()


def environment(**more: str) -> dict[str, str]:
    """Our environment without what changes the output; warnings are errors."""
    clean = {name: value for name, value in os.environ.items() if name not in QUIET}
    return {**clean, "PYTHONWARNINGS": "error", **more}


def run(*arguments: str | Path, **variables: str) -> Done:
    done = subprocess.run(
        [sys.executable, "-c", START, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
        env=environment(PYTHONPATH=str(Path(__file__).parents[2]), **variables),
    )
    return Done(done.returncode, done.stdout, done.stderr)
