"""Whose rights are used: root acts as the user of the process it asks, wherever this user may have prepared something.

`docs/decisions/0027-rights.md` says why in this way. Nothing is imported meanwhile, and one thread does it at a time.
"""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from heapdiff.agent.system.identity import Seen
from heapdiff.agent.system.procfs import PROC, owner_of, read_fields, read_process
from heapdiff.errors import ProcessError, reason_of

NOBODYS: Final = 0xFFFF_FFF0  # no process has this user, so none may signal us for being it
NO_GROUP: Final = 65534


@dataclass(frozen=True, slots=True)
class Owner:
    """A user, with the groups that count for him."""

    user: int
    group: int
    groups: tuple[int, ...] = ()


def require_rights(pid: int) -> None:
    """Raise ProcessError where the process is another user's and we are not root."""
    user = owner_of(pid)
    if user is not None and os.geteuid() not in (user, 0):
        raise ProcessError(
            f"process {pid}: belongs to user {user}, and you are user {os.geteuid()}",
            f"Run it as that user: sudo -u '#{user}' heapdiff snapshot {pid}",
        )


def owner_of_process(pid: int | str) -> Owner | None:
    """Who chose what a process works with: its real user, also of a setuid program. Where that is root, who gave up only the
    effective user, it's the effective one."""
    fields = read_fields(f"{PROC}/{pid}/status")
    try:
        users, group = (tuple(map(int, fields[name].split())) for name in ("Uid", "Gid"))
        kind = 0 if users[0] else 1
        return Owner(users[kind], group[kind], tuple(map(int, fields.get("Groups", "").split())))
    except (KeyError, ValueError, IndexError):
        return None


def owner_of_seen(seen: Seen) -> Owner | None:
    """The owner of the very process that was seen; None once its number may be another one's.

    What was read of that number since it was seen is this process's, too.
    """
    owner, now = owner_of_process(seen.state.pid), read_process(seen.state.pid)
    return owner if now is not None and now.started_ticks == seen.state.started_ticks else None


def owner_of_files(user: int) -> Owner:
    """A user of whom no process is known: with the groups that the system gives him at a login."""
    with suppress(KeyError):
        entry = pwd.getpwuid(user)
        return Owner(user, entry.pw_gid, tuple(os.getgrouplist(entry.pw_name, entry.pw_gid)))
    return Owner(user, NO_GROUP)


def other_than_us(owner: Owner | None) -> Owner | None:
    """Him, if we are root and he isn't: somebody as whom we would act."""
    return owner if owner is not None and owner.user and os.geteuid() == 0 else None


@contextmanager
def acting_as(whom: Owner | int | None) -> Iterator[None]:
    """As root, take the rights of a user meanwhile: files of his could be a trap for root. None: of ourselves.

    Raises ProcessError where that can't be done.
    """
    if os.geteuid() != 0 or not whom:
        yield
        return
    owner = owner_of_files(whom) if isinstance(whom, int) else whom
    if not owner.user:
        yield
        return
    ours = os.getresuid(), os.getresgid(), os.getgroups()
    try:
        _take(owner)
    except BaseException as error:
        _give_back(*ours)
        if not isinstance(error, OSError):  # interrupted between two steps
            raise
        raise ProcessError(
            f"the rights of user {owner.user} can't be taken here ({reason_of(error)})",
            f"Run it as that user: sudo -u '#{owner.user}' heapdiff",
        ) from error
    try:
        yield
    finally:
        _give_back(*ours)


def _take(owner: Owner) -> None:
    os.setgroups(owner.groups)
    os.setresgid(owner.group, owner.group, owner.group)
    try:
        os.setresuid(NOBODYS, owner.user, 0)
    except OSError:  # a container may know no such number
        os.setresuid(owner.user, owner.user, 0)


def _give_back(users: tuple[int, int, int], groups: tuple[int, int, int], more: list[int]) -> None:
    os.setresuid(*users)
    os.setresgid(*groups)
    os.setgroups(more)
