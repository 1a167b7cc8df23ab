"""What an exception means to the user: which line names the culprit, what to do, which exit code."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from heapdiff.cli.streams import say
from heapdiff.errors import HeapdiffError

if TYPE_CHECKING:
    import click

USAGE = 2
FILE = 3
INTERNAL = 70
INTERRUPTED = 130
BROKEN_PIPE = 141

FULL = (errno.ENOSPC, errno.EDQUOT)
BROKEN = (errno.EIO, errno.EBADF, errno.EFBIG)
HINTS = {
    errno.EACCES: "Run it as the user who owns the file, or change the file's permissions.",
    errno.EPERM: "Run it as the user who owns the file, or change the file's permissions.",
    errno.ENOENT: "Check the path.",
    errno.EISDIR: "Name a file, not a directory.",
    errno.ENOTDIR: "Check the path.",
    errno.ENOSPC: "Free some space, or write to another disk.",
    errno.EDQUOT: "Free some space, or write to another disk.",
    errno.EROFS: "Write to another directory: this one is read-only.",
    errno.ENAMETOOLONG: "Use a shorter name.",
    errno.EMFILE: "Raise the limit on open files (ulimit -n).",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as the user sees it; both lines may be empty when there is nothing to say."""

    message: str
    hint: str
    exit_code: int
    stdout_is_gone: bool = False

    def report(self) -> None:
        """Print the lines to stderr, each as one line whatever names they hold."""
        lines = [text for text in (self.message and f"heapdiff: {self.message}", self.hint) if text]
        with suppress(OSError):
            for text in lines:
                say(text)


def explain(error: BaseException) -> Failure:
    """The failure for an exception. One that nobody foresaw is a bug, and its hint says how to see more."""
    if isinstance(error, HeapdiffError):
        return Failure(error.message, error.hint, error.exit_code)
    missing = (error.name or "").split(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if missing not in ("", "heapdiff"):
        return _explain_missing(missing)
    import click  # not before it's known that nothing is missing

    if isinstance(error, click.exceptions.Exit):
        return Failure("", "", error.exit_code)
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return Failure("interrupted", "", INTERRUPTED)
    if isinstance(error, click.ClickException):
        return Failure(" ".join(error.format_message().split()), _usage_hint(error), USAGE)
    if isinstance(error, BrokenPipeError):
        return Failure("", "", BROKEN_PIPE, stdout_is_gone=True)
    if isinstance(error, OSError):
        return _explain_os_error(error)
    if isinstance(error, MemoryError):
        hint = (
            "Use a machine with more memory, or move the .heap files away and compare the .json files alone."
        )
        return Failure("not enough memory to load this snapshot", hint, FILE)
    if os.environ.get("HEAPDIFF_DEBUG"):
        import traceback

        traceback.print_exception(error)
    return Failure(
        f"internal error: {type(error).__name__}: {error}",
        "This is a bug in heapdiff: run it again with HEAPDIFF_DEBUG=1 and report what it prints.",
        INTERNAL,
    )


def _explain_missing(package: str) -> Failure:
    """What `pip install` adds by itself, unless it was told not to or somebody removed it."""
    hint = f"Install heapdiff with all that it needs: {sys.executable} -m pip install heapdiff"
    return Failure(f"the package {package} isn't installed, which heapdiff needs", hint, USAGE)


def _usage_hint(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f"Try: {context.command_path if context else 'heapdiff'} --help"


def _explain_os_error(error: OSError) -> Failure:
    reason = error.strerror or str(error) or type(error).__name__
    gone = error.filename is None and error.errno in (*FULL, *BROKEN)
    name = "standard output: " if gone else ""
    if isinstance(error.filename, (str, os.PathLike)):
        name = f"{os.fspath(error.filename)}: "
    hint = HINTS.get(error.errno or 0, "Check the path and try again.")
    if error.errno == errno.ENOENT and error.filename is None:  # only `tempfile` leaves the name out
        hint = "Set TMPDIR to a directory that you can write to."
    hint = "Free some space there, or send it elsewhere." if gone and error.errno in FULL else hint
    return Failure(f"{name}{reason}", hint, USAGE, stdout_is_gone=gone)
