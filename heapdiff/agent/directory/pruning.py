"""Removes the oldest snapshots, so that the directory stays within its count and its bytes.

Twin of `native/directory/pruning.c`. Never removes the last snapshot of a process whose record stands, any snapshot of one
elsewhere (another container) whose record stands, what another user owns, or a file that is no snapshot.
"""

import contextlib
import os
import re
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heapdiff.agent.directory.names import (
    PARTIAL,
    RECORD,
    SnapshotName,
    find_snapshots,
    list_entries,
    parse_name,
    sanitize_host,
)
from heapdiff.agent.system.identity import Identity, parse_identity
from heapdiff.agent.system.procfs import open_regular

SUMMARY_START: Final = b'{"schema":"snapshot/'
IDENTITY: Final = re.compile(rb'"identity": "([0-9a-f-]{1,60})"')
MAX_LOOKED_AT: Final = 1000  # the newest of one process; by default it keeps 20
HEAD_BYTES: Final = 8192  # the label, which comes before the identity, may be a kilobyte of escapes
STALE_S: Final = 7200  # no capture has more than an hour


@dataclass(frozen=True, slots=True)
class PruningRules:
    """`keep` snapshots of this process; `max_bytes` of all this user's of this host, 0: no limit."""

    host: str
    identity: str
    keep: int
    max_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Stored:
    """A snapshot in the directory: of whom, and the bytes of both files."""

    name: SnapshotName
    identity: Identity
    bytes: int


def prune_snapshots(directory: Path, rules: PruningRules) -> None:
    remove_stale(directory, rules.host)
    host, own = sanitize_host(rules.host), parse_identity(rules.identity) or Identity(os.getpid())
    stored = [
        found
        for name in find_snapshots(directory)
        if name.host == host and (found := look_at(directory, name)) is not None
    ]
    surplus = [each for each in stored if each.identity == own][: -rules.keep]
    for each in surplus:
        remove(directory, each.name)
    if rules.max_bytes:
        keep_bytes(directory, [each for each in stored if each not in surplus], own, rules.max_bytes)


def keep_bytes(directory: Path, stored: list[Stored], own: Identity, limit: int) -> None:
    """Oldest first; the newest of all stays in any case."""
    running = {own, *(each.identity for each in stored if has_record(directory, each.identity))}
    ours = [each for each in stored if each.identity.place == own.place or each.identity not in running]
    total = sum(each.bytes for each in ours)
    last = {each.identity: each for each in ours}
    for each in ours[:-1]:
        if total <= limit:
            return
        if last[each.identity] != each or each.identity not in running:
            remove(directory, each.name)
            total -= each.bytes


def has_record(directory: Path, identity: Identity) -> bool:
    """Whether its process still runs, as far as anybody knows: who finds that it does not takes the record away."""
    return os.path.lexists(directory / RECORD.format(identity))


def look_at(directory: Path, name: SnapshotName) -> Stored | None:
    """None when the summary is not ours to remove."""
    size, head = own_bytes(directory / f"{name}.json"), read_head(directory / f"{name}.json")
    if size is None or not b"".join(head[:64].split()).startswith(SUMMARY_START):
        return None
    return Stored(name, identity_in(head, name.pid), size + (own_bytes(directory / f"{name}.heap") or 0))


def identity_in(head: bytes, pid: int) -> Identity:
    """Who wrote a summary that begins so; only the number where an earlier version did.

    Nothing that a label or an argument says is taken for it: in them a quotation mark has a backslash before it.
    """
    match = IDENTITY.search(head)
    return (parse_identity(match[1].decode()) if match else None) or Identity(pid)


def own_bytes(path: Path) -> int | None:
    with contextlib.suppress(OSError):
        found = os.lstat(path)
        if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
            return found.st_size
    return None


def read_head(path: Path) -> bytes:
    descriptor = open_regular(path)
    if descriptor is None:
        return b""
    try:
        return os.read(descriptor, HEAD_BYTES)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def snapshots_of(
    directory: Path, identity: Identity, known: frozenset[str] = frozenset()
) -> list[SnapshotName]:
    """The complete snapshots of one process, oldest first, but for the `known`. Opens the newest of its number only."""
    names = [name for name in find_snapshots(directory, identity.pid) if str(name) not in known]
    return [
        name
        for name in names[-MAX_LOOKED_AT:]
        if identity_in(read_head(directory / f"{name}.json"), name.pid) == identity
    ]


def remove(directory: Path, name: SnapshotName) -> None:
    """The summary first: a graph alone is never taken for a complete snapshot."""
    for suffix in (".json", ".heap"):
        if own_bytes(directory / f"{name}{suffix}") is not None:
            with contextlib.suppress(OSError):
                os.unlink(directory / f"{name}{suffix}")


def remove_stale(directory: Path, host: str) -> None:
    """Half a snapshot whose process ended before it could clean up, whosoever it was."""
    with contextlib.suppress(OSError):
        for entry in list_entries(directory):
            match = re.fullmatch(PARTIAL, entry)
            name = parse_name(match[1]) if match else None
            if name is None or name.host != sanitize_host(host) or own_bytes(directory / entry) is None:
                continue
            if os.lstat(directory / entry).st_mtime + STALE_S < time.time():
                os.unlink(directory / entry)
