"""How much may stay behind: `0 objects`, `10kB`. Knows nothing of snapshots."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from heapdiff.agent.settings.amounts import parse_bytes
from heapdiff.errors import UsageError

OBJECTS: Final = re.compile(r"([0-9][0-9,_]*)\s*objects?")
KILO: Final = 1000


@dataclass(frozen=True, slots=True)
class Allowance:
    """What all measured calls together may leave behind; the one that isn't meant is None."""

    objects: int | None
    bytes: int | None
    text: str

    def covers(self, objects: int, size: int) -> bool:
        if self.objects is not None:
            return objects <= self.objects
        return self.bytes is not None and size <= self.bytes


def parse_allowance(text: object) -> Allowance:
    """Raises UsageError."""
    if isinstance(text, str):
        said = " ".join(text.split())
        if found := OBJECTS.fullmatch(said):
            return Allowance(int(re.sub("[,_]", "", found[1])), None, said)
        try:
            return Allowance(None, parse_bytes(said, KILO), said)
        except ValueError:
            pass
    raise UsageError(
        f"max_growth={text!r} is neither a number of objects nor a size",
        'Give a number of objects, such as "0 objects", or a size, such as "10kB".',
    )
