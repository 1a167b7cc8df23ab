"""Whether others could put another directory in a path's place: they can where they may rename what stands above it.

Twin of `native/directory/parents.c`. What only a file system of its own kind grants (an NFSv4 access list, a server's own
rules) can't be seen.
"""

import os
import re
import stat
from pathlib import Path
from typing import Final

from heapdiff.errors import reason_of

ACCESS_LIST: Final = "system.posix_acl_access"
LINKS_MOST: Final = 40
JUMP: Final = r"/proc/\d+/(?:cwd|root|fd/\d+)"  # what these say of where they lead isn't a path from here


def find_weak_parent(path: Path) -> str | None:
    """The first on the way to a path that lets others replace what stands in it, with what to do; None: there is none.

    Directories and links are looked at from the root on: what holds so far can't change under the next look. The last part,
    and whatever is missing, is the caller's.
    """
    here, links, ahead = "", 0, list(reversed(Path(os.path.abspath(path)).parts[1:-1]))
    try:
        found = os.lstat("/")
        keepers = {0, os.geteuid(), found.st_uid}
        while (weakness := weakness_of(here or "/", found, keepers)) is None and ahead:
            before, here = here, f"{here}/{ahead.pop()}"
            if here.endswith(("/..", "/.")):
                here = os.path.dirname(before) if here.endswith("..") else before
                continue
            found = os.lstat(here)
            if not stat.S_ISLNK(found.st_mode):
                continue
            if re.fullmatch(JUMP, here):
                found = os.stat(here)
                keepers.add(found.st_uid)  # of a container's root directory
                continue
            if weakness := weakness_of(here, found, keepers):
                return weakness
            links += 1
            if links > LINKS_MOST:
                return f"{here} is one of too many symbolic links"
            target = os.readlink(here)
            ahead += reversed([part for part in target.split("/") if part])
            here = "" if target.startswith("/") else before
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        return f"{here} can't be looked at ({reason_of(error)})"
    return weakness


def weakness_of(path: str, found: os.stat_result, keepers: set[int]) -> str | None:
    """Whether others than those who keep it may rename what stands in it.

    The owner of "/" is one of those: below, all is his. In a user namespace root may be seen as nobody.
    """
    if found.st_uid not in keepers:
        return f"{path} belongs to user {found.st_uid}"
    if not stat.S_ISDIR(found.st_mode) or found.st_mode & stat.S_ISVTX:
        return None  # in a sticky one the owners replace what follows, and those are looked at next
    if found.st_mode & stat.S_IWOTH:
        return f"{path} is writable by everyone; run chmod +t on it"
    if found.st_mode & stat.S_IWGRP and not is_private_group(path, found.st_gid):
        return f"{path} is writable by group {found.st_gid}; run chmod +t on it"
    return None


def is_private_group(path: str, group: int) -> bool:
    """Root's, or the one that by custom is the user's alone.

    What an access list adds is held below the group's bits, so it is only looked for where those are set.
    """
    return (group == 0 or group == os.geteuid() == os.getegid()) and not has_access_list(path)


def has_access_list(path: str) -> bool:
    """With musl CPython can't look, but our C can. Where nothing can, it may have one."""
    if not hasattr(os, "listxattr"):
        try:
            from heapdiff.agent import _native
        except ImportError:
            return True
        return _native.has_access_list(path)
    try:
        return ACCESS_LIST in os.listxattr(path)
    except OSError:
        return False  # a file system without access lists
