"""`python -m tests.servers.limits`: snapshots of a worker whose control group is nearly full, under load, as a table.

A gunicorn worker fills its group's limit as far as asked; clients ask all the time; one snapshot after the other is taken.
Fails if the worker died, a request failed, or a capture left no snapshot; or where up to 90 % of the limit is used and requests
touch what few visitors do (all but `scans`), if more than one capture in ten left no graph. Needs root and a memory
controller, of control groups version 1 or 2.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from heapdiff.agent.engines.contract import Wish
from heapdiff.remote.door import ask_for_snapshot, ask_status
from tests.agent.cgroups import MemoryGroup, memory_group
from tests.servers.cases import Case, gunicorn
from tests.servers.load import Load
from tests.servers.running import WAIT_S, Running, wait_for

MIB = 1 << 20
LOADS = ("idle", "requests", "scans")
KINDS = ("graph", "all", "tracked", "none", "no snapshot")
WARM_REQUESTS = 200
BETWEEN_REQUESTS = 20
FILLING_S = 600
SOON_S = 0.005
FULL_AT = 0.9
FEWEST_GRAPHS = 0.9
COLUMNS = (
    "limit MB", "filled %", "load", "worker alive", "with graph", "summary", "tracked only", "figures only",
    "no snapshot", "failed requests", "requests", "extra MB, most", "pause ms, most",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Situation:
    """A limit in MiB, the share of it that is used, and what is asked of the worker meanwhile."""

    limit: int
    fill: float
    load: str


@dataclass(slots=True)
class Tally:
    """What came of the captures of one worker. `kinds`: by what was written."""

    kinds: Counter[str]
    captures: int = 0
    alive: int = 0
    failed_requests: int = 0
    requests: int = 0
    extra_bytes: int = 0
    pause_ms: float = 0

    def add(self, summary: dict[str, object] | None) -> None:
        """One that ended; without a summary it left none."""
        capture = summary["capture"] if summary is not None else {}
        assert isinstance(capture, dict)
        graph = summary is not None and summary["graph"] is not None
        self.kinds["graph" if graph else str(capture.get("counted", "no snapshot"))] += 1
        self.extra_bytes = max(self.extra_bytes, int(capture.get("child_private_bytes", 0)))
        self.pause_ms = max(self.pause_ms, float(capture.get("pause_ms", 0)))

    def is_as_promised(self, situation: Situation) -> bool:
        harmless = self.alive == self.captures and not self.failed_requests
        roomy = situation.fill <= FULL_AT and situation.load != "scans"
        enough = self.kinds["graph"] >= FEWEST_GRAPHS * self.captures or not roomy
        return harmless and enough and not self.kinds["no snapshot"]


def try_out(situation: Situation, captures: int, folder: Path) -> Tally:
    """One worker in one situation."""
    tally = Tally(Counter())
    with nearly_full(situation, folder) as (server, load, pid):
        before = served(load, pid)
        for _ in range(captures):
            tally.captures += 1
            tally.add(take(server, pid))
            if not is_alive(pid):
                break
            answered = served(load, pid) + BETWEEN_REQUESTS
            wait_for(lambda least=answered: served(load, pid) >= least or not is_alive(pid))  # type: ignore[misc]
            tally.alive += is_alive(pid)
        tally.requests, tally.failed_requests = served(load, pid) - before, len(load.failures)
    return tally


@contextmanager
def nearly_full(situation: Situation, folder: Path) -> Iterator[tuple[Running, Load, int]]:
    with memory_group() as group:
        assert group is not None
        group.limit(situation.limit * MIB)
        more = {"FULL_LOAD": situation.load, "HEAPDIFF_KEEP": "2"}
        with Running(inside(group), folder, by_run=False, more=more) as server:
            fill(server, group, int(situation.limit * MIB * situation.fill))
            with Load(server.port) as load:
                load.pace(0)
                pid = wait_for(lambda: load.last)
                wait_for(lambda: served(load, pid) >= WARM_REQUESTS)
                yield server, load, pid


def inside(group: MemoryGroup) -> Case:
    enter = ("sh", "-c", f'echo $$ > {group.folder}/cgroup.procs && exec "$0" "$@"')
    return Case("full", (*enter, *gunicorn("--threads", "4", app="full:app")))


def fill(server: Running, group: MemoryGroup, until: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=FILLING_S)
    connection.request("POST", f"/fill?until={until}&of={group.folder / group.usage_file}")
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    connection.close()


def take(server: Running, pid: int) -> dict[str, object] | None:
    """The summary of the next capture; None where none came."""
    asked = ask_for_snapshot(server.directory, pid, Wish())
    if asked is None or asked.answer != "accepted":
        return None
    last = time.monotonic() + WAIT_S * 3
    while time.monotonic() < last and is_alive(pid):
        found = ask_status(server.directory, pid)
        if found is not None and found.ticket == asked.ticket and found.state in ("done", "failed"):
            if found.state == "failed":
                print(f"no snapshot: {found.error}", file=sys.stderr)
                return None
            done: dict[str, object] = json.loads((server.directory / found.name).read_text())
            return done
        time.sleep(SOON_S)
    return None


def served(load: Load, pid: int) -> int:
    return load.answers[pid]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def print_row(*cells: object) -> None:
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.servers.limits", description=__doc__)
    parser.add_argument("--limits", type=int, nargs="+", default=[256, 512, 2048], help="in MB")
    parser.add_argument("--fills", type=float, nargs="+", default=[90, 97], help="percent of the limit")
    parser.add_argument("--loads", choices=LOADS, nargs="+", default=LOADS, help="what clients ask for")
    parser.add_argument("--captures", type=int, default=100, help="of each worker [default: 100]")
    asked = parser.parse_args()
    with memory_group() as group:
        if group is None:
            print("no control group can be made here: needs root and a memory controller", file=sys.stderr)
            return 1
    print_row(*COLUMNS)
    print("|" + "---:|" * len(COLUMNS))
    good, sums = True, Tally(Counter())
    for limit, fill, load in product(asked.limits, asked.fills, asked.loads):
        situation = Situation(limit, fill / 100, load)
        with tempfile.TemporaryDirectory() as folder:
            tally = try_out(situation, asked.captures, Path(folder))
        sums.alive, sums.captures = sums.alive + tally.alive, sums.captures + tally.captures
        print_row(
            limit, f"{fill:g}", load, f"{tally.alive} of {tally.captures}",
            *(tally.kinds[kind] for kind in KINDS), tally.failed_requests, f"{tally.requests:,}",
            f"{tally.extra_bytes / 1e6:.1f}", f"{tally.pause_ms:.1f}",
        )  # fmt: skip
        good = good and tally.is_as_promised(situation)
    print(f"\nThe worker survived {sums.alive:,} of {sums.captures:,} captures.")
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
