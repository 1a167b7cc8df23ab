"""A holder's path as a person copies it from `compare`, and as the agent takes it: step by step.

`native/watching/holder.h` says how steps are written. What a path doesn't tell, such as a key, the agent can't find either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from heapdiff.errors import UsageError

SEPARATOR: Final = "\x1f"
MAX_BYTES: Final = 2000
MAX_STEPS: Final = 60
MAX_SHOWN: Final = 200
BY_ADDRESS: Final = (
    "Give the holder's address instead: heapdiff compare --format json has it as holder.address (0x…)."
)
START: Final = re.compile(r"0x(?P<address>[0-9a-fA-F]{1,16})(?![0-9a-zA-Z_])|(?P<name>[^\W\d]\w*)")
STEP: Final = re.compile(
    r"\.(?P<name>[^\W\d]\w*)|\[(?P<number>-?\d{1,18})\]|\[(?P<constant>None|True|False)\]"
    r"|\['(?P<text>[^'\x00-\x1f…][^'\x00-\x1f]*)'\]|\.<(?P<cache>lru_cache)>"
    r"|\.<closure (?P<variable>[^\W\d]\w*)>|\.<default (?P<argument>[^\W\d]\w*)>"
)
KINDS: Final = {
    "address": "@",
    "name": ".",
    "number": "#",
    "constant": "!",
    "text": "'",
    "cache": "*",
    "variable": "(",
    "argument": "=",
}


@dataclass(frozen=True, slots=True)
class HolderPath:
    """`text` as it was given; `ends` is where each of its steps ends in it."""

    text: str
    steps: tuple[str, ...]
    ends: tuple[int, ...]

    @property
    def order(self) -> str:
        return SEPARATOR.join(self.steps)

    def until(self, step: int) -> str:
        """The part that the steps before this one read as."""
        return self.text[: self.ends[step - 1]] if 0 < step <= len(self.ends) else ""

    def at(self, step: int) -> str:
        """What this step alone reads as."""
        return self.text[len(self.until(step)) : self.ends[step]] if 0 <= step < len(self.ends) else ""


def read_path(text: str) -> HolderPath:
    """Raises UsageError for what isn't a path, or is one that doesn't tell the way."""
    found = list(_read(text))
    path = HolderPath(text, tuple(step for step, _ in found), tuple(end for _, end in found))
    if len(path.steps) > MAX_STEPS or len(path.order.encode("utf-8", "replace")) > MAX_BYTES:
        raise UsageError("watch: the holder's path is too long", BY_ADDRESS)
    return path


def _read(text: str) -> Iterator[tuple[str, int]]:
    at, pattern = 0, START
    while at < len(text) or pattern is START:
        match = pattern.match(text, at)
        if match is None or match.lastgroup is None:
            raise _refuse(text, at)
        yield KINDS[match.lastgroup] + match[match.lastgroup], match.end()
        at, pattern = match.end(), STEP


def _refuse(text: str, at: int) -> UsageError:
    shown = text[:MAX_SHOWN]
    rest = text[at:]
    if rest.startswith(("['…", "[…")):
        return UsageError(
            f"watch: {shown}: the key at […] is masked, so the path could mean several holders", BY_ADDRESS
        )
    if "<" in rest[:2] or rest.startswith(".…"):
        step = rest.partition(">")[0].lstrip(".")[:40]
        return UsageError(f"watch: {shown}: a running process can't be searched for {step}>", BY_ADDRESS)
    return UsageError(
        f"watch: {shown!a} is not a holder's path",
        "Copy it from heapdiff compare: shop.cache.SESSIONS, or an address such as 0x7f12a4c0.",
    )
