"""A terminal to run the command line on."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

from tests.cli.command import START, Done, environment

__all__ = ["run_on_a_terminal", "show_on_a_terminal"]


def show_on_a_terminal(columns: int, *arguments: str | Path, **variables: str) -> str:
    """The same of a command that does not fail."""
    done = run_on_a_terminal(columns, *arguments, typed=b"", **variables)
    assert done.exit_code == 0, done.stdout
    return done.stdout


def run_on_a_terminal(columns: int, *arguments: str | Path, typed: bytes = b"", **variables: str) -> Done:
    """What the command writes to a terminal of this width, stdout and stderr together, and what is typed there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-c", START, *map(str, arguments)],
        stdin=theirs, stdout=theirs, stderr=theirs, env=environment(TERM="xterm-256color", **variables),
    ) as process:  # fmt: skip
        os.close(theirs)
        os.write(ours, typed)
        written = b""
        try:
            while part := os.read(ours, 65536):
                written += part
        except OSError:  # the other side is closed
            pass
        finally:
            os.close(ours)
    return Done(process.returncode, written.decode(), "")
