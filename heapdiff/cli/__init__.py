"""The command line: parses, calls, renders. Only `main` turns an error into an exit code."""

import os
import sys
from _signal import SIG_DFL, SIGHUP, SIGTERM, getsignal, signal  # type: ignore[import-not-found] # quicker
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final, NoReturn

from heapdiff.cli.streams import drop_stdout, say, usable_streams
from heapdiff.errors import ENDINGS, Ended

COMPLETE: Final = "_HEAPDIFF_COMPLETE"
INTERRUPTED: Final = 130
ENDING: Final = {SIGTERM: "SIGTERM", SIGHUP: "SIGHUP"}
ENDED: Final = 128  # and the signal's number


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Never raises, whatever the command did, nor when it's interrupted or ended."""
    return run_explained(lambda: _run(sys.argv[1:] if arguments is None else list(arguments)))


def run_explained(work: Callable[[], object]) -> int:
    """Do some work with streams that escape, say what went wrong, and return the exit code. Never raises."""
    with usable_streams():
        try:
            with _unwound_when_ended():
                return _do_and_explain(work)
        except KeyboardInterrupt:  # once more, while the first was being explained
            say("heapdiff: interrupted")
            return INTERRUPTED
        except Ended as end:
            with suppress(OSError):  # the terminal may be gone
                say(f"heapdiff: ended by {ENDING[end.number]}")
            return ENDED + end.number


@contextmanager
def _unwound_when_ended() -> Iterator[None]:
    """Whoever ends the command, or closes its terminal, doesn't leave redacted copies and other files for a while behind.

    Nothing is changed for whoever decided otherwise, as `nohup` does.
    """
    taken = [number for number in ENDING if getsignal(number) == SIG_DFL]
    try:
        for number in taken:
            signal(number, _end)
    except ValueError:  # not the main thread
        taken = []
    try:
        yield
    finally:
        for number in taken:
            if getsignal(number) is _end:  # an application that ran meanwhile may have one of its own
                signal(number, SIG_DFL)


def _end(number: int, _frame: object) -> NoReturn:
    signal(number, SIG_DFL)  # once more ends it at once
    raise Ended(number)


def _do_and_explain(work: Callable[[], object]) -> int:
    from heapdiff.cli.failure import explain

    try:
        work()
        sys.stdout.flush()
    except BaseException as error:
        end = _end_behind(error)
        if end is not None:
            raise end from None
        failure = explain(error)
        failure.report()
        if failure.stdout_is_gone:
            drop_stdout()
        return failure.exit_code
    return 0


def _end_behind(error: BaseException) -> BaseException | None:
    """What the user did to the command, also where Python made an error of it, as it does of all in a class's body."""
    behind: BaseException | None = error
    seen = set()
    while behind is not None and not isinstance(behind, ENDINGS):
        if id(behind) in seen:  # an error may be its own cause
            return None
        seen.add(id(behind))
        behind = behind.__cause__
    return behind


def _run(arguments: list[str]) -> None:
    """Not through click's own `main`: that ends a broken pipe with 1, which here means growth."""
    from heapdiff.cli.commands import heapdiff

    if COMPLETE in os.environ:
        from heapdiff.cli.completion import answer

        answer(heapdiff, COMPLETE)
        return
    with heapdiff.make_context("heapdiff", arguments) as context:
        heapdiff.invoke(context)
