"""What taking summaries into a lake costs: CPU time for each, peak memory, bytes per row, and a second run's for each known one.

`python -m tests.benchmarks.ingest [-n 20000] [--workers 500] [--dir DIR]`
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

from heapdiff.fleet.ingest.ingesting import ingest
from heapdiff.fleet.lake.opening import open_lake
from tests.fleet.documents import TYPES, comparison, summary

SUSPECTS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=20_000, help="summaries; a comparison for each ten")
    parser.add_argument("--workers", type=int, default=500)
    parser.add_argument("--dir", type=Path, help="where to work (default: a temporary directory)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.dir) as place:
        measure(Path(place), arguments.n, arguments.workers)


def measure(place: Path, number: int, workers: int) -> None:
    sizes = write_summaries(place / "summaries", number, workers)
    pairs = write_comparisons(place / "comparisons", number // 10, workers)
    print(
        f"{number:,} summaries of {sizes / number:,.0f} bytes, {number // 10:,} comparisons of {pairs / (number // 10):,.0f}"
    )
    lake = str(place / "lake")
    warm_up(place)
    before = peak_mb()
    run(place, "summaries", lake, number)
    run(place, "comparisons", lake, number // 10)
    print(f"peak memory {peak_mb():,.0f} MB, {peak_mb() - before:,.0f} MB more than before")
    run(place, "summaries", lake, number, again=True)
    files = open_lake(lake).files
    for table, names in files.items():
        size = sum(Path(name).stat().st_size for name in names)
        rows = {"snapshots": number, "comparisons": number // 10, "suspects": number // 10 * SUSPECTS}[table]
        print(f"{table}: {size / rows:,.1f} bytes a row, {len(names)} files")


def warm_up(place: Path) -> None:
    """What is imported once isn't part of it."""
    first = place / "first"
    first.mkdir()
    (first / "a.json").write_text(json.dumps(summary(0, 0, TYPES)))
    ingest([str(first)], str(place / "other"))


def run(place: Path, what: str, lake: str, number: int, again: bool = False) -> None:
    wall, began = time.perf_counter(), cpu_s()
    done = ingest([str(place / what)], lake)
    spent, passed = cpu_s() - began, time.perf_counter() - wall
    assert (done.known if again else done.new) == number, done
    print(
        f"{what}{' known' if again else ''}: {spent / number * 1000:.3f} CPU ms each, {spent:.2f} CPU s, {passed:.2f} s"
    )


def write_summaries(folder: Path, number: int, workers: int) -> int:
    template = json.dumps(summary(10**6, 5 * 10**5, TYPES), indent=0, separators=(", ", ": ")).replace(
        "\n", ""
    )
    types = template[template.index('"types"') : template.index('"notes"')]
    size = 0
    for at in range(number):
        document = json.dumps(summary(at % workers, at // workers * 10, 0))
        size += write_one(folder / f"host-{at % workers}", at, document.replace('"types": [], ', types))
    return size


def write_comparisons(folder: Path, number: int, workers: int) -> int:
    size = 0
    for at in range(number):
        step = at // workers
        document = json.dumps(comparison(at % workers, (step * 10, step * 10 + 10), SUSPECTS))
        size += write_one(folder / f"host-{at % workers}", at, document)
    return size


def write_one(folder: Path, at: int, document: str) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / f"{at:08}.json").write_text(document)


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    main()
