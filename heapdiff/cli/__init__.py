"""The command line: parses, calls, renders. Only `main` turns an error into an exit code."""

import os
import sys
from collections.abc import Callable, Sequence

from heapdiff.cli.streams import drop_stdout, say, usable_streams

COMPLETE = "_HEAPDIFF_COMPLETE"
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Never raises, whatever the command did, nor when it's interrupted."""
    return run_explained(lambda: _run(sys.argv[1:] if arguments is None else list(arguments)))


def run_explained(work: Callable[[], object]) -> int:
    """Do some work with streams that escape, say what went wrong, and return the exit code. Never raises."""
    with usable_streams():
        try:
            return _do_and_explain(work)
        except KeyboardInterrupt:  # once more, while the first was being explained
            say("heapdiff: interrupted")
            return INTERRUPTED


def _do_and_explain(work: Callable[[], object]) -> int:
    from heapdiff.cli.failure import explain

    try:
        work()
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
