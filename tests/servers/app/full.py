"""A worker whose heap fills its limit as far as it is told, and whose requests read it, write to it, and allocate."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, jsonify, request

from heapdiff.flask import HeapDiff

BLOCK = 100
ACTIVE, READ_EACH, REPLACED_EACH, READ_BY_SCAN = 1000, 50, 10, 20_000
SCRATCH_BYTES = 100_000


def session(number: int) -> dict[str, object]:
    return {"id": number, "user": f"user-{number}", "cart": [{"sku": str(n), "count": n} for n in range(4)]}


SESSIONS: list[dict[str, object]] = []


def rest() -> None:
    """Somebody asks, and that is all."""


def serve() -> None:
    """Sessions of those that visit now are read and answered as JSON, some replaced; a buffer is filled and dropped."""
    for _ in range(READ_EACH):
        json.dumps(SESSIONS[-random.randrange(1, ACTIVE)])
    for _ in range(REPLACED_EACH):
        SESSIONS[-random.randrange(1, ACTIVE)] = session(random.randrange(1 << 30))
    bytearray(os.urandom(16) * (SCRATCH_BYTES // 16))


def scan() -> None:
    """A long stretch of the heap is read, object by object: each page of it is written to by counting references."""
    begin = random.randrange(max(len(SESSIONS) - READ_BY_SCAN, 1))
    sum(len(each) for each in SESSIONS[begin : begin + READ_BY_SCAN])


LOADS: dict[str, Callable[[], None]] = {"idle": rest, "requests": serve, "scans": scan}

app = application = Flask("full")
HeapDiff(app)
work = LOADS[os.environ.get("FULL_LOAD", "idle")]


@app.get("/")
def index() -> Response:
    if SESSIONS:
        work()
    return jsonify(pid=os.getpid())


@app.post("/fill")
def fill() -> Response:
    """Until the file that says how much is used (`of`, less what the kernel can take back) says `until`."""
    until, of = int(request.args["until"]), Path(request.args["of"])
    while used(of) < until:
        SESSIONS.extend(session(len(SESSIONS) + each) for each in range(BLOCK))
    return jsonify(pid=os.getpid(), sessions=len(SESSIONS), used=used(of))


def used(usage: Path) -> int:
    lines = (line.split() for line in usage.with_name("memory.stat").read_text().splitlines())
    cache = {name: int(number) for name, number, *_ in lines}
    return int(usage.read_text()) - cache.get("total_inactive_file", cache.get("inactive_file", 0))
