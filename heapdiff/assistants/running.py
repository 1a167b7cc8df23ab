"""Puts a question to the command line, in a process of its own: limited in time and memory, ended when nobody waits."""

import asyncio
import os
import selectors
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from subprocess import DEVNULL, PIPE
from typing import Final

from heapdiff.beside.reading import read_failure
from heapdiff.beside.starting import COMMAND_LINE, Work, end, find_memory, start
from heapdiff.errors import UsageError

DEADLINE_S: Final = 120.0
TELL_S: Final = 1.0
READ_BYTES: Final = 1_000_000  # of each stream; the rest is never looked at
SHARE: Final = 0.75  # of the memory that is left
PLAIN: Final = {"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"}  # the same wherever this was started

_working: set[subprocess.Popen[bytes]] = set()

Tell = Callable[[float, float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Output:
    """What a command printed and said; `endless`: there was more of it than anybody reads."""

    printed: str
    said: str
    endless: bool = False


async def tell_nobody(_passed_s: float, _of_s: float) -> None:
    return


async def run(arguments: Sequence[str], tell: Tell = tell_nobody, deadline_s: float = DEADLINE_S) -> Output:
    """What `heapdiff ARGUMENTS…` prints. `tell` is called each second with the time that passed.

    Raises HeapdiffError: what the command said was wrong, or that it took too long. However this ends, the process does too.
    """
    question = Work(COMMAND_LINE, arguments, find_memory(SHARE), priority=0, environment=PLAIN)
    process = start(question, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
    _working.add(process)
    work = asyncio.ensure_future(asyncio.to_thread(_collect, process))
    try:
        await _wait(work, tell, deadline_s, arguments[0])
        output = work.result()
    finally:
        end(process)  # and with it the thread
        _working.discard(process)
    if process.returncode and not output.endless:
        raise UsageError(*read_failure(f"heapdiff {arguments[0]}", process.returncode, output.said))
    return output


def end_all() -> None:
    """End whatever is being worked on, for this process ends now."""
    for process in _working:
        end(process)


async def _wait(work: asyncio.Future[Output], tell: Tell, deadline_s: float, command: str) -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    while not work.done():
        passed = clock() - began
        if passed >= deadline_s:
            raise UsageError(
                f"{command} took more than {deadline_s:g} s",
                "Ask about fewer snapshots, or run heapdiff by hand: it takes as long as the heap is large.",
            )
        if passed:
            await tell(passed, deadline_s)
        await asyncio.wait({work}, timeout=min(TELL_S, deadline_s - passed))


def _collect(process: subprocess.Popen[bytes]) -> Output:
    """In a thread: read both streams to their end, and the process's. One that writes without end is ended."""
    assert process.stdout is not None
    assert process.stderr is not None
    printed, said = bytearray(), bytearray()
    with process, selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ, printed)
        selector.register(process.stderr, selectors.EVENT_READ, said)
        while selector.get_map():
            for ready, _ in selector.select():
                part = os.read(ready.fd, READ_BYTES - len(ready.data) + 1)
                ready.data.extend(part)
                if not part or len(ready.data) > READ_BYTES:
                    selector.unregister(ready.fileobj)
                    if part:
                        end(process)
    return Output(_text_of(printed), _text_of(said), max(len(printed), len(said)) > READ_BYTES)


def _text_of(read: bytearray) -> str:
    return bytes(read[:READ_BYTES]).decode("utf-8", "replace")
