"""Which snapshots of an app's directory to look at when nobody named any. Opens summaries, never a graph."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heapdiff.errors import SnapshotError
from heapdiff.model import ProcessInfo
from heapdiff.remote.finding import find_agents

MOST_ENDED: Final = 8  # workers that a server restarts after so many requests leave many


@dataclass(frozen=True, slots=True)
class Series:
    """One process's snapshots, oldest first; `taken` says when each was. `runs`: it does, and still has its agent."""

    pid: int
    paths: tuple[Path, ...]
    taken: tuple[str, ...]
    runs: bool

    @property
    def last(self) -> str:
        return self.taken[-1]

    def spread(self) -> tuple[Path, ...]:
        """The first, the middle one and the last: two tell growth, a third tells it from a cache that still fills."""
        chosen = dict.fromkeys((0, len(self.paths) // 2, len(self.paths) - 1))
        return tuple(self.paths[each] for each in chosen)


@dataclass(frozen=True, slots=True)
class Choice:
    """The processes to look at, whether they run, and which of those that run have too few snapshots for it."""

    series: tuple[Series, ...]
    run: bool
    lacking: tuple[int, ...] = ()


def choose(found: Sequence[Series], least: int = 2) -> Choice:
    """Those that run and have at least so many snapshots; where none does, those that ended last."""
    running = [each for each in found if each.runs]
    enough = tuple(each for each in running if len(each.paths) >= least)
    lacking = tuple(each.pid for each in running if len(each.paths) < least)
    if enough:
        return Choice(enough, True, lacking)
    ended = [each for each in found if not each.runs and len(each.paths) >= least]
    latest = sorted(ended, key=lambda each: each.last)[-MOST_ENDED:]
    return Choice(tuple(latest), False, lacking)


def find_series(directory: Path) -> list[Series]:
    """Every process's snapshots in a directory, by pid; what can't be read is left out. None where there is none."""
    from heapdiff.cli.loading import expand, open_snapshot

    paths: tuple[Path, ...] = ()
    if directory.is_dir():
        with suppress(SnapshotError):
            paths = expand([directory])
    alive = {agent.record.known_as for agent in find_agents(directory).found} if paths else set()
    names = set(map(str, alive))
    grouped: defaultdict[tuple[int, str, str, str], list[tuple[str, str, Path, bool]]] = defaultdict(list)
    for path in paths:
        with suppress(SnapshotError):
            summary = open_snapshot(path).summary
            process = summary.process
            runs = bool(process.identity) and process.identity in names
            grouped[_key(process)].append((summary.captured_at, summary.id, path, runs))
    return [_series(key[0], sorted(rows)) for key, rows in sorted(grouped.items())]


def _key(process: ProcessInfo) -> tuple[int, str, str, str]:
    return process.pid, process.host, process.started_at, process.identity


def _series(pid: int, rows: Sequence[tuple[str, str, Path, bool]]) -> Series:
    unique = {(taken, name): (path, runs) for taken, name, path, runs in rows}
    return Series(
        pid,
        tuple(path for path, _ in unique.values()),
        tuple(taken for taken, _ in unique),
        any(runs for _, runs in unique.values()),
    )
