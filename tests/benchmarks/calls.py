"""What counting calls costs a request, and how often counts name the right endpoint: `python -m tests.benchmarks.calls`.

CPU time of requests to a bare Flask app, in interleaved rounds in one process; and the test of likelihood on simulated
traffic of twelve endpoints, of which one leaks.
"""

from __future__ import annotations

import io
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

import numpy as np
from flask import Flask, request

from heapdiff.agent import _native
from heapdiff.analysis.witnesses.likelihood import Driver, find_driver
from tests.analysis.witnesses import traffic
from tests.analysis.witnesses.traffic import LEAKING, make_traffic

ROUNDS: Final = 150
REQUESTS: Final = 200
RUNS: Final = 200
SNAPSHOTS: Final = (5, 10, 20)
MIXES: Final = ("same", "drifts", "varies")
LEAKS: Final = (
    traffic.every_third, traffic.at_random, traffic.one_per_call, traffic.by_any_request, traffic.by_a_thread,
    traffic.by_a_filling_cache, traffic.by_a_view_that_fills_a_cache,
)  # fmt: skip
ENVIRON: Final = {
    "REQUEST_METHOD": "GET", "SERVER_NAME": "shop", "SERVER_PORT": "80", "wsgi.url_scheme": "http", "HTTP_HOST": "shop",
    "SERVER_PROTOCOL": "HTTP/1.1", "QUERY_STRING": "", "SCRIPT_NAME": "", "PATH_INFO": "/product/7",
}  # fmt: skip


def show(number: str) -> str:
    return number


def make_app(count_call: Callable[[str | None], None] | None) -> Flask:
    """With the hook that counts requests, as the extension has it."""
    app = Flask("shop")
    app.add_url_rule("/product/<number>", "product", show)

    def count() -> None:
        _native.count_request()

    def count_both() -> None:
        _native.count_request()
        if count_call is not None:
            count_call(request.endpoint)

    app.before_request(count if count_call is None else count_both)
    return app


def time_requests(app: Flask) -> float:
    """Microseconds of CPU time per request."""
    start = time.process_time_ns()
    for _ in range(REQUESTS):
        environ = {**ENVIRON, "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr}
        list(app(environ, lambda *_: lambda _: None))
    return (time.process_time_ns() - start) / REQUESTS / 1000


def print_cost() -> None:
    apps = {"without": make_app(None), "with calls": make_app(_native.count_call)}
    times: dict[str, list[float]] = {name: [] for name in apps}
    for number in range(ROUNDS):
        for name in sorted(apps, reverse=bool(number % 2)):
            times[name].append(time_requests(apps[name]))
    for name, found in times.items():
        print(f"{name:17} {statistics.quantiles(found, n=10)[0]:6.2f} µs a request")
    pairs = zip(times["with calls"], times["without"], strict=True)
    print(f"the difference    {statistics.median(one - other for one, other in pairs):6.2f} µs")


def name_endpoints(mix: str, leak: traffic.Leak, snapshots: int) -> Counter[str]:
    random, said = np.random.default_rng(29), Counter[str]()
    for _ in range(RUNS):
        made = make_traffic(random, snapshots, mix)
        growth = np.maximum(leak(random, made), 0)
        found = find_driver(growth, made.calls.astype(float), made.requests.astype(float), made.seconds)
        right = found.endpoints == (LEAKING,)
        said["open" if found.driver is not Driver.CALLS else "right" if right else "wrong"] += 1
    return said


def print_names() -> None:
    print("\nnamed / named wrongly, in a hundred, with", ", ".join(map(str, SNAPSHOTS)), "snapshots")
    for mix in MIXES:
        for leak in LEAKS:
            found = [name_endpoints(mix, leak, snapshots) for snapshots in SNAPSHOTS]
            shares = (
                f"{100 * each['right'] / RUNS:5.1f} / {100 * each['wrong'] / RUNS:3.1f}" for each in found
            )
            print(f"{mix:7} {leak.__name__:30}", "   ".join(shares), flush=True)


if __name__ == "__main__":
    print_cost()
    print_names()
