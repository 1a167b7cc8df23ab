"""What commands take of two snapshots, beside another commit: `python -m tests.benchmarks.lean A B --against CHECKOUT`.

`CHECKOUT` is a working tree of that commit with its extension built in place. Each command runs in a fresh process, the two
commits in turn. *cold* is its first run, *warm* the median of those after it, for which a process has touched as much memory just
before and given it back: a virtual machine gets its memory from the host page by page, and the host takes back what is free.
*touched* is what the kernel handed out to the process, however often it was given back meanwhile. Huge pages are counted for
the whole machine, so nothing else should run. Ends with 1 when the answers differ.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Final

from heapdiff.agent.system.memory_limits import read_machine

HERE: Final = Path(__file__).parents[2]
RUNS: Final = 3
GB: Final = 1e9
PAGE: Final = 4096
HUGE_PAGE: Final = 1 << 21
TOUCH: Final = """
import sys
memory = bytearray(int(sys.argv[1]))
memory[::4096] = bytes(len(memory[::4096]))
"""

Run = dict[str, float]


def huge_pages() -> int:
    """Bytes in huge pages that the kernel has given to anybody since it started."""
    counts = dict(line.split() for line in Path("/proc/vmstat").read_text().splitlines())
    return int(counts.get("thp_fault_alloc", 0)) * HUGE_PAGE


def measure(checkout: Path, command: Sequence[str], touch: int) -> tuple[bytes, Run]:
    """One run: what it printed, and what it took."""
    if touch:
        subprocess.run([sys.executable, "-c", TOUCH, str(touch)], check=True)
    before, began = huge_pages(), time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-m", "heapdiff", *command],
        cwd=checkout,
        env={**os.environ, "PYTHONHASHSEED": "0", "HEAPDIFF_CACHE": "off"},
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    printed = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    return printed + str(child.returncode).encode(), {
        "wall_s": wall,
        "user_s": used.ru_utime,
        "system_s": used.ru_stime,
        "peak_bytes": used.ru_maxrss * 1024,
        "touched_bytes": used.ru_minflt * PAGE + huge_pages() - before,
    }


def compare(places: dict[str, Path], command: Sequence[str], runs: int) -> tuple[bool, dict[str, list[Run]]]:
    """Whether all printed the same, and each commit's runs, the cold one first."""
    found: dict[str, list[Run]] = {name: [] for name in places}
    answers, touch = set(), 0
    for _ in range(1 + runs):
        for name, checkout in places.items():
            printed, run = measure(checkout, command, touch)
            answers.add(printed)
            found[name].append(run)
        peaks = [run["peak_bytes"] for each in found.values() for run in each]
        touch = min(int(2 * max(peaks)), read_machine("MemAvailable") // 2)
    return len(answers) == 1, found


def row(words: str, name: str, runs: Sequence[Run]) -> str:
    cold, warm = runs[0], runs[1:]
    middle = {key: median(run[key] for run in warm) for key in cold}
    cells = [
        words, name, f"{middle['user_s']:.2f}", f"{middle['system_s']:.2f}", f"{middle['wall_s']:.2f}", f"{cold['wall_s']:.2f}",
        f"{middle['peak_bytes'] / GB:.2f}", f"{middle['touched_bytes'] / GB:.2f}",
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def commands(before: str, after: str, what: str) -> Iterator[tuple[str, ...]]:
    yield "compare", "--format", "json", before, after
    yield "why", "--format", "json", after, what
    yield "show", "--by", "holder", "--format", "json", after
    yield "tree", "--format", "json", after


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.lean", description=__doc__)
    parser.add_argument("before")
    parser.add_argument("after")
    parser.add_argument("--against", type=Path, required=True, metavar="CHECKOUT")
    parser.add_argument("--what", default="__main__.CACHE", help="of what `why` asks (default: %(default)s)")
    parser.add_argument("--only", nargs="+", metavar="COMMAND", help="only these commands")
    parser.add_argument("--runs", type=int, default=RUNS, help="warm runs of each (default: %(default)s)")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    options = parser.parse_args()
    places = {"before": options.against.resolve(), "now": HERE}
    paths = [str(Path(path).resolve()) for path in (options.before, options.after)]
    rows, same = [], True
    for command in commands(paths[0], paths[1], options.what):
        if options.only and command[0] not in options.only:
            continue
        equal, found = compare(places, command, options.runs)
        same &= equal
        rows.append({"command": command[0], "same": equal, **found})
    if options.format == "json":
        print(json.dumps({"schema": "benchmark-lean/1", "commands": rows}, indent=2))
    else:
        print("| command | commit | user s | system s | wall s, warm | wall s, cold | peak GB | touched GB |")
        print("|---|---|---:|---:|---:|---:|---:|---:|")
        for each in rows:
            for name in places:
                print(row(str(each["command"]), name, each[name]))  # type: ignore[arg-type]
        print("answers: " + ("the same" if same else "DIFFERENT"))
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
