"""Opens what the user named. What is wrong inside a file, the snapshot layer says."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from heapdiff.answers import SnapshotRef
from heapdiff.errors import SnapshotError, UsageError

if TYPE_CHECKING:
    from heapdiff.graph.heap import HeapGraph
    from heapdiff.snapshot import Snapshot


def open_snapshot(path: Path) -> Snapshot:
    """The snapshot at a path. A directory, pipe or device is refused here: a read could wait for ever."""
    from heapdiff.snapshot import read_snapshot

    require_file(path)
    return read_snapshot(path)


def expand(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The paths that the user named, with the snapshots in it in place of a directory."""
    from heapdiff.snapshot import find_snapshots

    return tuple(find_snapshots(paths))


def load_graph(snapshot: Snapshot) -> HeapGraph | None:
    """The references of a snapshot; None where only its summary is there."""
    from heapdiff.cli.output import busy
    from heapdiff.graph import load

    if snapshot.heap is None:
        return None
    with busy(f"reading {snapshot.heap.name}") as progress:
        return load(snapshot, progress)


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
    try:
        mode = path.stat().st_mode
    except OSError as error:
        hint = "Check the path; `heapdiff snapshot PID` prints the path of what it wrote."
        raise SnapshotError(f"{path}: {error.strerror or error}", hint) from error
    except ValueError as error:
        raise SnapshotError(f"{path}: {error}", "Check the path.") from error
    if not stat.S_ISREG(mode):
        kind = "a directory" if stat.S_ISDIR(mode) else "not a regular file"
        raise SnapshotError(f"{path}: is {kind}", "Name one .json or .heap file that heapdiff wrote.")


def refer(snapshot: Snapshot) -> SnapshotRef:
    """The snapshot as the head of a finding names it."""
    summary = snapshot.summary
    return SnapshotRef(
        path=str(snapshot.path),
        id=summary.id,
        captured_at=summary.captured_at,
        pid=summary.process.pid,
        objects=summary.capture.objects,
        bytes=summary.capture.bytes,
        rss_bytes=summary.memory.rss_bytes,
        requests=summary.process.requests,
    )
