"""A snapshot on disk, exported by the command line, and what heapdiff says of its objects."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.reach.retained import Dominance, measure
from heapdiff.analysis.reach.routes import find_starts
from heapdiff.cli import main
from heapdiff.graph import load
from heapdiff.graph.heap import HeapGraph
from heapdiff.snapshot import read_snapshot


@dataclass(frozen=True)
class Exported:
    """A `.heapsnapshot`, beside what it was made from."""

    file: Path
    graph: HeapGraph

    @classmethod
    def make(cls, snapshot: Path, folder: Path, name: str) -> Exported:
        file = folder / f"{name}.heapsnapshot"
        file.unlink(missing_ok=True)
        assert main(["export", str(snapshot), "--to", "chrome", "-o", str(file)]) == 0
        return cls(file, load(read_snapshot(snapshot)))

    @cached_property
    def dominance(self) -> Dominance:
        return measure(self.graph, find_starts(self.graph).held)

    @property
    def alive(self) -> NDArray[np.bool_]:
        return np.asarray(self.dominance.idom <= len(self.graph))

    def nodes_of(self, type_name: str) -> NDArray[np.int64]:
        kinds = [number for number, kind in enumerate(self.graph.types) if kind.name == type_name]
        return np.flatnonzero(np.isin(self.graph.type_ids, kinds))
