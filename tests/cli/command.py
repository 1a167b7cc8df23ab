"""Runs the command line: in this process, or in one of its own where that is the point. Its two streams apart."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from unittest.mock import patch

from heapdiff.cli import main

__all__ = ["INTERRUPTIBLE", "Done", "environment", "run", "run_process"]

START = "import sys; from heapdiff.cli import main; sys.exit(main())"
ROOT = Path(__file__).parents[2]
TIMEOUT_S = 120
QUIET = ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "TERM", "HEAPDIFF_DIR", "HEAPDIFF_DEBUG")
INTERRUPTIBLE: Final = {
    "PYTHONWARNINGS": "error,ignore::ResourceWarning"
}  # of a file that was being opened just then


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
    """The command in this process, a hundred times faster; `test_usage` shows that both answer the same."""
    assert arguments[:1] != ("run",) or arguments[1:] == ("--help",), "it would become this process"
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    with (
        patch.dict(os.environ, environment(PYTHONPATH=str(ROOT), **variables), clear=True),
        patch("sys.stdin", io.StringIO()),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        exit_code = main([str(argument) for argument in arguments])
    return Done(exit_code, written(out), written(err))


def written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def run_process(*arguments: str | Path, start: str = START, **variables: str) -> Done:
    """The command as a user starts it."""
    done = subprocess.run(
        [sys.executable, "-c", start, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
        env=environment(PYTHONPATH=str(ROOT), **variables),
    )
    return Done(done.returncode, done.stdout, done.stderr)
