"""`python -m tests.benchmarks.sampling --megabytes 50 1000`: what a request costs while allocations are sampled, beside others.

One process for each size of heap. The modes take turns in every round, so that whatever else the machine does strikes all
alike; CPU time only. Each sampler starts before as much again is allocated, so it has as many live samples as of such a heap.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, quantiles
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
INTERVALS: Final = {"512 kB": 512_000, "64 kB": 64_000, "16 kB": 16_000, "4 kB": 4_000}
NEVER: Final = 1 << 40  # the hook is there and takes no sample
BLOCK: Final = 500
SLOW: Final = ("tracemalloc", "memray")
SELDOM: Final = 10  # they are in every so manieth round
STEADY: Final = {"MALLOC_TRIM_THRESHOLD_": str(1 << 30)}  # glibc gives nothing back between requests
WARM: Final = 8  # requests after each switch
ROW: Final = "{:22} {:>10} {:>9} {:>9} {:>8}"


@dataclass(frozen=True)
class Cost:
    """A mode's CPU time per request, and how much more that is than without. `paired`: the median of each round against its own
    neighbours without; its quartiles say how sure that is."""

    mode: str
    microseconds: float
    percent: float
    paired: float
    quartiles: tuple[float, float]
    live: int


@dataclass(frozen=True)
class Result:
    python: str
    megabytes: int
    allocations: int
    kilobytes: float
    costs: tuple[Cost, ...]


def make_request() -> Callable[[], None]:
    """A page of a shop: a view that lists 55 products with a template and counts in a signed session, through all of Flask."""
    from flask import Flask, render_template, session
    from jinja2 import DictLoader

    app = Flask(__name__)
    app.jinja_loader = DictLoader({"shop.html": TEMPLATE})
    app.secret_key = "secret"
    products = [
        {"name": f"product {n}", "price": n * 1.1, "tags": [f"t{n}", "new"], "text": f"about {n}. " * 20}
        for n in range(55)
    ]

    @app.route("/shop/<int:page>")
    def shop(page: int) -> str:
        rows = [{**product, "label": f"{product['name']} on page {page}"} for product in products]
        session["pages"] = session.get("pages", 0) + 1
        total = sum(float(str(row["price"])) for row in rows)
        return render_template("shop.html", rows=rows, total=total)

    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": "/shop/7", "QUERY_STRING": "", "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
        "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False, "wsgi.input": sys.stdin.buffer,
        "wsgi.errors": sys.stderr, "SCRIPT_NAME": "",
    }  # fmt: skip

    def request() -> None:
        for _ in app.wsgi_app(dict(environ), lambda *_: None):  # type: ignore[arg-type]
            pass

    return request


TEMPLATE = (
    "<ul>{% for row in rows %}<li title='{{ row.name }}'>{{ row.label }}: {{ row.text }} {{ '%.2f' % row.price }}"
    "{% for tag in row.tags %} {{ tag|upper }}{% endfor %}</li>{% endfor %}</ul>{{ total }}"
)


class Modes:
    """Switches one thing on and off again in this process."""

    def __init__(self, megabytes: int, folder: Path) -> None:
        self.megabytes = megabytes
        self.folder = folder
        self.live = 0

    def all(self) -> list[str]:
        found = ["hook alone", *INTERVALS, "tracemalloc, 1 frame", "tracemalloc, 5 frames"]
        return found + ["memray"] * (importlib.util.find_spec("memray") is not None)

    @contextlib.contextmanager
    def on(self, mode: str) -> Iterator[None]:
        if mode in INTERVALS or mode == "hook alone":
            with self._sampler(INTERVALS.get(mode, NEVER)):
                yield
        elif mode.startswith("tracemalloc"):
            import tracemalloc

            tracemalloc.start(int(mode.split()[1]))
            yield
            tracemalloc.stop()
        else:
            yield from self._memray()

    @contextlib.contextmanager
    def _sampler(self, interval: int) -> Iterator[None]:
        from heapdiff.agent import _native

        assert _native.sample(interval, 0) is None
        kept = [bytes(BLOCK) for _ in range(self.megabytes * 10**6 // BLOCK)]
        self.live = _native.sampling()["live"]
        yield
        _native.unsample()
        kept.clear()

    def _memray(self) -> Iterator[None]:
        import memray

        path = self.folder / f"{time.monotonic_ns()}.bin"
        with memray.Tracker(path, trace_python_allocators=True):
            yield
        path.unlink()


def cpu_of(request: Callable[[], None], requests: int) -> list[float]:
    """Microseconds of CPU that each request takes."""
    times = []
    for _ in range(requests):
        began = time.process_time_ns()
        request()
        times.append((time.process_time_ns() - began) / 1000)
    return times


def weigh(request: Callable[[], None]) -> tuple[int, float]:
    """Allocations of one request, and the kilobytes that they asked for."""
    from heapdiff.agent import _native

    _native.sample(1, 0)
    before = _native.sampling()["taken"]
    for _ in range(100):
        request()
    blocks = (_native.sampling()["taken"] - before) // 100
    _native.sample(1000, 0)
    for _ in range(200):
        request()
    weight = _native.sampling()["taken"] * 1000 / 200
    _native.unsample()
    return blocks, weight / 1000


def measure(megabytes: int, rounds: int, requests: int) -> Result:
    import gc

    from tests.benchmarks.shapes import build

    heap = [build("mixed", 100_000) for _ in range(megabytes // 10)]  # about 10 MB each
    request = make_request()
    for _ in range(50):
        request()
    blocks, kilobytes = weigh(request)
    gc.collect()
    gc.freeze()  # a collection of the whole heap would strike one mode and not the next
    with tempfile.TemporaryDirectory() as folder:
        costs = compare(Modes(megabytes, Path(folder)), request, rounds, requests)
    del heap
    return Result(sys.version.split()[0], megabytes, blocks, kilobytes, costs)


def compare(modes: Modes, request: Callable[[], None], rounds: int, requests: int) -> tuple[Cost, ...]:
    """Each round has every mode once, the slow ones only some, in another order, each between two times without."""
    names = modes.all()
    off: list[float] = []
    times: dict[str, list[float]] = {name: [] for name in names}
    ratios: dict[str, list[float]] = {name: [] for name in names}
    live = dict.fromkeys(names, 0)
    order = random.Random(1)
    for number in range(rounds):
        for name in order.sample(names, len(names)):
            if name.startswith(SLOW) and number % SELDOM:
                continue
            before = cpu_of(request, requests)
            modes.live = 0
            with modes.on(name):
                cpu_of(request, WARM)
                taken = cpu_of(request, requests)
            live[name] = modes.live
            cpu_of(request, WARM)
            after = cpu_of(request, requests)
            off += before + after
            times[name] += taken
            ratios[name].append(fast(taken) / fast(before + after))
    best = fast(off)
    costs = [Cost("off", best, 0.0, 0.0, (0.0, 0.0), 0)]
    for name in names:
        low, middle, high = (100 * (ratio - 1) for ratio in quantiles(ratios[name], n=4))
        usual = fast(times[name])
        costs.append(Cost(name, usual, 100 * (usual / best - 1), middle, (low, high), live[name]))
    return tuple(costs)


def fast(times: list[float]) -> float:
    """The mean of the faster half: the others had their caches emptied by whoever ran in between."""
    return mean(sorted(times)[: len(times) // 2 + 1])


def show(result: dict[str, Any]) -> None:
    print(
        f"\nCPython {result['python']}, heap of {result['megabytes']} MB; a request: "
        f"{result['allocations']:,} allocations, {result['kilobytes']:.0f} kB"
    )
    print(ROW.format("", "us/request", "fast +%", "paired +%", "live"))
    for cost in result["costs"]:
        low, high = cost["quartiles"]
        spread = "" if cost["mode"] == "off" else f"  ({low:+.1f} to {high:+.1f})"
        print(
            ROW.format(
                cost["mode"], f"{cost['microseconds']:.0f}", f"{cost['percent']:+.1f}", f"{cost['paired']:+.1f}",
                cost["live"],
            ) + spread
        )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, nargs="+", default=[50])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--requests", type=int, default=20, help="of each mode in a round")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        print(json.dumps(asdict(measure(given.megabytes[0], given.rounds, given.requests))))
        return
    for size in given.megabytes:
        command = [given.python, "-m", "tests.benchmarks.sampling", "--inside", "--megabytes", str(size)]
        command += ["--rounds", str(given.rounds), "--requests", str(given.requests)]
        place = {**os.environ, "PYTHONPATH": str(ROOT), **STEADY}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=place)
        if given.json:
            print(done.stdout.strip())
        else:
            show(json.loads(done.stdout))


if __name__ == "__main__":
    main()
