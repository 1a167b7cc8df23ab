"""The worker of the latency benchmark: a large heap, ordinary requests, and a peer that looks at it on request."""

from __future__ import annotations

import gc
import os
import time
from pathlib import Path

from flask import Flask

from heapdiff.flask import HeapDiff
from tests.benchmarks.shapes import build

PAGE = os.sysconf("SC_PAGE_SIZE")
STEP = 300_000
HEAP: list[object] = []


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def create_app() -> Flask:
    app = Flask(__name__)
    HeapDiff(app)
    wanted = int(os.environ["LATENCY_BYTES"])
    while resident() < wanted:
        HEAP.append(build("mixed", STEP))
    gc.collect()
    gc.freeze()  # else a collection of the whole heap is the worst request of each phase

    @app.get("/")
    def index() -> str:
        return str(sum(len(str(number)) for number in range(200)))

    @app.get("/size")
    def size() -> str:
        return str(resident())

    @app.post("/guppy3")
    def guppy3() -> str:
        from guppy import hpy

        began = time.perf_counter()
        text = str(hpy().heap())
        return f"{time.perf_counter() - began:.3f} {len(text)}"

    return app
