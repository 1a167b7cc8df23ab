"""A lake as it is read: the files of each table that are committed, whoever may be writing others now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem


@dataclass(frozen=True)
class Lake:
    """One look at it. `root` is as the user wrote it; `files` are paths of `filesystem`, by table, sorted.

    Columns stand in the files themselves, `day` and `service` too, although their folders are named `day=…/service=…`.
    """

    root: str
    filesystem: FileSystem
    files: Mapping[str, tuple[str, ...]]
