"""Grades what a peer printed, generously: the right name anywhere in a line counts. No I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.leakbench.case import Case
from tests.leakbench.peers import LINES

__all__ = ["PeerAnswer", "grade_peer"]

NO_NAMES: Final = frozenset({"None", "True", "False", "closure", "default", "local", "lru_cache", "thread"})


@dataclass(frozen=True, slots=True)
class PeerAnswer:
    """A peer's first lines; in which of them, from 1, the leaked type and the holder are named."""

    peer: str
    lines: tuple[str, ...]
    type_line: int | None
    holder_line: int | None


def grade_peer(case: Case, peer: str, lines: Sequence[str]) -> PeerAnswer:
    """Where it names the type by its last name, and a holder by the last name in its path.

    A type counts only in the first lines; those that follow in some say what keeps one of the types alive.
    """
    types = [case.leaked.rpartition(".")[2]] if case.leaked else []
    holders = [name for holder in case.holders if (name := last_name(holder))]
    return PeerAnswer(peer, tuple(lines), first_line(lines[:LINES], types), first_line(lines, holders))


def first_line(lines: Sequence[str], names: Sequence[str]) -> int | None:
    """The first line with one of the names as a word, from 1."""
    words = [re.compile(rf"(?<!\w){re.escape(name)}(?!\w)") for name in names]
    return next(
        (number for number, line in enumerate(lines, 1) if any(word.search(line) for word in words)), None
    )


def last_name(holder: str) -> str | None:
    """The last name of code in a regular expression for a holder path."""
    path = re.sub(r"\\(.)", r"\1", re.sub(r"\\[wdsS]", "", holder))
    names = [name for name in re.findall(r"[A-Za-z_]\w+", path) if name not in NO_NAMES]
    return names[-1] if names else None
