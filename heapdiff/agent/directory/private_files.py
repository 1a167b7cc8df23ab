"""Small files of one user: written at once under their name, mode 0600; read only where nobody else could have put them."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from heapdiff.agent.system.procfs import read_regular


def read_private(path: Path, limit: int) -> bytes | None:
    """The content of a regular file of this user or root, up to `limit` bytes; follows no symbolic link."""
    return read_regular(path, limit, (os.geteuid(), 0))


def write_private(path: Path, content: bytes) -> None:
    """Put a small file under its name at once, mode 0600. Raises OSError."""
    partial = path.with_name(f"{path.name}.partial")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(partial)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, content)
    finally:
        os.close(descriptor)
    os.rename(partial, path)


def encode(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=True).encode("ascii") + b"\n"
