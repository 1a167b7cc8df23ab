"""`python -m tests.benchmarks.forecast`: is the limit reached within the interval that `advise` states?

Of simulated workers, and of real ones: gunicorn with an application that leaks in several ways, under traffic, snapshots taken by
signal, the limit set by HEAPDIFF_AT_RSS. Ends with 1 where fewer than 90 % are reached within.
"""

from __future__ import annotations

import argparse
import math
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from heapdiff.analysis.comparison.captured import Captured
from heapdiff.analysis.waste.capacity.courses import after_loading, follow_memory
from heapdiff.analysis.waste.capacity.forecasting import Growth, measure_growth
from heapdiff.analysis.waste.ground.worker import Worker
from heapdiff.snapshot.summary import read_summary
from tests.benchmarks.gunicorn import Server, resident, serve
from tests.benchmarks.simulated import KINDS, simulate

WITHIN: Final = 0.9
ROW: Final = "{:22} {:>9} {:>11} {:>22} {:>11}  {}"
SNAPSHOTS: Final = 8
SHARE_SEEN: Final = 0.4  # of the way to the limit, when the forecast is made
PACE_S: Final = 0.015
LIMIT: Final = 130_000_000
LEAKS: Final = {
    "every request": "kept.append(bytearray(60_000))",
    "of any size": "kept.append(bytearray(random.randrange(120_000)))",
    "in steps": "n % 50 or kept.append(bytearray(3_000_000))",
    "and a buffer": "kept.append(bytearray(50_000)); waves.append(bytearray(100_000)); n % 80 or waves.clear()",
    "and a cache": "kept.append(bytearray(50_000)); cache.setdefault(random.randrange(100), bytearray(150_000))",
}
APPLICATION: Final = """
import random
from flask import Flask
app, kept, waves, cache, n = Flask(__name__), [], [], {{}}, 0
@app.get("/")
def view():
    global n
    n += 1
    {leak}
    return "ok"
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulated", type=int, default=20, metavar="N", help="how many of them")
    parser.add_argument("--real", type=int, default=len(LEAKS), metavar="N", help="how many of them")
    options = parser.parse_args()
    print(ROW.format("", "seen for", "grows", "reached in", "was", ""))
    judged = [*_simulated(options.simulated), *_real(options.real)]
    print(f"{sum(judged)} of {len(judged)} within the interval")
    return 0 if judged and sum(judged) >= WITHIN * len(judged) else 1


def _simulated(count: int) -> Iterator[bool]:
    kinds = list(KINDS)
    for number in range(count):
        run = simulate(kinds[number % len(kinds)], number)
        growth = measure_growth(run.at, run.seen)
        yield _judge(f"simulated {run.kind}", growth, run.limit, run.reached - run.at[-1], "u")


def _real(count: int) -> Iterator[bool]:
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, leak) in enumerate([*LEAKS.items()][:count]):
            place, application = Path(folder) / str(number), APPLICATION.format(leak=leak)
            with serve(place, application, "", HEAPDIFF_AT_RSS=f"{LIMIT}") as server:
                yield _follow(f"real, {name}", server)


def _follow(name: str, server: Server) -> bool:
    """Under traffic: snapshots up to a part of the way, then to the limit."""
    [pid], limit, ends = server.workers, LIMIT, threading.Event()
    traffic = threading.Thread(target=_ask, args=(server, ends), daemon=True)
    traffic.start()
    beginning = resident(pid)
    for number in range(1, SNAPSHOTS + 1):
        _await_resident(pid, beginning + SHARE_SEEN * (limit - beginning) * number / SNAPSHOTS)
        os.kill(pid, signal.SIGUSR2)
        while len(found := sorted(server.directory.glob("[!.]*.json"))) < number:
            time.sleep(0.02)
    captured = [Captured(read_summary(path), None, str(path)) for path in found]
    asked = time.time()
    _await_resident(pid, limit)
    took = time.time() - asked
    ends.set()
    traffic.join()
    course = after_loading(follow_memory(Worker(captured)))
    return _judge(name, measure_growth(course.seconds, course.rss), limit, took, "s")


def _ask(server: Server, ends: threading.Event) -> None:
    """Evenly, however long an answer takes."""
    due = time.monotonic()
    while not ends.wait(max(due - time.monotonic(), 0)):
        server.get()
        due += PACE_S


def _await_resident(pid: int, wanted: float) -> None:
    while resident(pid) < wanted:
        time.sleep(0.02)


def _judge(name: str, growth: Growth | None, limit: float, was: float, unit: str) -> bool:
    if growth is None or not growth.is_sure:
        print(ROW.format(name, "-", "not surely", "-", f"{was:.0f} {unit}", "no forecast"), flush=True)
        return False
    ahead = growth.reach(limit)
    within = ahead.low <= was <= ahead.high
    high = "?" if math.isinf(ahead.high) else f"{ahead.high:.0f}"
    print(
        ROW.format(
            name,
            f"{growth.span:.0f} {unit}",
            f"{growth.slope / 1e3:.0f} kB/{unit}",
            f"{ahead.low:.0f} to {high} {unit}",
            f"{was:.0f} {unit}",
            "within" if within else "MISSED",
        ),
        flush=True,
    )
    return within


if __name__ == "__main__":
    sys.exit(main())
