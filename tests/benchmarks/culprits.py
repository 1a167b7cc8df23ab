"""`python -m tests.benchmarks.culprits --runs 20`: is the right endpoint named, and nobody where nobody is to blame?

An application with twelve endpoints answers some 20,000 requests in four threads, with the sampler on and a snapshot before and
after them. In each run it does one of these:

- `leak`: one view keeps 1 kB in each third call; its line is named, too, and what a call costs, by 20 % at most;
- `shared`: two views keep it by the same function;
- `background`: a thread keeps it, no view does;
- `filling`: all views fill a cache that is bounded and not yet full;
- `quiet`: nothing is kept.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import heapdiff
from heapdiff.answers import Comparison

ROOT: Final = Path(__file__).parents[2]
ENDPOINTS: Final = 12
LITTLE, HALF, OFF_MOST = 0.1, 0.5, 0.2
LEAKING: Final = {"leak": ("e7",), "shared": ("e3", "e7")}
SCENARIOS: Final = ("leak", "shared", "background", "filling", "quiet")
CACHE: Final = """
import threading

KEPT = []
FILLING = {}


class Entry:
    def __init__(self, number):
        self.number = number
        self.text = str(number) * 150
        self.tags = [number]


def remember(number):
    KEPT.append(Entry(number))


def fill(number):
    if len(FILLING) < 100_000:
        FILLING[number] = str(number) * 150


def work():
    return sum(len(str(number)) for number in range(50))
"""
LINE: Final = next(number for number, line in enumerate(CACHE.splitlines(), 1) if "KEPT.append" in line)
VIEW: Final = """
@app.get("/e{0}")
def e{0}():
    return serve("e{0}")
"""
VIEWS: Final = """
import itertools
import threading

from flask import Flask

from heapdiff.flask import HeapDiff
from shop import cache

app = Flask("shop")
HeapDiff(app)
calls = {}
numbers = itertools.count()
leaking = ()
filling = False


def serve(name):
    calls[name] = calls.get(name, 0) + 1
    number = next(numbers)
    if name in leaking and calls[name] % 3 == 0:
        cache.remember(number)
    if filling:
        cache.fill(number)
    return str(cache.work())
"""
MAIN: Final = """
import json
import random
import sys
import threading
import tracemalloc

from werkzeug.test import EnvironBuilder, run_wsgi_app

import heapdiff
from shop import cache, views

scenario, directory, interval, requests, seed = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
heapdiff.install(directory, signal=None, sample=interval)
views.filling = scenario == "filling"
views.leaking = sys.argv[6:]


def ask(seed):
    chance = random.Random(seed)
    for _ in range(requests // 4):
        environ = EnvironBuilder(path=f"/e{chance.randrange(12)}").get_environ()
        assert run_wsgi_app(views.app, environ, buffered=True)[1] == "200 OK"


def poll(stop):
    number = 0
    while not stop.wait(0.002):
        number += 1
        for _ in range(20):
            cache.remember(number)


def serve(seed):
    threads = [threading.Thread(target=ask, args=(seed * 100 + number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def weigh():
    tracemalloc.start()
    some = [cache.Entry(number) for number in range(20_000, 20_500)]
    return tracemalloc.get_traced_memory()[0] / len(some)


serve(seed)
paths = [str(heapdiff.snapshot())]
before = len(cache.KEPT), dict(views.calls)
stop = threading.Event()
if scenario == "background":
    threading.Thread(target=poll, args=(stop,), daemon=True).start()
serve(seed + 1)
paths.append(str(heapdiff.snapshot()))
kept = len(cache.KEPT) - before[0]
stop.set()
calls = {name: count - before[1].get(name, 0) for name, count in views.calls.items()}
print(json.dumps({"paths": paths, "kept": kept, "calls": calls, "each": weigh()}))
"""


def write_app(directory: Path) -> None:
    shop = directory / "shop"
    shop.mkdir()
    (shop / "__init__.py").write_text("")
    (shop / "cache.py").write_text(CACHE)
    (shop / "views.py").write_text(VIEWS + "".join(VIEW.format(number) for number in range(ENDPOINTS)))
    (directory / "run.py").write_text(MAIN)


@dataclass(frozen=True)
class Run:
    """What two snapshots of one process say, and what it says of itself: how many entries it kept, of how many bytes."""

    found: Comparison
    kept: int
    calls: dict[str, int]
    each: float


def run(scenario: str, interval: str, requests: int) -> Run:
    """One process with the application."""
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        write_app(directory)
        seed = random.SystemRandom().randrange(10**6)
        command = [sys.executable, "run.py", scenario, temporary, interval, str(requests), str(seed)]
        command += LEAKING.get(scenario, ())
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        done = subprocess.run(
            command, cwd=directory, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, check=True
        )
        told = json.loads(done.stdout)
        found = heapdiff.compare(*told["paths"])
        assert isinstance(found, Comparison)
        return Run(found, told["kept"], told["calls"], told["each"])


def is_right(scenario: str, run: Run) -> bool:
    """Whether the entries to blame are named, and no other, by samples that agree; whatever two snapshots leave open else."""
    blamed = run.found.suspects
    rows = [row for each in blamed for row in each.allocated if row.agrees and row.share > LITTLE]
    names = {str(row.entry) for row in rows}
    per_call = {name: bytes_ for each in blamed for name, bytes_ in (each.bytes_per_call or {}).items()}
    if scenario == "filling":
        return all(row.share < HALF for row in rows) and not per_call
    if scenario == "quiet":
        return not rows and not per_call
    in_cache = all((row.file, row.line) == ("shop/cache.py", LINE) for row in rows)
    leaking = LEAKING.get(scenario, ())
    wanted = {f"view {name}" for name in leaking} or {"thread run.poll"}
    return in_cache and names == wanted and is_price_right(run, per_call, leaking)


def is_price_right(run: Run, per_call: Mapping[str, float], leaking: Sequence[str]) -> bool:
    """Whether a call costs what the process says it does; of several views, all of them together."""
    if per_call.keys() != set(leaking):
        return False
    told = sum(run.calls[name] * bytes_ for name, bytes_ in per_call.items())
    return not leaking or abs(told / (run.kept * run.each) - 1) <= OFF_MOST


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.culprits",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--every", default="16kB")
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--only", nargs="+", choices=SCENARIOS, default=SCENARIOS)
    said = parser.parse_args()
    for scenario in said.only:
        right = 0
        for _ in range(said.runs):
            each = run(scenario, said.every, said.requests)
            right += (is_it := is_right(scenario, each))
            first = next(iter(each.found.suspects), None)
            witness = f"{first.witness} Per call: {first.bytes_per_call}" if first else "no suspect"
            print(
                f"  {scenario}: {'right' if is_it else 'WRONG'}: {each.found.verdict.kind.value}. {witness}",
                flush=True,
            )
        print(f"{scenario}: right in {right} of {said.runs}", flush=True)


if __name__ == "__main__":
    main()
