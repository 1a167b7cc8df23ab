"""heapdiff finds out why a Python web worker's memory grows. Importing this package loads none of its parts.

PYTEST_DONT_REWRITE: pytest rewrites what a package with a plugin asserts, and warns where that is imported already, as under
`heapdiff run`.
"""

from __future__ import annotations

import sys
from types import ModuleType

from heapdiff.version import __version__

TYPE_CHECKING = False  # without importing `typing`, which is most of the time that `import heapdiff` takes
if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    from heapdiff.answers import Advice, Comparison, Comparisons
    from heapdiff.snapshot import Snapshot

__all__ = ["__version__", "advise", "compare", "install", "load", "snapshot"]


def install(
    dir: str | os.PathLike[str] | None = None,
    signal: str | int | None = "USR2",
    keep: int = 20,
    *,
    at_rss: str | int | None = None,
    every: str | float | None = None,
    every_requests: int | None = None,
    at_exit: bool | float | None = None,
    min_interval: str | float | None = None,
    max_bytes: str | int | None = None,
    sample: str | int | None = None,
    hash: bool | None = None,
    release: str | None = None,
    service: str | None = None,
    environment: str | None = None,
) -> None:
    """Make this process write a snapshot of its heap when it gets the signal.

    Idempotent, safe before and after a fork; never raises: problems go to the logger `heapdiff`.
    An argument that you don't set is taken from the environment (HEAPDIFF_DIR, HEAPDIFF_SIGNAL, HEAPDIFF_KEEP); the directory
    also from an earlier call.
    With signal None, only `snapshot()` and the Flask extension's endpoints take one.

    The other arguments make it take snapshots on its own; all are off by default: when resident memory reaches `at_rss`
    (`"800MB"`, or `"90%"` of the memory limit), every so many seconds (`"10m"`) or requests, and before the process ends, which
    then waits up to 5 seconds, or as many as you say. Never two within `min_interval` (60 s); the oldest are deleted when the
    files exceed `max_bytes`. In the environment: HEAPDIFF_AT_RSS, HEAPDIFF_EVERY, and so on.

    With `sample="512kB"`, it records the stack of one allocation in that many bytes, so that snapshots say which code allocated
    what is still alive; this takes about 2 % more CPU time.

    Snapshots say which strings are equal, by a keyed hash of each. The key is never written and goes with the capture;
    `hash=False` leaves the hashes out.

    Snapshots say which `release` of which `service` runs in which `environment`, so that those of many processes can be told
    apart. HEAPDIFF_RELEASE names the release, too; else it's the application's version or git commit, where that can be read.
    """
    from heapdiff.agent.settings.settings import name_arguments, read_settings
    from heapdiff.agent.worker.installation import earlier_settings
    from heapdiff.agent.worker.joining import install

    said = name_arguments(
        dir,
        signal,
        keep,
        at_rss=at_rss,
        every=every,
        every_requests=every_requests,
        at_exit=at_exit,
        min_interval=min_interval,
        max_bytes=max_bytes,
        sample=sample,
        hash=hash,
        release=release,
        service=service,
        environment=environment,
    )
    install(read_settings(said, earlier_settings()))


def snapshot(
    path: str | os.PathLike[str] | None = None, label: str | None = None, values: bool = False
) -> Path:
    """Write a snapshot of this process, wait for it, and return the path of its `.json`.

    `path` is a directory or a file, and isn't checked for who else could write to it or replace it; without it, the snapshot goes
    where `install` says. With `values`, it contains the first 100 bytes of each string and each number: your users' data. Raises
    CaptureError.
    """
    from heapdiff.agent.worker.asking import take_snapshot

    return take_snapshot(path, label, values)


def load(path: str | os.PathLike[str]) -> Snapshot:
    """The snapshot in a `.json` file, or in the `.heap` next to it. Raises SnapshotError."""
    from pathlib import Path

    from heapdiff.snapshot import read_snapshot

    return read_snapshot(Path(path))


def compare(*paths: str | os.PathLike[str]) -> Comparison | Comparisons:
    """What grew between snapshots and who keeps it; `heapdiff compare` prints the same.

    A directory stands for the snapshots in it. For one process, returns a Comparison. For several, Comparisons: each process
    separately, after what they share, unless none of them has two snapshots. No more than three graphs are in memory at a time.
    """
    from functools import partial

    from heapdiff import analysis, graph
    from heapdiff.snapshot import find_snapshots

    opened = [load(path) for path in find_snapshots(paths)]

    def compare_some(chosen: Sequence[int], drawn: Sequence[int]) -> Comparison:
        return analysis.compare(
            [
                partial(graph.load, opened[each]) if each in drawn and opened[each].heap is not None else None
                for each in chosen
            ],
            [opened[each].summary for each in chosen],
            [str(opened[each].path) for each in chosen],
        )

    return analysis.compare_processes([each.summary for each in opened], compare_some)


def advise(*paths: str | os.PathLike[str]) -> Advice:
    """What the process that was captured last could do without, and what to change; `heapdiff advise` prints the same.

    Takes one snapshot or several: earlier ones of the process show what grows. A directory stands for the snapshots in it.
    """
    from heapdiff import analysis, graph
    from heapdiff.snapshot import find_snapshots

    opened = [load(path) for path in find_snapshots(paths)]
    return analysis.advise(
        [each.summary for each in opened],
        lambda number: graph.load(opened[number]) if opened[number].heap is not None else None,
        [str(each.path) for each in opened],
    )


class _Face(ModuleType):
    """Keeps the function `heapdiff.snapshot` in place when the package of the same name is imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name == "snapshot" and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Face
