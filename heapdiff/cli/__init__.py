"""The command line: parses, calls, renders. Only `main` turns an error into an exit code."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

COMPLETE = "_HEAPDIFF_COMPLETE"
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Never raises, whatever the command did, nor when it's interrupted."""
    with _usable_streams():
        try:
            return _run_and_explain(sys.argv[1:] if arguments is None else list(arguments))
        except KeyboardInterrupt:  # once more, while the first was being explained
            print("heapdiff: interrupted", file=sys.stderr)
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
            _drop_stdout()
        return failure.exit_code
    return 0


def _run(arguments: list[str]) -> None:
    """Not through click's own `main`: that ends a broken pipe with 1, which here means growth."""
    from heapdiff.cli.commands import heapdiff

    if COMPLETE in os.environ:
        from click.shell_completion import shell_complete

        shell_complete(heapdiff, {}, "heapdiff", COMPLETE, os.environ[COMPLETE])
        return
    with heapdiff.make_context("heapdiff", arguments) as context:
        heapdiff.invoke(context)


@contextmanager
def _usable_streams() -> Iterator[None]:
    """A stream that is closed swallows what is written; a character that its encoding lacks becomes `?`."""
    with ExitStack() as opened:
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if stream is None:
                setattr(sys, name, opened.enter_context(open(os.devnull, "w", encoding="utf-8")))
                opened.callback(setattr, sys, name, None)
            elif hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")
        yield


def _drop_stdout() -> None:
    """Point standard output to nowhere, so that the interpreter's last flush does not fail again."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)
