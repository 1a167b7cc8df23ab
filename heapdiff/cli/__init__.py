"""The command line: parses, calls, renders. Only `main` turns an error into an exit code."""

import os
import sys
from collections.abc import Sequence

from heapdiff.cli.streams import drop_stdout, say, usable_streams

COMPLETE = "_HEAPDIFF_COMPLETE"
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Never raises, whatever the command did, nor when it's interrupted."""
    with usable_streams():
        try:
            return _run_and_explain(sys.argv[1:] if arguments is None else list(arguments))
        except KeyboardInterrupt:  # once more, while the first was being explained
            say("heapdiff: interrupted")
            return INTERRUPTED


def _run_and_explain(arguments: list[str]) -> int:
    from heapdiff.cli.failure import explain

    try:
        _run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        failure = explain(error)
        failure.report()
        if failure.stdout_is_gone:
            drop_stdout()
        return failure.exit_code
    return 0


def _run(arguments: list[str]) -> None:
    """Not through click's own `main`: that ends a broken pipe with 1, which here means growth."""
    from heapdiff.cli.commands import heapdiff

    if COMPLETE in os.environ:
        from heapdiff.cli.completion import answer

        answer(heapdiff, COMPLETE)
        return
    with heapdiff.make_context("heapdiff", arguments) as context:
        heapdiff.invoke(context)
