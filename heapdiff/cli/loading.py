"""Opens what the user named. What is wrong inside a file, the snapshot layer says."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from heapdiff.cli.streams import say
from heapdiff.errors import SnapshotError, UsageError

if TYPE_CHECKING:
    from heapdiff.graph.heap import HeapGraph
    from heapdiff.remote.rights import Owner
    from heapdiff.snapshot import Snapshot
    from heapdiff.snapshot.sections import Progress


THREADS: Final = "OPENBLAS_NUM_THREADS"
TOLD: Final = 5


def open_snapshot(path: Path, before: Snapshot | None = None) -> Snapshot:
    """The snapshot at a path; of a directory its latest, or its first of the same process as `before`."""
    from heapdiff.snapshot import read_snapshot

    if os.path.isdir(path):
        return _choose(path, before)
    require_file(path)
    return read_snapshot(path)


def _choose(directory: Path, before: Snapshot | None) -> Snapshot:
    """One snapshot of a directory, and a line that says which."""
    by_id = {each.summary.id: each for each in _open_those_in(directory)}
    found = list(by_id.values())
    processes = {_process_of(each) for each in found}
    if before is not None:
        found = [each for each in found if _process_of(each) == _process_of(before)]
    if not found:
        raise SnapshotError(f"{directory}: holds no snapshot of the same process", "Name one yourself.")
    ordered = sorted(found, key=lambda each: (each.summary.captured_at, each.path))
    chosen, which = (ordered[-1], "latest") if before is None else (ordered[0], "first")
    whose = f" of {len(processes):,} processes" if len(processes) > 1 else ""
    said = f"the {which} of {len(by_id):,} snapshots{whose}" if len(by_id) > 1 else "the only snapshot"
    say(f"heapdiff: {chosen.path} is {said} in {directory}")
    return chosen


def _process_of(snapshot: Snapshot) -> tuple[str, int, str]:
    process = snapshot.summary.process
    return process.host, process.pid, process.started_at


def expand(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The paths that the user named, with the snapshots in it in place of a directory."""
    from heapdiff.snapshot import find_snapshots

    return tuple(find_snapshots(paths))


def open_all(paths: Iterable[Path]) -> list[Snapshot]:
    """What the user named. Raises SnapshotError for a file that can't be read, unless it only lies in a directory of others."""
    return [
        each
        for path in paths
        for each in (_open_those_in(path) if os.path.isdir(path) else [open_snapshot(path)])
    ]


def _open_those_in(directory: Path) -> list[Snapshot]:
    """A directory's snapshots, and a line on each that can't be read. Raises SnapshotError where none can."""
    from heapdiff.snapshot import list_snapshots, read_snapshot

    opened: list[Snapshot] = []
    failed: list[SnapshotError] = []
    for path in list_snapshots(directory):
        try:
            opened.append(read_snapshot(path))
        except SnapshotError as error:
            failed.append(error)
    if not opened:
        raise failed[0]
    for wrong in failed[:TOLD]:
        say(f"heapdiff: left out: {wrong.message}")
    if len(failed) > TOLD:
        say(f"heapdiff: left out: {len(failed) - TOLD:,} more files in {directory} that can't be read")
    return opened


def load_graph(snapshot: Snapshot, owner: Owner | None = None) -> HeapGraph | None:
    """The references of a snapshot; None where only its summary is there. `owner`: as whom root opens it."""
    from heapdiff.cli.caching import find_cabinet
    from heapdiff.cli.output import busy

    if snapshot.heap is None:
        return None
    import_numpy()
    from heapdiff.graph import load

    cabinet = find_cabinet(snapshot.heap)
    with busy(f"reading {snapshot.heap.name}") as progress, _acting_as(owner):
        return load(snapshot, progress, cabinet)


def _acting_as(owner: Owner | None) -> AbstractContextManager[None]:
    if owner is None:
        return nullcontext()
    from heapdiff.graph.loading import import_the_rest
    from heapdiff.remote.rights import acting_as

    import_the_rest()
    return acting_as(owner)


def import_numpy() -> None:
    """Through the graph, before anything else needs it: its library for linear algebra, which nobody here uses, would start a
    thread for each processor. The environment is as it was, for what a command may start.
    """
    if THREADS in os.environ or "numpy" in sys.modules:
        return
    os.environ[THREADS] = "1"
    try:
        import heapdiff.graph  # noqa: F401
    finally:
        del os.environ[THREADS]


def make_readers(
    snapshots: Sequence[Snapshot | None], progress: Progress
) -> list[Callable[[], HeapGraph] | None]:
    """What reads each graph, when it's needed; None where there is none. May be called side by side."""
    whole = [each for each in snapshots if each is not None and each.heap is not None]
    if not whole:
        return [None for _ in snapshots]
    import_numpy()
    from heapdiff.cli.caching import find_cabinet
    from heapdiff.graph import load

    heaps = [each.heap for each in whole if each.heap is not None]
    cabinet = find_cabinet(max(heaps, key=os.path.getsize))
    told = {id(each): (0, os.path.getsize(heap)) for each, heap in zip(whole, heaps, strict=True)}

    def read(snapshot: Snapshot) -> HeapGraph:
        def tell(done: int, size: int) -> None:
            told[id(snapshot)] = done, size
            progress(*map(sum, zip(*told.values(), strict=True)))

        return load(snapshot, tell, cabinet)

    return [None if each is None or each.heap is None else partial(read, each) for each in snapshots]


def require_graph(snapshot: Snapshot) -> HeapGraph:
    """The references of a snapshot, for a command that can do nothing without."""
    require_heap(snapshot)
    graph = load_graph(snapshot)
    assert graph is not None, snapshot.path
    return graph


def require_heap(snapshot: Snapshot) -> Path:
    """The `.heap` file of a snapshot. Raises SnapshotError that says where to get it."""
    if snapshot.heap is not None:
        return snapshot.heap
    if snapshot.summary.graph is None:
        reason = next((note for note in snapshot.summary.notes if note.startswith("no graph")), "")
        hint = f"Take another snapshot {'where there is room for one' if reason else 'without --no-graph'}."
        why = f" ({reason})" if reason else ""
        raise SnapshotError(f"{snapshot.path}: was taken without references, which this needs{why}", hint)
    hint = f"Copy {snapshot.summary.graph.file} from where it was written to the same directory."
    raise SnapshotError(f"{snapshot.path}: has no .heap file beside it, which this needs", hint)


@contextmanager
def about(path: Path) -> Iterator[None]:
    """What cannot be answered is said of the snapshot that was asked."""
    try:
        yield
    except UsageError as error:
        raise UsageError(f"{path}: {error.message}", error.hint) from error


def require_file(path: Path) -> None:
    """Raise SnapshotError, with what to do, where nothing is there. What is there is looked at once it's open."""
    try:
        path.stat()
    except OSError as error:
        hint = "Check the path; `heapdiff snapshot PID` prints the path of what it wrote."
        raise SnapshotError(f"{path}: {error.strerror or error}", hint) from error
    except ValueError as error:
        raise SnapshotError(f"{path}: {error}", "Check the path.") from error
