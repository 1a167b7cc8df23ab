"""Names of snapshots that no other engine, process or container that shares the directory has or gets."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from heapdiff.agent.capture import partial_path
from heapdiff.agent.directory import name_snapshot

TRIES: Final = 10_000


def reserve_name(directory: Path, host: str, pid: int, sequence: int, at_s: float) -> str:
    """The name, and its summary's partial file made: whoever makes that owns the name. Raises OSError."""
    for number in range(sequence, sequence + TRIES):
        stem = str(name_snapshot(host, pid, number, at_s))
        summary = directory / f"{stem}.json"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            os.close(os.open(partial_path(summary), flags, 0o600))
        except FileExistsError:
            continue
        if not os.path.lexists(summary) and not os.path.lexists(directory / f"{stem}.heap"):
            return stem
        os.unlink(partial_path(summary))
    raise FileExistsError(f"no free name for a snapshot in {directory}")
