"""Names of snapshots: who makes the summary's partial file owns the name, until both files stand under it."""

import os
from pathlib import Path
from typing import Final

from heapdiff.agent.directory.names import name_snapshot, partial_path

TRIES: Final = 10_000


def take_name(directory: Path, stem: str) -> str:
    """This name. Raises FileExistsError while somebody else owns it, and other OSErrors."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    os.close(os.open(partial_path(directory / f"{stem}.json"), flags, 0o600))
    return stem


def reserve_name(directory: Path, host: str, pid: int, sequence: int, at_s: float) -> str:
    """A name that no other engine, process or container that shares the directory has or gets. Raises OSError."""
    for number in range(sequence, sequence + TRIES):
        try:
            stem = take_name(directory, str(name_snapshot(host, pid, number, at_s)))
        except FileExistsError:
            continue
        summary = directory / f"{stem}.json"
        if not os.path.lexists(summary) and not os.path.lexists(directory / f"{stem}.heap"):
            return stem
        os.unlink(partial_path(summary))
    raise FileExistsError(f"no free snapshot name in {directory}")
