"""`python -m tests.benchmarks.preload`: what `advise` says that preloading and freezing would save, and what they really do.

A real gunicorn whose application loads rows at import: each worker by itself, preloaded, and preloaded with gc.freeze() in
when_ready. Memory is the sum of PSS over the master and its workers. Ends with 1 where a prediction is more than 15 % off.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import heapdiff
from tests.benchmarks.gunicorn import ROOT, Server, rollup, serve

TOLERANCE: Final = 0.15
ROW: Final = "{:26} {:>10} {:>12} {:>12} {:>10} {:>8}"
APPLICATION: Final = """
import gc
from flask import Flask
app = Flask(__name__)
ROWS = [{{"id": number, "name": f"product {{number}}", "price": number / 7, "tags": [number]}} for number in range({rows})]
@app.get("/")
def view():
    return "ok"
@app.get("/collect")
def collect():
    gc.collect()
    return "ok"
"""
PRELOADED: Final = "preload_app = True\n"
FROZEN: Final = PRELOADED + "def when_ready(server):\n    import gc; gc.freeze()\n"


@dataclass(frozen=True, slots=True)
class Measured:
    """Bytes of all processes, and what `advise` says could be saved of them."""

    name: str
    taken: int
    private: int
    predicted: int | None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--rows", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        alone, preloaded, frozen = (
            _measure(Path(folder) / str(number), name, config, options.workers, options.rows)
            for number, (name, config) in enumerate(
                (("by themselves", ""), ("preloaded", PRELOADED), ("preloaded and frozen", FROZEN))
            )
        )
    print(ROW.format("", "taken", "per worker", "predicted", "saved", "off"))
    right = [_judge(each, frozen) for each in (alone, preloaded)]
    print(ROW.format(frozen.name, _mb(frozen.taken), _mb(frozen.private), "", "", ""))
    return 0 if all(right) and frozen.predicted is None else 1


def _measure(place: Path, name: str, config: str, workers: int, rows: int) -> Measured:
    with serve(place, APPLICATION.format(rows=rows), config, workers) as server:
        for _ in range(workers * 40):
            server.get("/collect")  # as requests would in time: each of the workers, most likely
        time.sleep(1)
        taken = sum(rollup(pid, "Pss") for pid in (server.master, *server.workers))
        private = sum(rollup(pid, "Private_Dirty") for pid in server.workers) // workers
        return Measured(name, taken, private, _predict(server))


def _predict(server: Server) -> int | None:
    asked = subprocess.run(
        [sys.executable, "-m", "heapdiff", "snapshot", str(server.workers[0]), "--dir", str(server.directory)],
        check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    findings = heapdiff.advise(asked.stdout.strip()).findings
    return next((each.saves_bytes for each in findings if each.rule == "preload-and-freeze"), None)


def _judge(measured: Measured, frozen: Measured) -> bool:
    saved, predicted = measured.taken - frozen.taken, measured.predicted or 0
    off = predicted / saved - 1
    row = (_mb(measured.taken), _mb(measured.private), _mb(predicted), _mb(saved), f"{100 * off:+.1f} %")
    print(ROW.format(measured.name, *row), flush=True)
    return abs(off) <= TOLERANCE


def _mb(number: int) -> str:
    return f"{number / 1e6:.1f} MB"


if __name__ == "__main__":
    sys.exit(main())
