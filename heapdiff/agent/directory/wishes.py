"""What a client that must ask by signal wants of the capture: `.request-PID`, read once."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heapdiff.agent.directory.names import WISH
from heapdiff.agent.directory.private_files import read_private, write_private

MAX_REQUEST_BYTES: Final = 4096
HEAD_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client wants of the capture that it is about to ask for by signal."""

    graph: bool = True
    label: str | None = None
    values: bool = False


def write_wish(directory: Path, pid: int, wish: Wish) -> None:
    """Leave a wish for a process, to be read at its next capture."""
    label = (
        (wish.label or "")
        .encode("utf-8", "replace")[: MAX_REQUEST_BYTES - HEAD_BYTES]
        .decode("utf-8", "ignore")
    )
    write_private(
        directory / WISH.format(pid), f"graph={int(wish.graph)} values={int(wish.values)}\n{label}".encode()
    )


def take_wish(directory: Path, pid: int) -> Wish:
    """Read and remove the wish that a client left; the default where there is none that can be trusted."""
    path = directory / WISH.format(pid)
    content = read_private(path, MAX_REQUEST_BYTES)
    with contextlib.suppress(OSError):
        os.unlink(path)
    if content is None:
        return Wish()
    first, _, label = content.decode("utf-8", "replace").partition("\n")
    words = first.split()
    return Wish(graph="graph=0" not in words, label=label or None, values="values=1" in words)
