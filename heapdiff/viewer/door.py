"""Takes connections of the own user alone: whoever else is on this machine can't even ask, whatever address or cookie he got."""

from __future__ import annotations

import errno
import logging
import os
import re
import socket
import sys
from pathlib import Path
from typing import Any, Final

logger = logging.getLogger("heapdiff")

HOST: Final = "127.0.0.1"
TABLES: Final = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
MAPPED: Final = bytes(10) + b"\xff\xff"  # an address of IPv4 as one of IPv6
ESTABLISHED: Final = "01"  # of a socket that was closed since, the table says that it's root's
LOOKS: Final = 3  # a table may move while it's read
NUMBER: Final = re.compile(r"[0-9]{1,10}", re.ASCII)
ROOT: Final = 0


class Door(socket.socket):
    """Listens at a port of this machine. `users` may connect; None: all of them."""

    def __init__(self, users: frozenset[int] | None) -> None:
        super().__init__(socket.AF_INET, socket.SOCK_STREAM)
        self.users: Final = users
        self._turned_away: set[int | None] = set()

    def accept(self) -> tuple[socket.socket, Any]:
        """Raises OSError also for a connection that isn't let in: for the caller it's as if the client had ended it."""
        connection, there = super().accept()
        if self.users is None or not TABLES[0].exists():
            return connection, there
        here = connection.getsockname()
        for _ in range(LOOKS):
            user = find_user(there, here)
            if user in self.users:
                return connection, there
        connection.close()
        self._tell(user)
        raise ConnectionAbortedError(errno.ECONNABORTED, "somebody else's")

    def _tell(self, user: int | None) -> None:
        if user not in self._turned_away and user is not None:
            logger.warning("heapdiff: user %d tried to connect and was turned away", user)
        self._turned_away.add(user)


def welcome_users() -> frozenset[int] | None:
    """This user, root, and who called sudo. All where root wasn't called by anybody: as root, nobody runs a browser."""
    own, caller = os.geteuid(), os.environ.get("SUDO_UID", "")
    if NUMBER.fullmatch(caller):
        return frozenset((own, ROOT, int(caller)))
    return frozenset((own, ROOT)) if own != ROOT else None


def find_user(one: tuple[str, int], other: tuple[str, int]) -> int | None:
    """Whose socket the first end of a connection within this machine is; None where nobody has it any more."""
    wanted = {(_write(one, prefix), _write(other, prefix)) for prefix in (b"", MAPPED)}
    for table in TABLES:
        if not table.exists():
            continue
        for line in table.read_text("ascii").splitlines()[1:]:
            fields = line.split()
            if (fields[1], fields[2]) in wanted and fields[3] == ESTABLISHED:
                return int(fields[7])
    return None


def _write(end: tuple[str, int], prefix: bytes) -> str:
    """As the kernel writes it: each four bytes of the address as one number of this machine, then the port."""
    address = prefix + socket.inet_aton(end[0])
    words = (int.from_bytes(address[at : at + 4], sys.byteorder) for at in range(0, len(address), 4))
    return f"{''.join(f'{word:08X}' for word in words)}:{end[1]:04X}"
