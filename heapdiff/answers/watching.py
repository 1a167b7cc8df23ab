"""The answer to `watch`: who put entries into one dict while somebody looked."""

from dataclasses import dataclass

from heapdiff.answers.comparison import Entry
from heapdiff.format import ModuleOwner


@dataclass(frozen=True, slots=True)
class InsertingFrame:
    """Code that was running when an entry was put in. `file` is empty if it may be data, `line` 0 if it isn't known."""

    file: str
    line: int
    function: str
    owner: ModuleOwner | None


@dataclass(frozen=True, slots=True)
class InsertingStack:
    """So many entries were put in by one stack, whose innermost frame comes first.

    `wraps` has places of frames that are a decorator's function, and what each stands for, such as a view, called or not.
    """

    count: int
    frames: tuple[InsertingFrame, ...]
    wraps: tuple[tuple[int, InsertingFrame], ...] = ()


@dataclass(frozen=True, slots=True)
class InsertionSite:
    """Code that put `count` entries in, and what the application was entered by then."""

    file: str
    line: int
    function: str
    entry: Entry | None
    count: int


@dataclass(frozen=True, slots=True)
class Watched:
    """What one watch saw: `inserted` entries came in, `removed` ones went; the sites with the most insertions come first.

    `unplaced` of the inserted belong to no site, for there were too many. `entries` is what the dict had in the end.
    `ended`: `time`, `count`, `gone` (the dict was deleted), `asked`; None while it goes on.
    """

    holder: str
    inserted: int
    removed: int
    sites: tuple[InsertionSite, ...]
    pid: int
    type: str
    entries: int
    unplaced: int = 0
    ended: str | None = None
