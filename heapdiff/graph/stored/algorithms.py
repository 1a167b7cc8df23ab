"""Which code computes what is stored: a number that differs as soon as any of it does, so that nobody has to count versions."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from heapdiff.version import __version__

PACKAGE: Final = Path(__file__).parents[2]
ELSEWHERE: Final = frozenset(
    ("agent", "assistants", "beside", "cli", "flask", "remote", "render", "testing", "__pycache__")
)
CODE: Final = (".py", ".so", ".pyd")


@cache
def number_algorithms() -> str:
    """From version, place, and each file's name, size and time. A few hundred looks at the directory."""
    told = [__version__, str(PACKAGE), *sorted(_describe(PACKAGE, ELSEWHERE))]
    text = "\n".join(told).encode("utf-8", "surrogateescape")
    return f"{zlib.crc32(text):08x}{zlib.adler32(text):08x}"


def _describe(folder: Path | str, leave_out: frozenset[str]) -> Iterator[str]:
    try:
        entries = list(os.scandir(folder))
    except OSError:  # imported from an archive: the version alone counts
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in leave_out:
                yield from _describe(entry.path, frozenset(("__pycache__",)))
        elif entry.name.endswith(CODE):
            found = entry.stat()
            yield f"{entry.path} {found.st_size} {found.st_mtime_ns}"
