"""Ingestions in processes of their own, forked by one in which Arrow has done nothing: `python -m tests.fleet.ingest.forking`.

`killed HEAPS PLACE STRIDE` starts one into each of PLACE/0, PLACE/STRIDE, … and has it killed before its step of that number,
until one lives; it prints how many steps that is. `together HEAPS LAKE N` starts N at once into one lake.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from heapdiff.fleet.ingest import ingesting, merging
from heapdiff.fleet.ingest.ingesting import ingest
from heapdiff.fleet.lake import committing

CHANGES: Final = ("open", "os.link", "os.mkdir", "os.remove", "os.truncate")
WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def main(what: str, heaps: str, place: str, number: str) -> None:
    make_small()
    if what == "killed":
        steps = 0
        while (ended := join(fork(partial(run_until, steps, heaps, f"{place}/{steps}")))) == -signal.SIGKILL:
            steps += int(number)
        assert ended == 0, ended
        print(steps)
    else:
        run_at_once([partial(ingest, [heaps], place)] * int(number))


def make_small() -> None:
    """Batches of a few sources; whole states and merging are frequent."""
    ingesting.MOST_SOURCES = 5  # type: ignore[misc]
    committing.EVERY = 2  # type: ignore[attr-defined]
    merging.MOST_FILES = 2  # type: ignore[misc]


def run_until(step: int, heaps: str, lake: str) -> None:
    """Ingest, and be killed before the step of that number: a call that changes the lake's files, or says that they are safe."""
    passed = 0

    def count(event: str, arguments: Sequence[Any]) -> None:
        nonlocal passed
        if event not in CHANGES or not str(arguments[0]).startswith(lake):
            return
        if event == "open" and not arguments[2] & WRITES:
            return
        passed += 1
        if passed > step:
            os.kill(os.getpid(), signal.SIGKILL)

    sync = os.fsync

    def count_sync(descriptor: int) -> None:
        count("os.remove", (lake,))
        sync(descriptor)

    sys.addaudithook(count)
    os.fsync = count_sync  # type: ignore[assignment]
    ingest([heaps], lake)


def run_at_once(works: Sequence[Callable[[], object]]) -> None:
    """They wait for each other before they start."""
    ready, go = os.pipe(), os.pipe()

    def wait_and(work: Callable[[], object]) -> None:
        os.close(go[1])
        os.write(ready[1], b".")
        os.read(go[0], 1)
        work()

    children = [fork(partial(wait_and, work)) for work in works]
    assert len(b"".join(os.read(ready[0], 1) for _ in works)) == len(works)
    os.close(go[1])
    assert [join(child) for child in children] == [0] * len(works)


def fork(work: Callable[[], object]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        work()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def join(child: int) -> int:
    """How it ended; negative: by which signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    main(*map(str, map(Path, sys.argv[1:])))
