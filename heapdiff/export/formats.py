"""What a heap can be exported as. Another format is another entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from heapdiff.graph.heap import HeapGraph

Progress = Callable[[int, int], None]  # how much is done, of how much


@dataclass(frozen=True, slots=True)
class Format:
    """`require` raises MissingToolError before any work. `write` fills a file, or a directory where there is no `ending`."""

    ending: str  # of the file's name, as its readers insist on it
    require: Callable[[], None]
    write: Callable[[HeapGraph, Path, Progress], None]


def _write_chrome(graph: HeapGraph, path: Path, progress: Progress) -> None:
    from heapdiff.export.chrome import write_document

    with path.open("wb") as file:
        write_document(graph, file, progress)


def _require_parquet() -> None:
    from heapdiff.export.sql import require_package

    require_package("writing Parquet")


def _write_parquet(graph: HeapGraph, path: Path, progress: Progress) -> None:
    from heapdiff.export.parquet import write_tables

    write_tables(graph, path, progress)


FORMATS: Final[Mapping[str, Format]] = {
    "chrome": Format(".heapsnapshot", lambda: None, _write_chrome),
    "parquet": Format("", _require_parquet, _write_parquet),
}
