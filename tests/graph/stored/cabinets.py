"""Small cabinets for tests: a directory, one shelf in it, and what is asked of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray

from heapdiff.agent.directory.access import prepare_directory
from heapdiff.graph.stored import pruning
from heapdiff.graph.stored.cabinet import Cabinet, FiledShelf
from heapdiff.graph.stored.columns import Arrays, Check, Column

__all__ = ["BOUND", "COLUMNS", "Asked", "open_cabinet", "store_on_any_disk", "stored_file", "values"]

BOUND: Final = 10**8
COLUMNS: Final = {"up": Column("int32", 5, -1, 4), "size": Column("uint8"), "empty": Column("int64")}


def values() -> dict[str, NDArray[Any]]:
    return {
        "up": np.array([-1, 0, 0, 1, 4], np.int32),
        "size": np.arange(100, 107, dtype=np.uint8),
        "empty": np.zeros(0, np.int64),
    }


def store_on_any_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """However full it is."""
    monkeypatch.setattr(pruning, "LEAST_FREE_BYTES", 0)
    monkeypatch.setattr(pruning, "LEAST_FREE_SHARE", 1 << 62)


@contextmanager
def open_cabinet(directory: Path, bound: int = BOUND, writes: bool = True) -> Iterator[Cabinet]:
    """Of any snapshot, however small."""
    with Cabinet(directory, bound, prepare_directory, writes, least_bytes=0) as cabinet:
        yield cabinet


@dataclass
class Asked:
    """A question about one snapshot, asked once or again. `heap` is the snapshot's file; `crc32` what reading it gave."""

    directory: Path
    heap: Path
    identity: str = "web1-42"
    crc32: int = 1234
    name: str = "routes"
    computed: int = 0
    found: dict[str, Any] = field(default_factory=dict)

    def ask(self, columns: dict[str, Column] = COLUMNS, holds: bool = True, **cabinet: Any) -> bool:
        """Whether the answer was stored. It's the right one in any case."""

        def compute() -> Arrays:
            self.computed += 1
            return values()

        def further(_: Arrays) -> Iterator[Check]:
            yield lambda: holds

        before = self.computed
        with open_cabinet(self.directory, **cabinet) as opened:
            shelf = opened.shelf(self.heap, self.identity)
            if shelf is None:
                return False
            assert isinstance(shelf, FiledShelf)
            shelf.verified(self.crc32, os.stat(self.heap))
            found = shelf.once(self.name, columns, compute, further)
            for name, array in values().items():
                assert found[name].dtype == array.dtype
                assert not found[name].flags.writeable
                assert np.array_equal(found[name], array), name
        return self.computed == before

    @property
    def file(self) -> Path:
        return stored_file(self.directory)


def stored_file(directory: Path) -> Path:
    """The only one that is there, half-written ones included."""
    (file,) = (directory / name for name in os.listdir(directory))
    return file
