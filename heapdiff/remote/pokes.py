"""Queues one call for the main thread of another process of the very same interpreter, by writing a few words.

As `Py_AddPendingCall` does it, from outside. The last word written is what makes the call happen, so whoever is
killed in between has changed nothing; nothing is stopped, and the call is made where the thread is between
two bytecodes. The text lies in the queue's own unused entries.
"""

import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from heapdiff.agent.system.procfs import read_text
from heapdiff.errors import ProcessError
from heapdiff.remote.holding import ROOT, Held, Refusal

POINTER: Final = struct.Struct("<Q")
NUMBER: Final = struct.Struct("<i")
WITH_ITS_PYTHON: Final = (
    "Run heapdiff from its environment, as python -m heapdiff, or start it with heapdiff run."
)


@dataclass(frozen=True, slots=True)
class Layout:
    """`_native._pending()`: absolute addresses of this process, offsets in bytes."""

    runtime: int
    run: int
    main: int
    finalizing: int
    in_runtime: int
    queue: int
    calls_to_do: int
    calls: int
    entry: int
    slots: int
    first: int
    last: int
    eval_breaker: int  # -1 where who takes the GIL looks at `calls_to_do` by itself


@dataclass(frozen=True, slots=True)
class Poke:
    """Bytes to write at an address of the other process."""

    address: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Memory:
    """Another process's memory; raises OSError where there is none."""

    descriptor: int

    def read(self, address: int, size: int) -> bytes:
        content = os.pread(self.descriptor, size, address) if is_place(address, size) else b""
        if len(content) != size:
            raise OSError("its memory cannot be read")
        return content

    def pointer(self, address: int) -> int:
        found: int = POINTER.unpack(self.read(address, POINTER.size))[0]
        return found

    def number(self, address: int) -> int:
        found: int = NUMBER.unpack(self.read(address, NUMBER.size))[0]
        return found

    def write(self, poke: Poke) -> None:
        size = len(poke.content)
        if not is_place(poke.address, size) or os.pwrite(self.descriptor, poke.content, poke.address) != size:
            raise OSError("its memory cannot be written to")


def is_place(address: int, size: int) -> bool:
    """Whether a file could have that many bytes there: an address was read from the other process."""
    return 0 <= address < (1 << 63) - size


def refusal(process: int | str) -> Refusal | None:
    """Why nothing can be queued in the process, or None. Here and below it's named by its number, or what stands for that."""
    layout = own_layout()
    if layout is None:
        return Refusal(
            f"CPython 3.{sys.version_info.minor} gives no safe way in from outside without the compiled extension"
        )
    if place_in(process, layout.runtime) is None or place_in(process, layout.run) is None:
        return Refusal(
            f"it runs another build of Python than heapdiff here ({sys.executable})", WITH_ITS_PYTHON
        )
    try:
        with memory_of(process, os.O_RDWR) as memory:
            return unrest(memory, process, layout)
    except OSError as error:
        return Refusal(
            f"its memory can't be accessed ({error.strerror or error}): that needs the same user and ptrace_scope 0, or root",
            ROOT,
        )


def queue_code(process: Held, code: str) -> None:
    """Have the main thread run Python code once, soon. Raises ProcessError, and then nothing was changed.

    The descriptor is that of the program which runs now: once another one is executed, or the process ends, writes reach nobody.
    So what is true of the process after it was opened is true of whatever the words are written to.
    """
    layout = own_layout()
    assert layout is not None, "refusal() comes first"
    try:
        with memory_of(process.entry, os.O_RDWR) as memory:
            process.require()
            if trouble := unrest(memory, process.entry, layout):
                raise ProcessError(f"process {process.pid}: cannot attach: {trouble}", trouble.hint)
            for poke in plan(memory, process.entry, layout, code):
                process.require()
                memory.write(poke)
    except OSError as error:
        raise ProcessError(
            f"process {process.pid}: cannot attach: {error.strerror or error}",
            "Run it as root, or see heapdiff doctor.",
        ) from error


def plan(memory: Memory, process: int | str, layout: Layout, code: str) -> list[Poke]:
    """What to write, in order: text, entry, and then the words that announce it."""
    interpreter, queue = find_queue(memory, process, layout)
    last = memory.number(queue + layout.last)
    text = code.encode() + b"\0"
    slot = last + 1 if last < layout.slots // 2 else 0
    room = (layout.slots - slot if slot else last) * layout.entry
    if len(text) > room:
        raise OSError(f"the directory's path is too long for the {room} bytes that are free")
    entry, place = (queue + layout.calls + number * layout.entry for number in (last, slot))
    run = require_place(process, layout.run)
    pokes = [
        Poke(place, text),
        Poke(entry, (POINTER.pack(run) + POINTER.pack(place)).ljust(layout.entry, b"\0")),
        Poke(queue + layout.last, NUMBER.pack((last + 1) % layout.slots)),
        Poke(queue + layout.calls_to_do, NUMBER.pack(1)),
    ]
    if layout.eval_breaker >= 0:
        pokes.append(Poke(interpreter + layout.eval_breaker, NUMBER.pack(1)))
    return pokes


def unrest(memory: Memory, process: int | str, layout: Layout) -> Refusal | None:
    """Why now is no good moment, or None: the queue is as this version leaves it, and empty."""
    runtime = require_place(process, layout.runtime)
    if memory.pointer(runtime + layout.finalizing):
        return Refusal("it is ending", "Ask another process.")
    if not memory.pointer(runtime + layout.main):
        return Refusal("its interpreter has not started", "Try again in a moment.")
    _, queue = find_queue(memory, process, layout)
    first, last = memory.number(queue + layout.first), memory.number(queue + layout.last)
    if not 0 <= first == last < layout.slots or memory.number(queue + layout.calls_to_do):
        return Refusal(
            "its main thread hasn't yet run what was queued for it, perhaps by an earlier --attach",
            "Send it a request, which may wake it, and try again.",
        )
    return None


def find_queue(memory: Memory, process: int | str, layout: Layout) -> tuple[int, int]:
    """Addresses of the main interpreter and of its main thread's queue."""
    runtime = require_place(process, layout.runtime)
    interpreter = memory.pointer(runtime + layout.main)
    return interpreter, (runtime if layout.in_runtime else interpreter) + layout.queue


def own_layout() -> Layout | None:
    try:
        from heapdiff.agent import _native
    except ImportError:
        return None
    found = _native._pending()
    return None if found is None else Layout(**found)


def place_in(process: int | str, address: int) -> int | None:
    """Where the other process has what stands at an address here; None where it does not map the same file."""
    ours, theirs = mappings("self"), mappings(process)
    file = next(
        (name for name, spans in ours.items() if any(low <= address < high for low, high in spans)), None
    )
    if file is None or file not in theirs:
        return None
    return address - ours[file][0][0] + theirs[file][0][0]


def require_place(process: int | str, address: int) -> int:
    """The same of a process that was looked at before. Raises OSError: it may have ended since."""
    place = place_in(process, address)
    if place is None:
        raise OSError("it has ended, or runs another program by now")
    return place


def mappings(process: int | str) -> dict[str, list[tuple[int, int]]]:
    """Address ranges by file (device and inode), in order; what follows a file's last one without a name is its own."""
    found: dict[str, list[tuple[int, int]]] = {}
    last, end = "", 0
    for line in (read_text(f"/proc/{process}/maps") or "").splitlines():
        span, _, _, device, inode, *_ = line.split()
        low, high = (int(part, 16) for part in span.split("-"))
        file = f"{device} {inode}"
        if inode == "0":
            if low != end or not last:
                last = ""
                continue
            file = last
        found.setdefault(file, []).append((low, high))
        last, end = file, high
    return found


@contextmanager
def memory_of(process: int | str, flags: int) -> Iterator[Memory]:
    descriptor = os.open(f"/proc/{process}/mem", flags | os.O_CLOEXEC)
    try:
        yield Memory(descriptor)
    finally:
        os.close(descriptor)
