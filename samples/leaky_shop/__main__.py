"""Start the shop, switch sampling on, let it leak under load, take snapshots, and let heapdiff find the leaks and their code.

Ends with 0 when the first suspects are exactly the leaks that were planted, else with 1.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from . import server, tool, traffic

WORKERS = 2
SAMPLE_EVERY = "4kB"  # in production 64kB or 512kB: a few seconds of load leak too little for that
ROUNDS = {
    "warm": 1000,
    "later": 1000,
    "last": 1000,
}  # label of the snapshot: requests to each worker before it


@dataclass(frozen=True)
class Leak:
    """A planted leak: the function that makes what is kept and what its line has, and the view or hook in which that is."""

    what: str
    site: str
    makes: str
    entry: str


PLANTED = {
    "shop.cache.SESSIONS": Leak(
        "a new session for each visit without a cookie, never dropped",
        "shop/cache.py session_for",
        "Session(",
        "shop.views.open_session",
    ),
    "shop.events.order_paid.handlers": Leak(
        "a handler connected for each order, never disconnected",
        "shop/views.py buy",
        "def send_mail",
        "shop.buy",
    ),
    "shop.pricing.PriceList.quote.<lru_cache>": Leak(
        "an unbounded cache on a method, which keeps every self",
        "shop/views.py open_session",
        "PriceList(",
        "shop.views.open_session",
    ),
}


@dataclass(frozen=True)
class Worker:
    """A worker and its snapshots, oldest first."""

    pid: int
    snapshots: tuple[Path, ...]

    def compare(self) -> tuple[str, ...]:
        return "compare", *map(str, self.snapshots)


class Progress:
    """Lines with the time since the start; on a terminal, a counter that is rewritten in place."""

    def __init__(self) -> None:
        self.start = time.monotonic()
        self.lock = Lock()
        self.done = 0

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self.start:5.1f} s  {text}", flush=True)

    def count(self, requests: int) -> None:
        if not sys.stderr.isatty():
            return
        with self.lock:
            self.done += requests
            print(f"\r         {self.done:,} requests", end="\r", file=sys.stderr, flush=True)


def collect(directory: Path, progress: Progress) -> list[Worker]:
    """Run the shop and take snapshots of each worker, with load before each."""
    with server.serve(directory, WORKERS, directory / "gunicorn.log") as port:
        workers = traffic.find_workers(port, WORKERS)
        sampled = sample(workers, directory)
        progress.say(f"shop on http://127.0.0.1:{port}, workers {' and '.join(map(str, workers))}")
        progress.say(sampled)
        rounds = []
        for label, requests in ROUNDS.items():
            traffic.drive(port, workers, requests, progress.count)
            command = tool.shown("snapshot", *map(str, workers))
            progress.say(f"{requests:,} more requests to each worker; {command}")
            rounds.append(tool.snapshot(workers, label, directory))
    progress.say("shop stopped")
    return [Worker(pid, tuple(taken[pid] for taken in rounds)) for pid in workers]


def sample(workers: Sequence[int], directory: Path) -> str:
    """Have the workers remember which code allocates; the command, or why they can't."""
    try:
        return tool.sample(workers, SAMPLE_EVERY, directory)
    except tool.ToolError as error:  # the engine in Python doesn't sample, and finds the leaks all the same
        return str(error)


def report(worker: Worker, directory: Path, show: bool) -> list[str]:
    """Compare, draw and print one worker's snapshots; the paths of the first suspects."""
    if show:
        print("\n$ " + tool.shown(*worker.compare()) + "\n", flush=True)
        tool.show(*worker.compare())
    suspects = tool.compare(worker.snapshots, directory / f"compare-{worker.pid}.json")
    first = suspects[: len(PLANTED)]
    print(f"\nWorker {worker.pid}: {len(suspects)} suspects; the first {len(first)} are:")
    for rank, suspect in enumerate(first, 1):
        picture = directory / f"worker-{worker.pid}-suspect-{rank}.svg"
        tool.draw(worker.snapshots[0], worker.snapshots[-1], suspect.path, picture)
        print(f"  {rank}. {suspect.path}  +{suspect.objects:,} objects, +{suspect.bytes / 1e6:.1f} MB")
        print(f"     {PLANTED[suspect.path].what if suspect.path in PLANTED else 'NOT a planted leak'}")
        if suspect.witness:
            print(f"     {suspect.witness}")
        print(f"     picture: {picture}")
    return [suspect.path for suspect in first]


def what_next(worker: Worker, directory: Path) -> str:
    lines = [
        "Next steps (run `source .venv/bin/activate` first):",
        "  " + tool.shown(*worker.compare()),
        "  " + tool.shown("why", str(worker.snapshots[-1]), "shop.models.Session"),
        "  " + tool.shown("show", str(worker.snapshots[-1]), "--by", "entry"),
        f"Everything is in {directory}; gunicorn's messages are in {directory / 'gunicorn.log'}.",
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m samples.leaky_shop", description=__doc__)
    parser.add_argument("--dir", type=Path, help="where the files go (default: heapdiff-out/TIME)")
    directory: Path = parser.parse_args().dir or Path("heapdiff-out") / time.strftime("%Y%m%d-%H%M%S")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    try:
        workers = collect(directory, Progress())
        found = {worker.pid: report(worker, directory, show=worker is workers[0]) for worker in workers}
    except (traffic.TrafficError, tool.ToolError) as error:
        print(f"\n{error}\n{messages(directory)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    print("\n" + what_next(workers[0], directory))
    return verdict(found)


def verdict(found: Mapping[int, list[str]]) -> int:
    wrong = {pid: paths for pid, paths in found.items() if sorted(paths) != sorted(PLANTED)}
    for pid, paths in wrong.items():
        print(f"\nWorker {pid}: expected {sorted(PLANTED)}, found {sorted(paths)}", file=sys.stderr)
    if not wrong:
        print(f"\nAll {len(PLANTED)} planted leaks were found first, in each of {len(found)} workers.")
    return 1 if wrong else 0


def messages(directory: Path) -> str:
    """The last lines of gunicorn's logs, for a failure that a worker explains."""
    logs = sorted(directory.glob("gunicorn*.log"))
    lines = [line for log in logs for line in log.read_text(errors="replace").splitlines()]
    return "\n".join(["gunicorn's last messages:", *lines[-15:]])


if __name__ == "__main__":
    sys.exit(main())
