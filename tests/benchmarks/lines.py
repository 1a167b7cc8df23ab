"""`python -m tests.benchmarks.lines`: what profiling a view line by line costs a call, beside memory_profiler and tracemalloc.

The modes take turns in every round; CPU time only. memory_profiler is in the extra `benchmarks`; its own table goes nowhere.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any, Final

from heapdiff.flask import LineProfile

FRAMES: Final = (1, 5)
ROW: Final = "{:24} {:>12} {:>9}"
KEPT: list[Any] = []


def view(products: int) -> str:
    """A page's worth of work: some lines that run often and allocate little, and one that keeps something."""
    rows = [{"name": f"product {number}", "price": number * 1.1} for number in range(products)]
    total = 0.0
    texts = []
    for row in rows:
        price = float(str(row["price"]))
        total += price
        texts.append(f"<li>{row['name']}: {price:.2f}</li>")
    page = bytearray(50_000)
    KEPT.append(bytearray(1000))
    return "".join(texts) + str(total + len(page))


def modes() -> dict[str, Callable[[], contextlib.AbstractContextManager[Callable[[int], object]]]]:
    found: dict[str, Any] = {"without": without, "profile_lines": with_lines}
    found |= {
        f"tracemalloc, {frames} frame{'s'[: frames - 1]}": with_tracemalloc(frames) for frames in FRAMES
    }
    if importlib.util.find_spec("memory_profiler") is not None:
        found["memory_profiler"] = with_memory_profiler
    return found


@contextlib.contextmanager
def without() -> Iterator[Callable[[int], object]]:
    yield view


@contextlib.contextmanager
def with_lines() -> Iterator[Callable[[int], object]]:
    with LineProfile(view):
        yield view


def with_tracemalloc(frames: int) -> Callable[[], contextlib.AbstractContextManager[Callable[[int], object]]]:
    @contextlib.contextmanager
    def traced() -> Iterator[Callable[[int], object]]:
        tracemalloc.start(frames)
        yield view
        tracemalloc.stop()

    return traced


@contextlib.contextmanager
def with_memory_profiler() -> Iterator[Callable[[int], object]]:
    """Not its backend tracemalloc: that takes a snapshot for each line that runs, seconds for a call."""
    import memory_profiler

    yield memory_profiler.profile(view, stream=io.StringIO())


def measure(function: Callable[[int], object], products: int, calls: int) -> float:
    """Microseconds of CPU time per call."""
    function(products)
    began = time.process_time_ns()
    for _ in range(calls):
        function(products)
    return (time.process_time_ns() - began) / calls / 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=5)
    parser.add_argument("--products", type=int, default=50)
    asked = parser.parse_args()
    times: dict[str, list[float]] = {}
    for _ in range(asked.rounds):
        for name, start in modes().items():
            with start() as function:
                times.setdefault(name, []).append(measure(function, asked.products, asked.calls))
            KEPT.clear()
    bare = median(times["without"])
    print(f"CPython {sys.version.split()[0]}, {asked.products} products, median of {asked.rounds} rounds\n")
    print(ROW.format("", "µs per call", "times"))
    for name, found in times.items():
        print(ROW.format(name, f"{median(found):,.0f}", f"{median(found) / bare:.1f}"))


if __name__ == "__main__":
    main()
