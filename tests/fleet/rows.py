"""What a lake holds, as rows of Python values, and the truth that they are held against."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from heapdiff.fleet.lake.lake import Lake
from heapdiff.fleet.lake.opening import open_lake
from tests.fleet.documents import comparison, summary, write

Row = dict[str, Any]


def rows_of(lake: Lake | Path | str, table: str) -> list[Row]:
    """In no particular order."""
    opened = lake if isinstance(lake, Lake) else open_lake(str(lake))
    found: list[Row] = []
    for name in opened.files[table]:
        with opened.filesystem.open_input_file(name) as file:
            found += pq.ParquetFile(file).read().to_pylist()
    return found


def write_fleet(folder: Path, workers: int = 3, snapshots: int = 4) -> None:
    """Of each worker some snapshots, and a comparison of each with the next, with two suspects."""
    for worker in range(workers):
        for at in range(snapshots):
            write(folder / f"host-{worker}" / f"{at}.json", summary(worker, at * 10))
            if at:
                name = f"compare-{at}.json"
                write(folder / f"host-{worker}" / name, comparison(worker, (at * 10 - 10, at * 10), 2))


def count_rows(lake: Lake | Path | str) -> Counter[tuple[str, str, str]]:
    """How often each snapshot, comparison and suspect is there, by what is the same wherever it was ingested."""
    counted: Counter[tuple[str, str, str]] = Counter()
    counted.update(
        ("snapshots", row["worker"], str(row["captured_at"])) for row in rows_of(lake, "snapshots")
    )
    counted.update(
        ("comparisons", row["worker"], str(row["after_at"])) for row in rows_of(lake, "comparisons")
    )
    counted.update(
        ("suspects", row["worker"], f"{row['after_at']} {row['fingerprint']}")
        for row in rows_of(lake, "suspects")
    )
    return counted


def is_whole(counted: Counter[tuple[str, str, str]], workers: int = 3, snapshots: int = 4) -> bool:
    """Whether everything that `write_fleet` wrote is there exactly once."""
    tables = Counter(table for table, *_ in counted)
    pairs = workers * (snapshots - 1)
    expected = {"snapshots": workers * snapshots, "comparisons": pairs, "suspects": 2 * pairs}
    return tables == expected and set(counted.values()) == {1}
