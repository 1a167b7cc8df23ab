"""Runs one module of heapdiff's in a fresh process, limited in time and in what it answers, and waits for it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Final

from heapdiff.beside.reading import wait_readable
from heapdiff.beside.starting import Work, end, find_memory, start
from heapdiff.errors import CaptureError, reason_of

ANSWER_MOST: Final = 16_000_000
GRACE_S: Final = 5.0  # between the end of its streams and its own


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a task ended, and what it wrote to its two streams."""

    code: int
    answer: bytes
    said: str


def run_fresh(
    name: str, module: str, arguments: Sequence[str], deadline_s: float, given: bytes = b""
) -> Outcome:
    """Raises CaptureError with `name` in it: no room, no process, no end in time, an answer that is too long."""
    work = Work(module, arguments, find_memory())
    try:
        return _run(name, work, deadline_s, given)
    except OSError as error:
        raise CaptureError(f"{name} could not be run: {reason_of(error)}", "Try again later.") from error


def _run(name: str, work: Work, deadline_s: float, given: bytes) -> Outcome:
    with (
        _readable(given) as content,
        start(work, stdin=content, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process,
    ):
        try:
            answer, said = _read_both(name, process, deadline_s)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GRACE_S)
        finally:
            end(process)
    return Outcome(process.returncode, answer, said.decode("utf-8", "replace"))


@contextlib.contextmanager
def _readable(given: bytes) -> Iterator[int]:
    """A descriptor from which the process reads what it's given, without anybody having to write meanwhile."""
    if not given:
        yield subprocess.DEVNULL
        return
    descriptor = os.memfd_create("heapdiff")
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(given)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)


def _read_both(name: str, process: subprocess.Popen[bytes], deadline_s: float) -> tuple[bytes, bytes]:
    """What it writes until it closes its streams. Never more than the most is held."""
    last = time.monotonic() + deadline_s
    parts = {_number(process.stdout): bytearray(), _number(process.stderr): bytearray()}
    waiting = set(parts)
    while waiting:
        left_s = last - time.monotonic()
        ready = wait_readable(waiting, left_s) if left_s > 0 else []
        if not ready:
            raise CaptureError(
                f"{name} took more than {deadline_s:g} s",
                "Run it by hand; it takes as long as the heap is large.",
            )
        for number in ready:
            part = os.read(number, 1 << 16)
            parts[number] += part
            if not part:
                waiting.discard(number)
            if len(parts[number]) > ANSWER_MOST:
                raise CaptureError(f"{name}: its answer is too long", "Run it by hand.")
    answer, said = map(bytes, parts.values())
    return answer, said


def _number(stream: IO[bytes] | None) -> int:
    assert stream is not None
    return stream.fileno()
