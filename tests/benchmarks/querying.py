"""The page's twelve questions in SQL: `python -m tests.benchmarks.querying FIRST SECOND`, snapshots by `tests.benchmarks.grown`.

Each is asked in a fork of a process that has read the snapshots: seconds of wall and CPU time, and what it adds to the memory at
its peak and in the tables' own columns, per object of the snapshots that it asks about.
"""

from __future__ import annotations

import os
import re
import resource
import sys
import time
from pathlib import Path
from typing import Final

import heapdiff
from heapdiff.export.sql import Bounds, open_query
from heapdiff.graph import load
from heapdiff.graph.heap import HeapGraph
from heapdiff.snapshot import read_snapshot

PAGE: Final = Path(heapdiff.__file__).parents[1] / "docs" / "how-to" / "query.md"
ASKED: Final = re.compile(
    r"\*\*(?P<title>[^*]+)\*\*[^`]*(?:`[^`]+`[^`]*)*?```sql\n(?P<sql>.+?)```", re.DOTALL
)
LINE: Final = "{:<44}{:>7}{:>7}{:>12}{:>14}"


def main(arguments: list[str]) -> None:
    graphs = [load(read_snapshot(Path(path))) for path in arguments]
    print(f"{len(graphs[-1]):,} objects, {len(graphs[-1].targets):,} references")
    print(LINE.format("question", "wall s", "CPU s", "peak B/obj", "tables B/obj"))
    for match in ASKED.finditer(PAGE.read_text("utf-8")):
        statement = match["sql"].replace("shop.models.Session", "tests.benchmarks.shapes.Record")
        sys.stdout.flush()
        if os.fork():
            os.wait()
        else:
            measure(
                match["title"],
                graphs if "b.objects" in statement or "a.objects" in statement else graphs[-1:],
                statement,
            )
            sys.stdout.flush()
            os._exit(0)


def measure(title: str, graphs: list[HeapGraph], statement: str) -> None:
    objects = sum(map(len, graphs))
    with open_query(graphs, "SELECT 1", Bounds.now(120.0)) as asked:
        asked.rows(1)  # DuckDB itself takes some 55 MB, whatever the snapshot
    before, began, worked = peak(), time.monotonic(), time.process_time()
    with open_query(graphs, statement, Bounds.now(120.0)) as asked:
        asked.rows(1_000)
        passed = time.monotonic() - began, time.process_time() - worked
        own = sum(each.nbytes for each in asked.own_columns())
    added = (peak() - before) / objects
    print(
        LINE.format(title[:43], *(f"{each:.2f}" for each in passed), f"{added:.1f}", f"{own / objects:.1f}")
    )


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main(sys.argv[1:])
