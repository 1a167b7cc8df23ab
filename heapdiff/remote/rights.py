"""Whose rights are used: root acts as the user of the process it asks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from heapdiff.agent.system.procfs import owner_of
from heapdiff.errors import ProcessError


def require_rights(pid: int) -> None:
    """Raise ProcessError where the process is another user's and we are not root."""
    user = owner_of(pid)
    if user is not None and os.geteuid() not in (user, 0):
        raise ProcessError(
            f"process {pid}: belongs to user {user}, and you are user {os.geteuid()}",
            _as_that_user(pid, user),
        )


@contextmanager
def acting_as_owner_of(pid: int) -> Iterator[None]:
    """As root, take the rights of the process's user meanwhile: files of his could be a trap for root."""
    user, group = owner_of(pid), owner_of(pid, "Gid")
    if os.geteuid() != 0 or not user or group is None:
        yield
        return
    ours = os.getegid()
    try:
        os.setegid(group)
        os.seteuid(user)
    except OSError as error:
        os.setegid(ours)
        raise ProcessError(
            f"process {pid}: belongs to user {user}, whose rights root cannot take here ({error.strerror})",
            _as_that_user(pid, user),
        ) from error
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(ours)


@contextmanager
def acting_as(user: int) -> Iterator[None]:
    """As root, take the rights of a user meanwhile, for files that are his."""
    if os.geteuid() != 0 or not user:
        yield
        return
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)


def _as_that_user(pid: int, user: int) -> str:
    return f"Run it as that user: sudo -u '#{user}' heapdiff snapshot {pid}"
