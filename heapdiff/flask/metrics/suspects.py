"""Which holders grew between this process's snapshots: compared in a process beside it, when there is a new snapshot.

Nobody waits: one call starts the comparison, a later one reads its answer. One process of a directory compares at a time.
"""

import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from heapdiff.agent.directory.access import refuse_directory
from heapdiff.agent.directory.names import find_snapshots
from heapdiff.agent.system.procfs import read_started_at
from heapdiff.agent.worker.arming import host_name
from heapdiff.errors import HeapdiffError, reason_of
from heapdiff.escaping import escape_terminal
from heapdiff.fields import parse_fields
from heapdiff.flask.metrics.comparing import Comparison, begin_comparison

logger = logging.getLogger("heapdiff")

LONGEST: Final = 200
OTHERS: Final = "(others)"
MOST_COMPARED: Final = 3  # the first, one between, the last: enough to tell a leak from a cache that fills


@dataclass(slots=True)
class Search:
    """What one process found so far. `seen`: how many snapshots there were when the last comparison began."""

    pid: int
    lock: threading.Lock = field(default_factory=threading.Lock)
    seen: int = 1
    running: Comparison | None = None
    found: Mapping[str, int] = field(default_factory=dict)
    said: str = ""


_searches: Final[dict[int, Search]] = {}  # of this process, and untouched, those that it inherited


def look_for_suspects(directory: Path, captures: int) -> Mapping[str, int]:
    """The bytes that grew behind each holder, by its path, as of the last comparison that worked. Never raises, never waits."""
    search = _searches.setdefault(os.getpid(), Search(os.getpid()))
    if search.lock.acquire(False):
        try:
            _go_on(search, directory, captures)
        except Exception as error:
            _say(search, error.message if isinstance(error, HeapdiffError) else reason_of(error))
        finally:
            search.lock.release()
    return search.found


def end_search() -> None:
    """At the end of a process: nobody will read the answer."""
    search = _searches.get(os.getpid())
    if search is not None and search.running is not None:
        search.running.end()
        search.running = None


def _go_on(search: Search, directory: Path, captures: int) -> None:
    if search.running is not None:
        running, search.running = search.running, None
        answer = running.poll()
        if answer is None:
            search.running = running
        else:
            search.found = read_suspects(answer)
    elif captures > search.seen and refuse_directory(directory) is None:
        paths = choose_snapshots(directory)
        if len(paths) < 2:
            search.seen = captures
        elif (begun := begin_comparison(directory, paths)) is not None:
            search.running, search.seen = begun, captures


def choose_snapshots(directory: Path) -> list[str]:
    """Of this process's snapshots with a graph: the first, the last, and one between. Not of an earlier process."""
    started, host = read_started_at().translate({ord("-"): None, ord(":"): None})[:15], host_name()
    own = [
        str(directory / f"{name}.json")
        for name in find_snapshots(directory, os.getpid())
        if name.host == host and name.time[:15] >= started and (directory / f"{name}.heap").is_file()
    ]
    if len(own) <= MOST_COMPARED:
        return own
    return [own[0], own[len(own) // 2], own[-1]]


def read_suspects(answer: bytes) -> dict[str, int]:
    """Holders and their bytes, from what `heapdiff compare --format json` says. Raises ValueError."""
    found: dict[str, int] = {}
    for suspect in parse_fields(answer).objects("suspects"):
        name = label_of(suspect.object("holder").text("path"))
        found[name] = found.get(name, 0) + suspect.integer("bytes_delta")
    return found


def label_of(path: str) -> str:
    text = escape_terminal(path)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def limit(suspects: Mapping[str, int], most: int, known: set[str] | None = None) -> dict[str, int]:
    """The largest of them under at most so many names, the others together under `(others)`.

    `known`: names that are taken for good, in a file from which nothing can be removed; it gets the new ones, and one place is
    kept for the others.
    """
    taken = set() if known is None else known
    room = most if known is None and len(suspects) <= most else most - 1
    shown: dict[str, int] = {}
    for name in sorted(suspects, key=lambda name: (-suspects[name], name)):
        fits = name in taken or len(taken - {OTHERS}) < room
        place = name if fits else OTHERS
        shown[place] = shown.get(place, 0) + suspects[name]
        taken.add(place)
    return shown


def _say(search: Search, why: str) -> None:
    """One line for each reason in a process."""
    if why != search.said:
        search.said = why
        logger.info("heapdiff: process %d: suspects aren't known: %s", search.pid, why)
