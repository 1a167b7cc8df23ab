"""What a request asks for, checked: which snapshot, which part of which list, in which order and format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from heapdiff.analysis.browsing.listing import PAGE, Window
from heapdiff.analysis.browsing.prepared import Prepared
from heapdiff.errors import UsageError
from heapdiff.viewer.questions import Questions
from heapdiff.viewer.shelf import Shelf, Spot, State

ADDRESS: Final = re.compile(r"0x[0-9a-f]{1,16}", re.ASCII)
NUMBER: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
SIZE: Final = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?) ?([kMGT]?)B?", re.ASCII)
UNITS: Final = {"": 0, "k": 1, "M": 2, "G": 3, "T": 4}
FORMATS: Final = ("html", "json", "csv")
MOST_ROWS: Final = 10_000


class NotReadyError(Exception):
    """The snapshot is still being read."""

    def __init__(self, spot: Spot) -> None:
        super().__init__(spot.name)
        self.spot = spot


class NotFoundError(UsageError):
    """There is no such page, snapshot or object."""


@dataclass(frozen=True)
class Asked:
    """The query of a request. Everything is looked up when it's asked for, so that a page ignores what it doesn't know."""

    arguments: Mapping[str, str]
    shelf: Shelf
    questions: Questions

    def text(self, name: str, default: str = "") -> str:
        return self.arguments.get(name, default)

    def number(self, name: str, default: int = 0) -> int:
        given = self.text(name)
        return int(given) if NUMBER.fullmatch(given) else default

    @property
    def format(self) -> str:
        given = self.text("format", "html")
        if given not in FORMATS:
            raise UsageError(f"{given}: no format", f"Choose one of {', '.join(FORMATS)}.")
        return given

    @property
    def window(self) -> Window:
        """A page holds PAGE rows; JSON and CSV as many as `rows` says."""
        rows = self.number("rows", PAGE)
        return Window(self.number("start"), max(1, min(rows, MOST_ROWS if self.format != "html" else PAGE)))

    def spot(self, number: int) -> Spot:
        spot = self.shelf.find(number)
        if spot is None:
            raise NotFoundError(f"there is no snapshot {number}", f"There are {len(self.shelf.spots)}.")
        return spot

    def prepared(self, number: int) -> Prepared:
        """Raises NotReadyError until the snapshot is read."""
        spot = self.spot(number)
        if spot.state is State.FAILED:
            raise UsageError(spot.problem)
        if spot.prepared is None:
            raise NotReadyError(spot)
        return spot.prepared

    def chosen(self, name: str) -> int:
        """The number of a snapshot that a field names."""
        number = self.number(name)
        return self.spot(number).number

    def node(self, prepared: Prepared, given: str) -> int:
        if not ADDRESS.fullmatch(given):
            raise NotFoundError("that isn't an address", "An address looks like 0x7f87c6e12a40.")
        return prepared.node_at(int(given, 16))


def parse_size(given: str) -> int:
    """Bytes: `4096`, `10kB`, `1.5 MB`. Raises UsageError."""
    match = SIZE.fullmatch(given.strip())
    if match is None:
        raise UsageError("that isn't a size", "Write 4096, 10kB or 1.5MB.")
    return round(float(match[1]) * 1000.0 ** UNITS[match[2]])
