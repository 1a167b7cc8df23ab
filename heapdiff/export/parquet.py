"""Each table of `heapdiff query` as a Parquet file, by DuckDB's own writer: names are plain texts, as every reader takes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from heapdiff.export.sql import Bounds, known_tables, open_query
from heapdiff.graph.heap import HeapGraph

MOST_S: Final = 86_400.0  # of what the user can interrupt


def write_tables(graph: HeapGraph, directory: Path, progress: Callable[[int, int], None]) -> None:
    """Write them one after the other, so that one's columns are gone before the next one's are made."""
    names = [*known_tables(1)]
    for number, name in enumerate(names):
        file = directory / f"{name}.parquet"
        with open_query([graph], f"FROM {name}", Bounds.now(MOST_S), file) as asked:
            asked.write_parquet(file, None)
        progress(number + 1, len(names))
