"""Has a forked copy of this process do something heavy with its heap, and gets bounded bytes back. None of it stays.

The child has one descriptor, runs no function that somebody registered for forks, and can start no thread; it ends at its limit
of time, when memory gets short, or with a crash, and the worker goes on.
"""

from __future__ import annotations

import _imp
import contextlib
import fcntl
import gc
import os
import resource
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from heapdiff.agent.engines.forked import child_process
from heapdiff.agent.engines.forked.child import settle
from heapdiff.agent.engines.headroom import MB, NEEDS, CaptureSize, limit_memory
from heapdiff.agent.system.memory_limits import memory_left
from heapdiff.agent.system.procfs import read_resident_bytes, read_table_bytes
from heapdiff.agent.system.unpatched import original
from heapdiff.beside.reading import wait_readable
from heapdiff.errors import CaptureError, HeapdiffError, reason_of

Work = Callable[[], bytes]

DEADLINE_S: Final = 25.0
ANSWER_MOST: Final = 4_000_000
RESERVE_BYTES: Final = 64 * MB
LOOK_S: Final = 0.25  # between two looks at what memory is left
DONE, FAILED, END = b"+", b"-", b"\n.\n"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may take: time, and bytes of its answer. `directory` is where snapshots go."""

    directory: Path
    deadline_s: float = DEADLINE_S
    answer_most: int = ANSWER_MOST


def ask_child(work: Work, limits: Limits) -> bytes:
    """What `work` returns in a child. Raises CaptureError: no room, no answer in time, a crash, or what it raised there."""
    _require_room(limits.directory)
    with _pipe() as (out, into):
        pid = _fork(into)
        if pid == 0:
            _answer(work, into, limits.deadline_s)
        os.close(into)
        child = _Child(pid)
        try:
            answer = _read(out, limits)
        except OSError as error:
            child.end()
            raise _no_child(error) from error
        except BaseException:
            child.end()
            raise
        status = child.end() if answer is None else child.reap()
    return _unpack(answer or b"", status, limits)


def _require_room(directory: Path) -> None:
    """By the policy for whoever walks the heap in Python: every page may be there twice in the end."""
    size = CaptureSize(directory, read_resident_bytes() or 0, read_table_bytes())
    found = limit_memory(NEEDS["gc"], size, "self")
    needed = found.wanted[1]
    if found.left is not None and found.left < needed:
        raise CaptureError(
            f"too little memory to look at living objects: that needs up to {needed / MB:.0f} MB, "
            f"{found.where} leaves {found.left / MB:.0f} MB{found.end}",
            "Take a snapshot instead; that needs far less.",
        )


@contextlib.contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    """The end for writing isn't a standard stream's number, and its owner closes it. Raises CaptureError."""
    try:
        out, into = os.pipe2(os.O_CLOEXEC)
    except OSError as error:
        raise _no_child(error) from error
    try:
        try:
            higher = fcntl.fcntl(into, fcntl.F_DUPFD_CLOEXEC, 3)
        except OSError as error:
            raise _no_child(error) from error
        finally:
            os.close(into)
        yield out, higher
    finally:
        os.close(out)


def _no_child(error: OSError) -> CaptureError:
    return CaptureError(f"no child could be started: {reason_of(error)}", "Try again later.")


def _fork(kept: int) -> int:
    """0 in the child. Through our C, else as the engine in Python forks, with the hooks of whoever has some."""
    native = _native()
    _imp.acquire_lock()
    try:
        if native is not None:
            return int(native.fork_apart(kept))
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=__name__.replace(".", r"\."))
        child_process.forking_thread = original("_thread", "get_ident")()
        return int(original("os", "fork")())
    except OSError as error:
        os.close(kept)
        raise _no_child(error) from error
    finally:
        child_process.forking_thread = None
        _imp.release_lock()


def _native() -> Any:
    try:
        from heapdiff.agent import _native as native
    except ImportError:
        return None
    return native


def _answer(work: Work, into: int, deadline_s: float) -> NoReturn:
    """The child, from its first step to its last. Its objects end with it, without their destructors."""
    try:
        settle(deadline_s, (into,))
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        gc.collect = _collect_nothing
        gc.unfreeze()  # what is frozen is in no list that can be asked for
        try:
            content = DONE + work()
        except HeapdiffError as error:
            content = FAILED + error.message.encode("utf-8", "replace")
        except BaseException as error:
            content = FAILED + f"it failed: {type(error).__name__}".encode("utf-8", "replace")
        _write(into, content + END)
    finally:
        os._exit(0)


def _collect_nothing(generation: int = 2) -> int:
    """In the child, for libraries that collect first: what is garbage there has destructors, which are the worker's to run."""
    return generation * 0


def _write(into: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(into, view[: 1 << 16]) :]


def _read(out: int, limits: Limits) -> bytes | None:
    """All that the child writes; None where it must be ended for taking too long. Lets other threads run."""
    last, found = time.monotonic() + limits.deadline_s, bytearray()
    while (left_s := last - time.monotonic()) > 0:
        if not wait_readable((out,), min(left_s, LOOK_S)):
            left, where = memory_left()
            if left is not None and left < RESERVE_BYTES:
                raise CaptureError(
                    f"it was ended because memory got short: {where} left {left / MB:.0f} MB", "Try later."
                )
            continue
        part = os.read(out, 1 << 16)
        if not part:
            return bytes(found)
        found += part
        if len(found) > limits.answer_most:
            raise CaptureError(f"the answer is longer than {limits.answer_most / MB:.0f} MB", "Ask for less.")
    return None


class _Child:
    """The child as its parent holds it: by a descriptor where the system has those, for numbers are given again."""

    def __init__(self, pid: int) -> None:
        self._pid, self._descriptor = pid, -1
        with contextlib.suppress(OSError):
            self._descriptor = os.pidfd_open(pid)

    def end(self) -> int | None:
        """Kill it, whatever it does."""
        with contextlib.suppress(OSError):
            if self._descriptor >= 0:
                signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)
            else:
                os.kill(self._pid, signal.SIGKILL)
        return self.reap()

    def reap(self) -> int | None:
        """Its exit code, negative for a signal; None where somebody else of this process took that."""
        try:
            _, status = original("os", "waitpid")(self._pid, 0)
            return os.waitstatus_to_exitcode(status)
        except OSError:
            return None
        finally:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1


def _unpack(answer: bytes, code: int | None, limits: Limits) -> bytes:
    if answer.endswith(END):
        kind, content = answer[:1], answer[1 : -len(END)]
        if kind == DONE:
            return content
        raise CaptureError(content.decode("utf-8", "replace"), "The worker is unaffected.")
    if code in (-signal.SIGALRM, -signal.SIGKILL) and not answer:
        late = f"it took more than {limits.deadline_s:g} s, or more memory than there was"
        raise CaptureError(f"{late}, and was ended", "Take a snapshot instead; that is far quicker.")
    raise CaptureError(f"the child that looked {_tell_end(code)}", "The worker is unaffected.")


def _tell_end(code: int | None) -> str:
    if code is None:  # the application, or its server, took its exit code
        return "ended without an answer"
    return f"ended with {signal.Signals(-code).name if code < 0 else f'code {code}'}"
