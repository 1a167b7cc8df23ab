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

from heapdiff.errors import reason_of

CREDENTIALS: Final = struct.Struct("3i")  # pid, user, group


def prepare_directory(path: Path) -> str | None:
    """Create the directory if need be; None when it can be trusted, else the reason why it is refused."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        pass
    except (OSError, ValueError) as error:
        return f"{path} can't be created ({reason_of(error)})"
    return refuse_directory(path)


def foresee_refusal(path: Path) -> str | None:
    """What `prepare_directory` would say, without creating anything."""
    if os.path.lexists(path):
        return refuse_directory(path)
    above = next((parent for parent in path.parents if os.path.lexists(parent)), path)
    if above.is_dir() and os.access(above, os.W_OK | os.X_OK, effective_ids=True):
        return None
    return f"{path} can't be created ({above} is not a directory that you can write to)"


def refuse_directory(path: Path) -> str | None:
    """Why files must not go there, or None: a real directory of ours that nobody else can write to."""
    try:
        found = os.lstat(path)
    except (OSError, ValueError) as error:
        return f"{path} can't be used ({reason_of(error)})"
    if stat.S_ISLNK(found.st_mode):
        return f"{path} is a symbolic link; give the directory itself"
    if not stat.S_ISDIR(found.st_mode):
        return f"{path} is not a directory"
    if found.st_uid != os.geteuid():
        return f"{path} belongs to user {found.st_uid}, and this process is user {os.geteuid()}"
    if found.st_mode & 0o022:
        return f"{path} is writable by other users (mode {stat.S_IMODE(found.st_mode):04o}); chmod 700 it"
    if is_replaceable(path):
        return f"{path} can be replaced by other users: {path.parent} is writable by everyone; run chmod o-w on it"
    if not os.access(path, os.W_OK | os.X_OK, effective_ids=True):
        return f"{path} is not writable"
    return None


def is_replaceable(path: Path) -> bool:
    """Whether everybody may rename what stands in the directory above: it has no sticky bit, as `/tmp` has."""
    try:
        mode = os.stat(path / "..").st_mode
    except OSError:
        return False
    return bool(mode & stat.S_IWOTH) and not mode & stat.S_ISVTX


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
