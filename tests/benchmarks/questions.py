"""What each question about a snapshot costs: why by key, why by type, tree, show; and compare, of a series.

`python -m tests.benchmarks.questions AFTER --type str`, or of a series `FIRST … LAST`: questions are asked of the last one.
`--against DIR` asks another checkout the same, in turns, and says whether its answers are the same bytes. Every question runs in
a fresh process, and memory was touched just before: a machine whose host takes it back needs twice as long. Nothing here fails
because something was slow.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import heapdiff

HERE: Final = Path(heapdiff.__file__).parents[1]
GB: Final = 1e9
TOUCH: Final = "import sys; from tests.benchmarks.stages import touch_memory; touch_memory(sys.argv[1:])"
HEAD: Final = ("question", "checkout", "user s", "sys s", "wall s", "peak GB", "answer")


@dataclass(frozen=True)
class Cost:
    """One answer; its processor time, and the most memory that its process had."""

    user_s: float
    system_s: float
    wall_s: float
    peak_bytes: int
    answer: str


def ask(checkout: Path, question: Sequence[str], snapshots: Sequence[str]) -> Cost:
    """One question to the command line of a checkout."""
    subprocess.run([sys.executable, "-c", TOUCH, *snapshots[-2:]], check=True)
    command = [sys.executable, "-m", "heapdiff", *question, "--format", "json"]
    with tempfile.TemporaryFile() as answer:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=answer, env={**os.environ, "PYTHONPATH": str(checkout)}, cwd=checkout
        )
        _, status, used = os.wait4(process.pid, 0)
        took = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)}: ended with {process.returncode}")
        answer.seek(0)
        digest = hashlib.sha256(answer.read()).hexdigest()[:8]
    return Cost(used.ru_utime, used.ru_stime, took, used.ru_maxrss * 1024, digest)


def questions(asked: argparse.Namespace) -> Iterator[tuple[str, list[str]]]:
    """Their names and arguments."""
    paths = [str(Path(path).resolve()) for path in asked.snapshots]
    last = paths[-1]
    for what in (*asked.key, *asked.type):
        yield f"why {what}", ["why", last, what]
    yield "tree", ["tree", last]
    yield "show", ["show", last]
    if len(paths) > 1:
        yield f"compare {len(paths)}", ["compare", *paths]


def rows(asked: argparse.Namespace) -> Iterator[tuple[str, ...]]:
    checkouts = [HERE, *map(Path.resolve, asked.against)]
    for name, question in questions(asked):
        costs: dict[Path, list[Cost]] = {checkout: [] for checkout in checkouts}
        for _ in range(asked.repeat):
            for checkout in checkouts:
                costs[checkout].append(ask(checkout, question, asked.snapshots))
        for checkout, found in costs.items():
            same = len({cost.answer for cost in (*found, *costs[HERE])}) == 1
            yield (
                name,
                checkout.name,
                *(
                    f"{median(getattr(cost, field) for cost in found):.2f}"
                    for field in ("user_s", "system_s")
                ),
                f"{median(cost.wall_s for cost in found):.2f}",
                f"{max(cost.peak_bytes for cost in found) / GB:.2f}",
                found[0].answer if same else f"{found[0].answer} DIFFERS",
            )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.questions", description=__doc__)
    parser.add_argument("snapshots", nargs="+", metavar="SNAPSHOT", help="the .json files of one process")
    parser.add_argument(
        "--key", action="append", default=[], metavar="PATH", help="a holder path to ask why of"
    )
    parser.add_argument("--type", action="append", default=[], metavar="NAME", help="a type to ask why of")
    parser.add_argument(
        "--against", action="append", default=[], type=Path, metavar="DIR", help="a checkout, built"
    )
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="the median of so many is shown")
    asked = parser.parse_args()
    print("| " + " | ".join(HEAD) + " |")
    print("|---|---|---:|---:|---:|---:|---|")
    for row in rows(asked):
        print("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |", flush=True)


if __name__ == "__main__":
    main()
