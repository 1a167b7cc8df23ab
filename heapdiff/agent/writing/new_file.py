"""Files of a snapshot while they are written: under their name when complete, gone when the child failed."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from heapdiff.agent.directory.names import partial_path
from heapdiff.agent.writing.job import Job

BUFFER_BYTES: Final = 1 << 20


@contextlib.contextmanager
def new_file(path: Path, creation: int = os.O_CREAT | os.O_EXCL) -> Iterator[BinaryIO]:
    """A file that appears under its name only when it is complete and on the disk; mode 0600.

    A partial file that was there before stays: it is its maker's.
    """
    partial = partial_path(path)
    descriptor = os.open(partial, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC | creation, 0o600)
    try:
        with open(descriptor, "wb", buffering=BUFFER_BYTES) as out:
            yield out
            out.flush()
            os.fsync(descriptor)
        os.rename(partial, path)
    except BaseException:
        if creation & os.O_CREAT:
            with contextlib.suppress(OSError):
                os.unlink(partial)
        raise


def identify_graph(job: Job) -> tuple[int, int] | None:
    """The file that has the graph's final name now."""
    try:
        found = os.lstat(job.heap_path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def remove_remains(job: Job, before: tuple[int, int] | None) -> None:
    """After a child failed: nothing half-written stays, and no graph without its summary but who stood there before.

    The name is given up last.
    """
    remains = [partial_path(job.heap_path), job.heap_path, partial_path(job.summary_path)]
    if job.summary_path.exists() or identify_graph(job) == before:
        remains.remove(job.heap_path)
    for path in remains:
        with contextlib.suppress(OSError):
            os.unlink(path)
