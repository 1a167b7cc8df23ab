"""Small files of one user: written at once under their name, mode 0600; read only where nobody else could have put them."""

import contextlib
import json
import os
import stat
from pathlib import Path
from typing import Any, Final

MAX_RECORD_BYTES: Final = 65536


def read_object(path: Path) -> dict[str, Any]:
    content = read_private(path, MAX_RECORD_BYTES)
    try:
        parsed = json.loads(content) if content else {}
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def read_private(path: Path, limit: int) -> bytes | None:
    """The content of a regular file of this user or root, up to `limit` bytes; follows no symbolic link."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_uid not in (os.geteuid(), 0) or found.st_size > limit:
            return None
        return os.read(descriptor, limit)
    except OSError:
        return None
    finally:
        os.close(descriptor)


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
