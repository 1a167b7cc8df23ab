"""What a snapshot costs the worker, next to the tools people use today, on the same heap in the same run.

`python -m tests.benchmarks.capture --objects 2000000`. Each tool runs in a fresh process with the same heap.
Times on a shared machine are worth their ratios; nothing here fails because something was slow.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

from tests.benchmarks.shapes import SHAPES

PEERS: Final = ("guppy3", "objgraph", "pympler")
SLOW_FROM_OBJECTS: Final = 5_000_000
MB: Final = 1e6
WIDTHS: Final = (13, 10, 10, 14, 12, 13)


def measure(tool: str, shape: str, objects: int) -> dict[str, Any]:
    print(f"{tool} …", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "tests.benchmarks.probe", tool, shape, str(objects)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def table(measurements: Sequence[dict[str, Any]]) -> Iterator[str]:
    heads = zip(("pause", "total", "CPU", "extra memory", "RSS before", "left in RSS"), WIDTHS, strict=True)
    yield " " * 10 + "".join(f"{head:>{width}}" for head, width in heads)
    for each in measurements:
        left = each["rss_after"] - each["rss_before"]
        cells = (
            f"{each['pause_s'] * 1e3:,.1f} ms",
            f"{each['total_s']:.2f} s",
            f"{each['cpu_s']:.2f} s",
            f"{each['extra_bytes'] / MB:,.1f} MB",
            f"{each['rss_before'] / MB:,.0f} MB",
            f"{left / MB:+,.1f} MB",
        )
        yield f"{each['tool']:10}" + "".join(f"{c:>{w}}" for c, w in zip(cells, WIDTHS, strict=True))


def ratios(measurements: Sequence[dict[str, Any]]) -> dict[str, float]:
    """heapdiff's cost against a bare fork, per object, and the peers' cost as multiples of heapdiff's."""
    by_tool = {each["tool"]: each for each in measurements}
    ours = by_tool["heapdiff"]
    details = ours["details"]
    found = {
        "pause / bare fork": ours["pause_s"] / details["fork_s"],
        "walk and write, ns per object": details["walk_s"] * 1e9 / details["objects"],
        "processor time, ns per object": details["child_cpu_s"] * 1e9 / details["objects"],
        "file bytes per object": details["file_bytes"] / details["objects"],
        "extra memory / RSS": ours["extra_bytes"] / ours["rss_before"],
    }
    for tool in PEERS:
        if peer := by_tool.get(tool):
            found[f"{tool} pause / ours"] = peer["pause_s"] / ours["pause_s"]
            found[f"{tool} extra memory / ours"] = peer["extra_bytes"] / max(1, ours["extra_bytes"])
    return found


def text(shape: str, measurements: Sequence[dict[str, Any]]) -> str:
    details = measurements[0]["details"]
    lines = [
        f"{details['objects']:,.0f} objects and {details['references']:,.0f} references in shape '{shape}'",
        f"heapdiff: the medians of {details['snapshots']:.0f} snapshots",
        "",
        *table(measurements),
        "",
        f"bare fork of the same process: {details['fork_s'] * 1e3:.1f} ms",
        f"longest stall that another Python thread saw: {details['stall_s'] * 1e3:.1f} ms",
        *(f"{name:32} {value:10,.2f}" for name, value in ratios(measurements).items()),
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.capture", description=__doc__)
    parser.add_argument("--objects", type=int, default=2_000_000)
    parser.add_argument("--shape", choices=sorted(SHAPES), default="mixed")
    parser.add_argument("--peers", action="store_true", help=f"also from {SLOW_FROM_OBJECTS:,} objects on")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    options = parser.parse_args()
    peers = PEERS if options.peers or options.objects < SLOW_FROM_OBJECTS else ()
    measurements = [measure(tool, options.shape, options.objects) for tool in ("heapdiff", *peers)]
    if options.format == "json":
        answer = {"schema": "benchmark-capture/1", "shape": options.shape, "measurements": measurements}
        print(json.dumps({**answer, "ratios": ratios(measurements)}, indent=2))
    else:
        print(text(options.shape, measurements))


if __name__ == "__main__":
    main()
