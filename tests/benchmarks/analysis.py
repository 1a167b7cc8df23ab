"""What reading and solving a snapshot costs, how it grows with the heap, and igraph on the same graph.

`python -m tests.benchmarks.analysis --objects 100000 1000000 10000000`. The snapshots are real ones of a
process that holds so many objects, and a fiftieth more in the second. Every stage runs in a fresh process,
which touches its memory beforehand.
Times are the processor's: all stages run in one thread, so that a quiet machine takes no longer, and a busy
one does not blur them much. Nothing here fails because something was slow.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from resource import RUSAGE_CHILDREN
from statistics import median
from typing import Any, Final

from tests.benchmarks.probe import cpu_seconds

GB: Final = 1e9
HELP_RUNS: Final = 5
SLOW_FROM_OBJECTS: Final = 4_000_000  # igraph takes minutes and gigabytes from here on
START: Final = "import sys; from heapdiff.cli import main; sys.exit(main(['--help']))"

Row = dict[str, Any]


def run(*arguments: str) -> str:
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def stage(name: str, *paths: str) -> Row:
    print(f"  {name} …", file=sys.stderr, flush=True)
    found: Row = json.loads(run("tests.benchmarks.stages", name, *paths))
    return found


def measure(objects: int, peers: bool) -> Row:
    """One heap's row: both snapshots are made, measured and thrown away."""
    print(f"{objects:,} objects …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as directory:
        first, second = run("tests.benchmarks.grown", directory, str(objects)).split()
        row = {**stage("solve", second), **stage("compare", first, second)}
        if peers or objects < SLOW_FROM_OBJECTS:
            row |= stage("igraph", second)
    row["solve_ns_per_object"] = row["solve_s"] * 1e9 / row["objects"]
    row["solve_bytes_per_object"] = row["solve_extra_bytes"] / row["objects"]
    if "igraph_s" in row:
        row["igraph_ratio"] = row["igraph_s"] / row["solve_s"]
        row["igraph_ratio_read_too"] = (row["load_s"] + row["igraph_s"]) / row["solve_s"]
        row["igraph_ratio_in_memory"] = row["igraph_s"] / (row["referrers_s"] + row["dominators_s"])
    return row


def measure_help() -> float:
    """Processor seconds of `heapdiff --help`, the interpreter's start included."""
    times = []
    for _ in range(HELP_RUNS):
        before = cpu_seconds(RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", START], stdout=subprocess.DEVNULL, check=True)
        times.append(cpu_seconds(RUSAGE_CHILDREN) - before)
    return median(times)


def per_object(key: str) -> Callable[[Row], str]:
    return lambda row: f"{row[key] * 1e9 / row['objects']:,.0f}"


COLUMNS: Final[Sequence[tuple[str, Callable[[Row], str]]]] = (
    ("objects", lambda row: f"{row['objects']:,.0f}"),
    ("references", lambda row: f"{row['references']:,.0f}"),
    ("load ns", per_object("load_s")),
    ("turn ns", per_object("referrers_s")),
    ("dominators ns", per_object("dominators_s")),
    ("retained ns", per_object("retained_s")),
    ("all ns", per_object("solve_s")),
    ("peak bytes", lambda row: f"{row['solve_bytes_per_object']:,.0f}"),
    ("compare s", lambda row: f"{row['compare_s']:.2f}"),
    ("compare peak GB", lambda row: f"{row['compare_peak_bytes'] / GB:.2f}"),
    ("igraph s", lambda row: f"{row['igraph_s']:.2f}" if "igraph_s" in row else "-"),
    ("/ ours", lambda row: f"{row['igraph_ratio']:.1f}" if "igraph_s" in row else "-"),
    ("/ read too", lambda row: f"{row['igraph_ratio_read_too']:.1f}" if "igraph_s" in row else "-"),
    ("/ in memory", lambda row: f"{row['igraph_ratio_in_memory']:.1f}" if "igraph_s" in row else "-"),
)

LEGEND: Final = """\
igraph: builds its graph from edge arrays in memory and finds the dominators, which must equal ours.
/ ours: that, over our load, turn, dominators and retained, the file's reading included.
/ read too: our load and igraph, over the same: igraph needs a reader as well, and there is no other.
/ in memory: igraph, over our turn and dominators: both from the same arrays to the same result."""


def table(rows: Sequence[Row]) -> Iterator[str]:
    """One line per heap, as Markdown."""
    cells = [[head for head, _ in COLUMNS], *([show(row) for _, show in COLUMNS] for row in rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(COLUMNS))]
    lines = [
        "| " + " | ".join(cell.rjust(w) for cell, w in zip(line, widths, strict=True)) + " |"
        for line in cells
    ]
    yield lines[0]
    yield "|" + "|".join("-" * (width + 1) + ":" for width in widths) + "|"
    yield from lines[1:]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.analysis", description=__doc__)
    parser.add_argument("--objects", type=int, nargs="+", default=[100_000, 300_000, 1_000_000, 3_000_000])
    parser.add_argument(
        "--peers", action="store_true", help=f"igraph also from {SLOW_FROM_OBJECTS:,} objects on"
    )
    parser.add_argument("--format", choices=("table", "json"), default="table")
    options = parser.parse_args()
    help_s = measure_help()
    rows = [measure(objects, options.peers) for objects in options.objects]
    if options.format == "json":
        print(json.dumps({"schema": "benchmark-analysis/1", "help_s": help_s, "heaps": rows}, indent=2))
    else:
        print("\n".join(table(rows)))
        print(f"\n{LEGEND}\nheapdiff --help: {help_s:.2f} s")


if __name__ == "__main__":
    main()
