"""A lake in a directory. Everything is synced before anything names it; an entry's number is taken by a link, which one gets."""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from heapdiff.errors import LakeError
from heapdiff.fleet.lake.log import name_entry
from heapdiff.fleet.lake.schemas import OWN
from heapdiff.fleet.lake.stores import Store

NO_LINKS: Final = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


@dataclass(frozen=True)
class LocalStore(Store):
    """Errors of the system stay OSError, with the file's name: what is full is said by who says it elsewhere."""

    def write(self, name: str, content: bytes) -> None:
        path = self.path(name)
        _make_folders(os.path.dirname(path), self.base)
        try:
            _write_new(path, content)
        except OSError as error:
            with suppress(OSError):
                os.unlink(path)
            raise _named(error, path, len(content)) from error
        _sync_folder(os.path.dirname(path))

    def place(self, name: str, content: bytes) -> bool:
        """By a hard link to a whole file: it fails where the name is taken, on network file systems too."""
        written = f"{OWN}/written/{secrets.token_hex(8)}"
        self.write(written, content)
        path = self.path(name)
        _make_folders(os.path.dirname(path), self.base)
        try:
            os.link(self.path(written), path)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno in NO_LINKS:
                raise LakeError(
                    f"{self.base}: its file system has no hard links", "Put the lake on one that has."
                ) from error
            raise _named(error, path, len(content)) from error
        finally:
            os.unlink(self.path(written))
        _sync_folder(os.path.dirname(path))
        return True

    def publish(self, number: int, parent: str, content: bytes) -> str | None:  # noqa: ARG002
        return "" if self.place(name_entry(number), content) else None


def _named(error: OSError, path: str, size: int) -> OSError:
    need = f" (needs {size:,} bytes)" if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else ""
    return OSError(error.errno, f"{error.strerror}{need}", path)


def _write_new(path: str, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    with open(descriptor, "wb", buffering=0) as file:
        view = memoryview(content)
        while view:
            view = view[file.write(view) :]
        os.fsync(descriptor)


def _make_folders(path: str, base: str) -> None:
    """Each new one is synced into the one above it."""
    if os.path.isdir(path):
        return
    above = os.path.dirname(path)
    if path != base:
        _make_folders(above, base)
        with suppress(FileExistsError):
            os.mkdir(path)
    else:
        os.makedirs(path, exist_ok=True)
    _sync_folder(above)


def _sync_folder(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems sync no folders
            raise
    finally:
        os.close(descriptor)
