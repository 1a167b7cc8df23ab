"""The git commit of a directory, read from git's own files: https://git-scm.com/docs/gitrepository-layout.

Runs no git. What it believes of a repository is a commit's number, of files that belong to this user, to root or to whom the
directory belongs; all else is as if there were no repository. Reads a bounded part of regular files, and follows no link to one.
"""

import os
import re
import stat
from typing import Final, NamedTuple

from heapdiff.agent.system.procfs import read_regular

LEVELS_MOST: Final = 32
LINE_MOST: Final = 4096  # HEAD, a reference, and what tells of a worktree
PACKED_MOST: Final = 4 << 20
REFERENCES_MOST: Final = 5  # one may be another's name
COMMIT: Final = rb"[0-9a-f]{40}(?:[0-9a-f]{24})?"  # SHA-1, SHA-256
REFERENCE: Final = rb"ref:\s*(refs/[^\0-\x20\x7f~^:?*\[\\]{1,250})"
GITDIR: Final = rb"gitdir:\s*([^\0\n]+)"


class Repository(NamedTuple):
    """`directory` is this worktree's, `common` what all worktrees share. Files of other `owners` aren't read."""

    directory: str
    common: str
    owners: frozenset[int]

    def read(self, name: str, most: int = LINE_MOST) -> bytes:
        """A file; empty where there is none that may be read. HEAD is the worktree's own."""
        place = self.directory if name == "HEAD" else self.common
        return (read_regular(f"{place}/{name}", most, self.owners) or b"").rstrip(b"\r\n ")


def find_commit(directory: str) -> str:
    """The commit that is checked out where this directory is, in hexadecimal; empty where that can't be read. Never raises."""
    try:
        repository = find_repository(os.path.realpath(directory))
        return "" if repository is None else read_commit(repository)
    except (OSError, ValueError):
        return ""


def find_repository(directory: str) -> Repository | None:
    """The nearest one upwards, as git looks for it. Raises OSError, ValueError."""
    owners = frozenset({0, os.geteuid(), os.stat(directory).st_uid})
    for _ in range(LEVELS_MOST):
        try:
            found = os.lstat(f"{directory}/.git").st_mode
        except (FileNotFoundError, NotADirectoryError):
            above = os.path.dirname(directory)
            if above == directory:
                return None
            directory = above
            continue
        if stat.S_ISDIR(found):
            return open_repository(f"{directory}/.git", owners)
        told = re.fullmatch(
            GITDIR, (read_regular(f"{directory}/.git", LINE_MOST, owners) or b"").rstrip(b"\r\n")
        )
        return told and open_repository(os.path.join(directory, os.fsdecode(told[1])), owners)
    return None


def open_repository(directory: str, owners: frozenset[int]) -> Repository:
    shared = (read_regular(f"{directory}/commondir", LINE_MOST, owners) or b"").rstrip(b"\r\n")
    return Repository(
        directory, os.path.join(directory, os.fsdecode(shared)) if shared else directory, owners
    )


def read_commit(repository: Repository) -> str:
    """What HEAD is, or the branch that it names: a file of its own, or a line of `packed-refs`."""
    name = "HEAD"
    for _ in range(REFERENCES_MOST):
        content = repository.read(name)
        if re.fullmatch(COMMIT, content):
            return content.decode("ascii")
        named = re.fullmatch(REFERENCE, content)
        if named is None or b".." in named[1]:
            return read_packed(repository, name) if not content else ""
        name = os.fsdecode(named[1])
    return ""


def read_packed(repository: Repository, name: str) -> str:
    packed = repository.read("packed-refs", PACKED_MOST)
    end = b" " + os.fsencode(name)
    at = packed.find(end + b"\n")
    at = at if at >= 0 or not packed.endswith(end) else len(packed) - len(end)
    found = packed[packed.rfind(b"\n", 0, max(at, 0)) + 1 : max(at, 0)]
    return found.decode("ascii") if re.fullmatch(COMMIT, found) else ""
