"""Whether a directory can be trusted with snapshots: a real one of ours that nobody else can write to or replace.

And who is at the other end of a socket in it.
"""

import _socket
import contextlib
import os
import stat
import struct
from pathlib import Path
from typing import Final

from heapdiff.agent.directory.parents import find_weak_parent
from heapdiff.errors import reason_of

CREDENTIALS: Final = struct.Struct("3i")  # pid, user, group


def prepare_directory(path: Path) -> str | None:
    """Create the directory if need be; None when it can be trusted, else the reason why it is refused."""
    if weakness := find_weak_parent(path):  # nothing is made where others lead us
        return replaceable(path, weakness)
    try:
        for parent in reversed([above for above in path.parents if not os.path.lexists(above)]):
            make(parent, 0o755)  # whatever the umask: one that is writable by others isn't trusted
        make(path, 0o700)
    except (OSError, ValueError) as error:
        return f"{path} can't be created ({reason_of(error)})"
    return refuse_directory(path)


def make(path: Path, mode: int) -> None:
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode)


def foresee_refusal(path: Path) -> str | None:
    """What `prepare_directory` would say, without creating anything."""
    if os.path.lexists(path):
        return refuse_directory(path)
    if weakness := find_weak_parent(path):
        return replaceable(path, weakness)
    above = next((parent for parent in path.parents if os.path.lexists(parent)), path)
    if above.is_dir() and may_write(above):
        return None
    return f"{path} can't be created ({above} is not a directory that you can write to)"


def refuse_directory(path: Path) -> str | None:
    """Why files must not go there, or None: a real directory of ours that nobody else can write to or replace."""
    try:
        found = os.lstat(path)
    except (OSError, ValueError) as error:
        return f"{path} can't be used ({reason_of(error)})"
    if stat.S_ISLNK(found.st_mode):
        return f"{path} is a symbolic link; give the directory itself"
    if not stat.S_ISDIR(found.st_mode):
        return f"{path} is not a directory"
    if found.st_uid != os.geteuid():
        advice = "; name a new directory in it" if not found.st_uid and may_write(path) else ""
        return f"{path} belongs to user {found.st_uid}, and this process is user {os.geteuid()}{advice}"
    if found.st_mode & 0o022:
        return f"{path} is writable by other users (mode {stat.S_IMODE(found.st_mode):04o}); chmod 700 it"
    if weakness := find_weak_parent(path):
        return replaceable(path, weakness)
    if not may_write(path):
        return f"{path} is not writable"
    return None


def may_write(path: Path) -> bool:
    return os.access(path, os.W_OK | os.X_OK, effective_ids=True)


def replaceable(path: Path, weakness: str) -> str:
    return f"{path} can be replaced by other users: {weakness}"


def is_trusted(connection: _socket.socket) -> bool:
    """Whether the other side is this user, or root."""
    return peer_of(connection)[1] in (os.geteuid(), 0)


def peer_of(connection: _socket.socket) -> tuple[int, int, int]:
    """Process, user and group at the other side, as they are numbered here; 0 for a process that is not seen from here."""
    pid, user, group = CREDENTIALS.unpack(
        connection.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, CREDENTIALS.size)
    )
    return pid, user, group


def is_abandoned(directory: Path, name: str) -> bool:
    """Whether a socket stands there on which nobody on this machine listens any more."""
    try:
        folder = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        with contextlib.closing(_socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)) as client:
            client.setblocking(False)
            client.connect(f"/proc/self/fd/{folder}/{name}")
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    finally:
        os.close(folder)
    return False
