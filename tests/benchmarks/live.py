"""`python -m tests.benchmarks.live --gigabytes 1`: what other requests notice of the live page's looks.

A gunicorn gthread worker answers two clients, each every few milliseconds: alone, then while Heapy parts its heap by type and by
referrer, and while objects are listed. For each: the worst request, and the worker's RSS afterwards beside before.
"""

from __future__ import annotations

import argparse
import http.client
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.benchmarks.gunicorn import resident
from tests.benchmarks.latency import Clients, Phase, ask, serving, worker_in

TOKEN: Final = "correct-horse-battery-staple"
LOOKS: Final = {
    "Heapy by type": "heapy?by=type",
    "Heapy by referrer": "heapy?by=referrer",
    "objects of a type": "objects?type=dict",
}
QUIET_S: Final = 10.0
PAUSE_S: Final = 0.005  # a machine that is busy to the last does nothing of low priority


@dataclass(frozen=True, slots=True)
class Looked:
    """A look: its answer's status and seconds, and the worker's RSS before and after."""

    phase: Phase
    status: int
    before: int
    after: int


def look(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=200)
    connection.request("GET", f"/_heapdiff/live/{path}", headers={"Authorization": f"Bearer {TOKEN}"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def measure(gigabytes: float) -> list[Looked]:
    os.environ.update(HEAPDIFF_LIVE="1", HEAPDIFF_TOKEN=TOKEN)
    looked = []
    with tempfile.TemporaryDirectory() as folder, serving(int(gigabytes * 1e9), folder) as port:
        ask(port, "GET", "/size")
        pid = worker_in(Path(folder))
        look(port, "heapy?by=nothing")  # what the page itself needs is loaded now
        with Clients(port, PAUSE_S) as clients:
            time.sleep(1)
            before, began = resident(pid), time.perf_counter()
            time.sleep(QUIET_S)
            looked.append(Looked(clients.phase("none", began, 0), 0, before, resident(pid)))
            for name, path in LOOKS.items():
                before, began = resident(pid), time.perf_counter()
                status = look(port, path)
                looked.append(Looked(clients.phase(name, began, 1), status, before, resident(pid)))
        if clients.failures:
            raise SystemExit(f"{len(clients.failures)} requests failed: {clients.failures[0]}")
    return looked


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.live", description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=1.0, help="the worker's memory [default: 1]")
    asked = parser.parse_args()
    print(
        "| during | status | seconds | requests | median ms | 99 % ms | worst ms | RSS before | RSS after | change |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for each in measure(asked.gigabytes):
        phase = each.phase
        change = 100 * (each.after - each.before) / each.before
        row = (phase.name, each.status or "", phase.seconds, f"{phase.requests:,}", phase.median_ms, phase.p99_ms,
               phase.worst_ms, f"{each.before / 1e6:.1f} MB", f"{each.after / 1e6:.1f} MB", f"{change:+.2f} %")  # fmt: skip
        print("| " + " | ".join(map(str, row)) + " |", flush=True)


if __name__ == "__main__":
    main()
