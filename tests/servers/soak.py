"""`python -m tests.servers.soak --captures 10000`: snapshots of every server under load, summed in one report.

Fails if a request failed, a child hung or stayed a zombie, a descriptor was left open, a file was incomplete
under its final name, or a worker's memory drifted, which takes some hundred captures of each to tell.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from heapdiff.remote.door import Answer, ask_status
from tests.servers.cases import CASES, Case, Revival
from tests.servers.load import Load, ask
from tests.servers.running import TOKEN, WAIT_S, Running, wait_for

__all__ = ["Tally", "soak"]

BOUNDED = {
    "SHOP_KEEPS": "300",
    "HEAPDIFF_KEEP": "3",
    # Else glibc keeps the room of the interpreter's larger tables, which it allocates anew every few thousand requests.
    "MALLOC_MMAP_THRESHOLD_": "131072",
}
WARM_REQUESTS = 500
LEAST_CAPTURES = 4
ENOUGH_FOR_DRIFT = 100  # before, a worker has not settled
BY_ENDPOINT_EACH = 10
WARM_UP = 0.2
MOST_DRIFT = 0.01
FLAT = 0.001
SETTLING_ROUNDS = 10
SETTLING_REQUESTS = 3000
SAMPLES = 9
OF_REQUESTS = ("socket:", "anon_inode:[eventpoll]")
PACE_S = 0.03  # a core is left for the children, which run at a low priority


@dataclass(frozen=True, slots=True)
class Tally:
    """What one server's worker went through, and what must be 0; `rss_drift` is a share of the memory after warm-up."""

    server: str
    captures: int
    seconds: float
    requests: int
    failed_requests: int
    failed_captures: int
    hung: int
    zombies: int
    descriptors: int
    incomplete_files: int
    rss_drift: float

    @property
    def is_clean(self) -> bool:
        counts = (self.failed_requests, self.failed_captures, self.hung, self.zombies, self.incomplete_files)
        steady = self.captures < ENOUGH_FOR_DRIFT or self.rss_drift <= MOST_DRIFT
        return not any(counts) and self.descriptors <= 0 and steady


class Trouble:
    """What went wrong so far."""

    def __init__(self) -> None:
        self.failed = self.hung = self.incomplete = 0


def soak(case: Case, captures: int, folder: Path) -> Tally:
    """Start one server, keep it busy, and take that many snapshots of one worker, mostly by signal."""
    trouble, began = Trouble(), time.monotonic()
    with Running(case, folder, by_run=False, more=BOUNDED) as server, Load(server.port) as load:
        pid = wait_for(lambda: load.last, lambda last: load.answers[last] >= WARM_REQUESTS)
        warm_up = max(LEAST_CAPTURES // 2, int(captures * WARM_UP))
        load.pace(PACE_S)
        take(server, pid, warm_up, trouble)
        load.pace(0)
        if captures >= ENOUGH_FOR_DRIFT:
            wait_until_flat(pid, load)
        rss, open_before = resident(pid), descriptors(pid)
        load.pace(PACE_S)
        take(server, pid, captures - warm_up, trouble)
        drift = resident(pid) / rss - 1
        left_open = descriptors(pid) - open_before
        zombies = sum(1 for _ in dead_children(pid))
    return Tally(
        case.name,
        captures,
        round(time.monotonic() - began, 1),
        sum(load.answers.values()),
        len(load.failures),
        trouble.failed,
        trouble.hung,
        zombies,
        left_open,
        trouble.incomplete,
        round(drift, 4),
    )


def take(server: Running, pid: int, captures: int, trouble: Trouble) -> None:
    for number in range(captures):
        before = ask_status(server.directory, pid)
        if number % BY_ENDPOINT_EACH == BY_ENDPOINT_EACH - 1 and ask_one(server, pid) == 202:
            pass
        else:
            os.kill(pid, signal.SIGUSR2)
        status = wait_for_end(server.directory, pid, before)
        if status is None:
            trouble.hung += 1
        elif status.state != "done":
            trouble.failed += 1
        else:
            trouble.incomplete += not is_complete(server.directory / status.name)


def ask_one(server: Running, pid: int) -> int:
    """Through the endpoint, if this worker is the one that answers for itself or its sibling."""
    return ask(server.port, "POST", f"/_heapdiff/snapshots?pid={pid}", TOKEN)[0]


def wait_for_end(directory: Path, pid: int, before: Answer | None) -> Answer | None:
    """The state after the next capture."""
    last, ended = time.monotonic() + WAIT_S, before.captures + before.failures if before else 0
    while time.monotonic() < last:
        found = ask_status(directory, pid)
        if found is not None and found.captures + found.failures > ended:
            return found
        time.sleep(0.002)
    return None


def is_complete(path: Path) -> bool:
    graph = json.loads(path.read_text())["graph"]
    return bool((path.parent / graph["file"]).stat().st_size == graph["bytes"])


def resident(pid: int) -> float:
    """The process's memory in bytes, the middle of some samples."""
    samples = []
    for _ in range(SAMPLES):
        samples.append(int(Path(f"/proc/{pid}/statm").read_text().split()[1]))
        time.sleep(0.05)
    return statistics.median(samples)


def wait_until_flat(pid: int, load: Load) -> None:
    """Let the worker's memory settle under load alone: an allocator takes its last pages after thousands of requests."""
    before = 0.0
    for _ in range(SETTLING_ROUNDS):
        now = resident(pid)
        if abs(now - before) <= FLAT * now:
            return
        before, least = now, served(load) + SETTLING_REQUESTS
        wait_for(lambda: served(load), least.__le__)


def served(load: Load) -> int:
    return sum(load.answers.values())


def descriptors(pid: int) -> int:
    """The files that stay open: the fewest of some samples, for the last capture may still close its directory."""
    counts = []
    for _ in range(SAMPLES):
        counts.append(count_files(pid))
        time.sleep(0.05)
    return min(counts)


def count_files(pid: int) -> int:
    """Open files but sockets and what waits for them: their number follows the load (Apache has one for each request)."""
    count = 0
    for entry in os.scandir(f"/proc/{pid}/fd"):
        try:
            count += not os.readlink(entry.path).startswith(OF_REQUESTS)
        except OSError:
            continue
    return count


def dead_children(pid: int) -> Iterator[int]:
    """Children that ended and were not reaped."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                state, parent = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            if int(parent) == pid and state == "Z":
                yield int(entry)


def print_row(values: tuple[object, ...]) -> None:
    print(
        "| " + " | ".join(f"{value:,}" if isinstance(value, int) else str(value) for value in values) + " |",
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.servers.soak", description=__doc__)
    parser.add_argument("--captures", type=int, default=10_000, help="in all [default: 10000]")
    parser.add_argument("--only", default="", help="servers whose name has this in it")
    asked = parser.parse_args()
    cases = [case for case in CASES if case.revival is not Revival.RECYCLED and asked.only in case.name]
    missing = [case.name for case in cases if case.missing]
    if missing:
        print(f"not installed here: {', '.join(missing)}", file=sys.stderr)
        return 1
    print_row(tuple(field.name.replace("_", " ") for field in fields(Tally)))
    print("|" + "---|" * len(fields(Tally)))
    tallies = []
    for case in cases:
        with tempfile.TemporaryDirectory() as folder:
            tallies.append(soak(case, max(LEAST_CAPTURES, -(-asked.captures // len(cases))), Path(folder)))
        print_row(astuple(tallies[-1]))
    sums = [sum(values) for values in list(zip(*map(astuple, tallies), strict=True))[1:-1]]
    print_row(("all", *(round(value, 1) for value in sums), max(tally.rss_drift for tally in tallies)))
    return int(not all(tally.is_clean for tally in tallies))


if __name__ == "__main__":
    sys.exit(main())
