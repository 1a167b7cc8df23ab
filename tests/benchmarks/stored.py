"""What a stored answer saves: `python -m tests.benchmarks.stored SNAPSHOT [TYPE]`, a snapshot by `tests.benchmarks.grown`.

Each question is asked of a new process, as a user would: without a cache, first (which also stores), and again. Seconds of wall
and processor time, and the memory at the peak; what is mapped is a part of it, and the system can take it back. The answers
must be the same. On a machine that does other things meanwhile, the least of the repeated times says most.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

LINE: Final = "{:<34}{:<14}{:>8}{:>8}{:>8}{:>10}"
AGAIN: Final = 5
FIRST, KEPT, NONE = "first", "again", "--no-cache"


def main(arguments: list[str]) -> None:
    path, name = arguments[0], arguments[1] if len(arguments) > 1 else "tests.benchmarks.shapes.Record"
    print(LINE.format("question", "", "wall s", "user s", "sys s", "peak MB"))
    for question in (
        ("why", path, name),
        ("show", path, "--by", "holder"),
        ("show", path, "--by", "type", "--retained", "-n", "5"),
        ("tree", path),
    ):
        with tempfile.TemporaryDirectory(dir=Path.home()) as cache:
            print_times(question, dict(ask_all(question, cache)))
            stored = sum(file.stat().st_size for file in Path(cache).rglob("*.stored"))
            print(f"{'':<34}stored: {stored / 1e6:,.0f} MB")


def ask_all(question: tuple[str, ...], cache: str) -> Iterator[tuple[str, list[tuple[float, ...]]]]:
    answers = set()
    for kind, times in ((NONE, 2), (FIRST, 1), (KEPT, AGAIN)):
        more = (NONE,) if kind is NONE else ()
        measured = [measure((*question, *more), cache) for _ in range(times)]
        answers |= {answer for _, answer in measured}
        yield kind, [figures for figures, _ in measured]
    assert len(answers) == 1, "a stored answer is another one"


def measure(command: tuple[str, ...], cache: str) -> tuple[tuple[float, ...], bytes]:
    """Wall, user and system seconds and the peak in MB of one process, and what it printed."""
    environment = {**os.environ, "XDG_CACHE_HOME": cache, "HEAPDIFF_CACHE": "", "COLUMNS": "120"}
    with tempfile.TemporaryFile() as out:
        began = time.monotonic()
        child = os.posix_spawn(
            sys.executable,
            [sys.executable, "-m", "heapdiff", *command],
            environment,
            file_actions=[(os.POSIX_SPAWN_DUP2, out.fileno(), 1)],
        )
        _, status, used = os.wait4(child, 0)
        passed = time.monotonic() - began
        assert status == 0, command
        out.seek(0)
        return (passed, used.ru_utime, used.ru_stime, used.ru_maxrss / 1000), out.read()


def print_times(question: tuple[str, ...], found: dict[str, list[tuple[float, ...]]]) -> None:
    title = " ".join((question[0], *question[2:]))
    for kind, measured in found.items():
        least = [min(column) for column in zip(*measured, strict=True)]
        figures = (*(f"{each:.2f}" for each in least[:3]), f"{least[3]:,.0f}")
        print(LINE.format(title[:33], kind if len(measured) == 1 else f"{kind} x {len(measured)}", *figures))


if __name__ == "__main__":
    main(sys.argv[1:])
