"""The snapshots in a directory. Looks at the beginning of its files; reads none."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from heapdiff.errors import SnapshotError
from heapdiff.snapshot.sections import naming
from heapdiff.snapshot.summary import begins_like_a_summary

HEAD_BYTES: Final = 256


def find_snapshots(paths: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """The paths, with the snapshots in it for each directory. Raises SnapshotError for one that has none."""
    return [
        found for path in map(Path, paths) for found in (list_snapshots(path) if path.is_dir() else [path])
    ]


def list_snapshots(directory: Path) -> list[Path]:
    """By name: each `.json` that is a snapshot's, and each `.heap` without one. What else lies there is left out."""
    with naming(directory):
        files = sorted(
            path for path in directory.iterdir() if path.is_file() and not path.name.startswith(".")
        )
    summaries = [path for path in files if path.suffix == ".json" and _is_summary(path)]
    known = {path.stem for path in summaries}
    found = [*summaries, *(path for path in files if path.suffix == ".heap" and path.stem not in known)]
    if not found:
        raise SnapshotError(
            f"{directory}: holds no snapshots",
            "Name a directory with .json or .heap files that heapdiff wrote.",
        )
    return sorted(found)


def _is_summary(path: Path) -> bool:
    with naming(path), path.open("rb") as file:
        return begins_like_a_summary(file.read(HEAD_BYTES))
