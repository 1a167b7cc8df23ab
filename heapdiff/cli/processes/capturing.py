"""Has processes take snapshots and says where each is, as far as that can be printed; what is drawn meanwhile."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from heapdiff.cli.streams import behind, beside, say
from heapdiff.errors import HeapdiffError
from heapdiff.remote.asking import Asked, begin
from heapdiff.remote.waiting import Progress, out_of_time, take_all

if TYPE_CHECKING:
    from rich.progress import TaskID

    from heapdiff.agent.engines.contract import Wish
    from heapdiff.remote.finding import Agent
    from heapdiff.remote.rights import Owner
    from heapdiff.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Written:
    """A snapshot whose files are complete: its path for a person, and as its owner opens it here, also after the process has
    ended, unless the disk that it's on went with it."""

    path: Path
    asked: Asked

    @property
    def reached(self) -> Path:
        return self.asked.reach(self.path.stem)

    @property
    def owner(self) -> Owner | None:
        return self.asked.owner


@dataclass(frozen=True, slots=True)
class Order:
    """What processes are asked for, where they write it, and which directories our user named himself (see `place_of`)."""

    wish: Wish
    directory: Path | None
    to: Path | None = None
    said: Collection[Path | None] = ()


def capture(
    wanted: Mapping[int, Agent | None], order: Order, last: float, wait: bool = True
) -> Iterator[tuple[int, Asked | Written | HeapdiffError]]:
    """Ask all side by side; that each was asked, then where its snapshot is or why there is none, as soon as it's known.

    Until `last` by the monotonic clock. Without `wait`, that it was asked is all.
    """
    from heapdiff.cli.processes.places import place_of

    questions = {}
    asked: dict[int, Asked] = {}
    for pid, agent in wanted.items():
        try:
            if time.monotonic() >= last:
                raise out_of_time(pid)
            questions[pid] = begin(pid, order.directory, order.wish, agent, order.to)
        except HeapdiffError as error:
            yield pid, error
    with _progress(len(questions) if wait else 0) as show:
        for pid, told in take_all(questions, last, wait=wait):
            show(pid, told)
            if isinstance(told, Asked):
                asked[pid] = told
                yield pid, told
            elif isinstance(told, HeapdiffError):
                yield pid, told
            elif told.name:
                place = place_of(asked[pid], told.name, order.said)
                yield pid, Written(place, asked[pid]) if isinstance(place, Path) else place


def tell_notes(path: Path, owner: Owner | None = None) -> None:
    """What the snapshot lacks, and why."""
    with suppress(HeapdiffError):
        for note in read_as(owner, path).summary.notes:
            say(f"heapdiff: {path.name}: {note}")


def read_as(owner: Owner | None, path: Path) -> Snapshot:
    """A snapshot, opened as its owner does: anything may stand there by now. Raises HeapdiffError."""
    from heapdiff.remote.rights import acting_as
    from heapdiff.snapshot import read_snapshot

    with acting_as(owner):
        return read_snapshot(path)


@contextmanager
def _progress(processes: int) -> Iterator[Callable[[int, Asked | Progress | HeapdiffError], None]]:
    """A line per process on standard error that says how many objects were walked; nothing without a terminal."""
    if not processes or not sys.stderr.isatty():
        yield lambda _pid, _told: None
        return
    from heapdiff.render.terminal.console import make_bars

    bars = make_bars(behind(sys.stderr), timed=True)
    with beside(bars):
        lines: dict[int, TaskID] = {}

        def show(pid: int, told: Asked | Progress | HeapdiffError) -> None:
            if isinstance(told, HeapdiffError) or getattr(told, "name", None) is not None:
                if pid in lines:
                    bars.remove_task(lines.pop(pid))
                return
            text = f"process {pid}: {getattr(told, 'objects_so_far', 0):,} objects"
            if pid in lines:
                bars.update(lines[pid], description=text)
            else:
                lines[pid] = bars.add_task(text, total=None)

        yield show
