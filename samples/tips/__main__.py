"""Run a tip's shop with the waste in it and its fixed twin: what heapdiff advises, and what following it really saved.

Without a name, lists the tips. Ends with 0 if the advice has a finding on the tip, a headline if such ever are, and the fixed
twin has none.
"""

from __future__ import annotations

import argparse
import itertools
import json
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samples.leaky_shop import server, tool, traffic
from samples.tips.catalogue import TWINS, Tip, find_tips

WORKERS = 2
ROUNDS = ("first", "second")
ROW = "{:28} {:>11} {:>11} {:>11}"
FIGURES = (  # what, its name in a snapshot, and among how many workers the sum is divided
    ("Python objects, each worker", "python_object_bytes", WORKERS),
    ("RSS, each worker", "rss_bytes", WORKERS),
    (f"PSS, {WORKERS} workers together", "pss_bytes", 1),
)


@dataclass(frozen=True)
class Run:
    """Where one twin's snapshots are, and its workers' memory at the last."""

    directory: Path
    memory: tuple[Mapping[str, Any], ...]

    def sum(self, name: str) -> int | None:
        """None where the system didn't say."""
        amounts = [each[name] for each in self.memory]
        return None if None in amounts else sum(amounts)

    def command(self, tip: Tip, *options: str) -> tuple[str, ...]:
        hints = ("--all", "-n", "0") if tip.hints else ()
        return "advise", str(self.directory), *hints, *options

    def findings(self, tip: Tip) -> list[dict[str, Any]]:
        """Those on the tip: headlines, or hints where that's all that the tip has."""
        findings = json.loads(tool.run(*self.command(tip, "--format", "json", "-n", "0")))["findings"]
        return [each for each in findings if each["topic"] == tip.name]


def run(tip: Tip, twin: str, directory: Path) -> Run:
    """Serve it, visit it, and take a snapshot of each worker after each round."""
    directory.mkdir(mode=0o700)
    last: dict[int, Path] = {}
    with server.serve(directory, WORKERS, directory / "gunicorn.log", tip.twin(twin)) as port:
        for label in ROUNDS:
            workers = traffic.find_workers(port, WORKERS)
            visit(port, workers, tip)
            last = tool.snapshot(workers, label, directory)
    return Run(directory, tuple(json.loads(path.read_text())["memory"] for path in last.values()))


def visit(port: int, workers: Sequence[int], tip: Tip) -> None:
    """The same requests to each worker, one after the other."""
    with ExitStack() as stack:
        for pid, connections in traffic.connect_to_each(port, workers, stack).items():
            paths = itertools.islice(itertools.cycle(tip.visits), tip.requests)
            traffic.visit(connections[0], pid, [("GET", path) for path in paths], lambda _: None)


def report(tip: Tip, waste: Run, fixed: Run) -> int:
    print(f"\n$ {tool.shown(*waste.command(tip))}\n", flush=True)
    tool.show(*waste.command(tip))
    print(f"\n{ROW.format('', *TWINS, 'saved')}")
    for title, name, workers in FIGURES:
        before, after = waste.sum(name), fixed.sum(name)
        if before is not None and after is not None:
            amounts = (each / workers / 1e6 for each in (before, after, before - after))
            print(ROW.format(title, *(f"{each:,.1f} MB" for each in amounts)), flush=True)
    found, left = waste.findings(tip), fixed.findings(tip)
    for each in left:
        print(f"\nThe fixed twin still has: {each['title']}", file=sys.stderr)
    if not found:
        print(f"\nNothing was found on {tip.name}.", file=sys.stderr)
    return 1 if left or not found else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m samples.tips", description=__doc__)
    parser.add_argument("tip", nargs="?", help="its name")
    parser.add_argument("--dir", type=Path, help="where the files go (default: heapdiff-out/TIME)")
    options = parser.parse_args()
    tips = find_tips()
    if options.tip is None:
        for tip in tips.values():
            print(f"{tip.name:18}{tip.text}")
        return 0
    if options.tip not in tips:
        parser.error(f"no tip is called {options.tip}; there are {', '.join(tips)}")
    return try_out(tips[options.tip], options.dir or Path("heapdiff-out") / time.strftime("%Y%m%d-%H%M%S"))


def try_out(tip: Tip, directory: Path) -> int:
    if tip.missing:
        print(f"{tip.name} needs more: pip install {' '.join(tip.missing)}", file=sys.stderr)
        return 2
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    try:
        print(f"{tip.name}: {tip.text}", flush=True)
        runs = []
        for twin in TWINS:
            print(f"Running {tip.folder.name}/{twin}.py with {WORKERS} workers …", flush=True)
            runs.append(run(tip, twin, directory / twin))
        return report(tip, *runs)
    except (traffic.TrafficError, tool.ToolError) as error:
        print(f"\n{error}\n{messages(directory)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130


def messages(directory: Path) -> str:
    """The last lines of gunicorn's logs, for a failure that its worker explains."""
    logs = [log.read_text(errors="replace").splitlines() for log in sorted(directory.glob("*/gunicorn.log"))]
    return "\n".join(["gunicorn's last messages:", *(logs[-1][-15:] if logs else ())])


if __name__ == "__main__":
    sys.exit(main())
