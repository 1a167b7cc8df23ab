"""The entries of a lake in their order, and whole states in between so that few are read.

`_lake/log/0000000012.json` is an entry, `0000000012.full.json` the state after it. On object storage, where a name can't be taken
by one alone, an entry has its own token and its predecessor's: `0000000012-TOKEN-PARENT.json`. Of two with the same predecessor
that counts which has more successors, else the older one, else the first by name.
"""

from __future__ import annotations

import errno
import os
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from heapdiff.errors import LakeError
from heapdiff.fleet.lake.manifest import State, read_change, read_whole, write_state
from heapdiff.fleet.lake.schemas import OWN

if TYPE_CHECKING:
    from heapdiff.fleet.lake.stores import Found, Store

LOG: Final = f"{OWN}/log"
NAME: Final = re.compile(r"(\d{10})(?:-([0-9a-f]{16})(?:-([0-9a-f]{16})?)?)?(\.full)?\.json", re.ASCII)
EVERY: Final = 16  # entries between two whole states
ATTEMPTS: Final = 8  # to read what is cleaned away meanwhile


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry or whole state, by its name."""

    number: int
    token: str
    parent: str
    full: bool
    found: Found


def name_entry(number: int, token: str = "", parent: str = "") -> str:
    return f"{LOG}/{number:010}{f'-{token}-{parent}' if token else ''}.json"


def name_whole(number: int, token: str) -> str:
    return f"{LOG}/{number:010}{f'-{token}' if token else ''}.full.json"


def list_log(store: Store) -> list[Logged]:
    return [
        Logged(int(match[1]), match[2] or "", match[3] or "", bool(match[4]), found)
        for found in store.find(LOG)
        if (match := NAME.fullmatch(found.name.rpartition("/")[2]))
    ]


def choose_chain(logged: Sequence[Logged], number: int, token: str) -> list[Logged]:
    """The entries that count after one, in order."""
    children: defaultdict[tuple[int, str], list[Logged]] = defaultdict(list)
    for each in logged:
        if not each.full and each.number > number:
            children[each.number - 1, each.parent].append(each)
    lengths: dict[tuple[int, str], int] = {}
    for each in sorted(logged, key=lambda each: -each.number):
        at = each.number, each.token
        lengths[at] = 1 + max(
            (lengths[below.number, below.token] for below in children.get(at, ())), default=0
        )
    chain = []
    while ahead := children.get((number, token)):
        best = min(
            ahead,
            key=lambda each: (-lengths[each.number, each.token], each.found.modified_s, each.found.name),
        )
        chain.append(best)
        number, token = best.number, best.token
    return chain


def read_state(store: Store) -> State | None:
    """The lake as it is now; None where there is none. Raises LakeError."""
    for _ in range(ATTEMPTS):
        try:
            return _read(store, list_log(store))
        except (
            FileNotFoundError
        ) as error:  # a newer whole state replaced it, or the listing was made while entries came
            missing = error
    raise LakeError(
        f"{store.path(str(missing.filename or LOG))}: is missing from the lake's log",
        "Restore it, or delete the lake and ingest again.",
    ) from missing


def _read(store: Store, logged: Sequence[Logged]) -> State | None:
    if not logged:
        return None
    whole = max((each for each in logged if each.full), key=lambda each: each.number, default=None)
    state = State()
    if whole is not None:
        name = whole.found.name
        state = read_whole(store.read(name), store.path(name), whole.number, whole.token)
    chain = choose_chain(logged, state.number, state.token)
    for entry in chain:
        change = read_change(store.read(entry.found.name), store.path(entry.found.name))
        state = state.after(change, entry.token, entry.found.modified_s)
    last = max(each.number for each in logged)
    if last > state.number and not any(each.number == state.number + 1 for each in logged):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name_entry(state.number + 1))
    return state


def write_whole(store: Store, state: State) -> None:
    """Of an entry that others follow, so that it can't be another one's any more."""
    store.place(name_whole(state.number, state.token), write_state(state))
