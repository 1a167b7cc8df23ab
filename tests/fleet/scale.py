"""Time all questions over many rows, on each engine, and see that all engines give the same rows.

`python -m tests.fleet.scale --rows 10M --engines duckdb,sail,pyspark` makes a lake of at least so many suspects and asks each
question in a process of its own. Prints CPU seconds (with children and the engine's server), peak resident memory and wall time.
Ends with 1 where answers differ.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from tests.fleet.proofs.engines import Asked, ask_apart, differences, open_engine
from tests.fleet.simulation.fleet import EVERYWHERE, LEAK, SERVICES, plan_fleet
from tests.fleet.simulation.plan import Holder, Plan
from tests.fleet.simulation.world import World
from tests.fleet.simulation.writing import fill_lake

__all__ = ["QUESTIONS", "ask_all", "plan_rows"]

UNITS: Final = {"K": 10**3, "M": 10**6}
DAYS, PER_DAY, PILOT = 30, 144, 40
GATE: Final = ("--before", "v1.11.0", "--after", "v1.12.0")
QUESTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "leaks": ("leaks",),
    "show": ("show", LEAK.fingerprint),
    "workers": ("workers",),
    "releases": ("releases",),
    "gate": ("gate", *GATE),
}
CACHES: Final = (
    tuple(  # large ones, that are listed for days: as many suspects in a comparison as real ones have
        Holder(f"app.models.Model{number}.seen", "str", "filling", EVERYWHERE, 60_000, 96, 60_000, objects=1)
        for number in range(3)
    )
)


def plan_rows(rows: int, days: float = DAYS, per_day: int = PER_DAY) -> Plan:
    """With so many workers that at least `rows` suspects come of it."""
    plan = plan_fleet(PILOT, days, per_day, 1)
    plan = replace(plan, holders=(*plan.holders, *CACHES))
    each = sum(len(day.of) for day in World(plan).run()) / PILOT
    return replace(plan, workers=max(len(SERVICES), round(1.1 * rows / each)))


def ask_all(lake: str, engine: str, python: str = sys.executable) -> Iterator[tuple[str, Asked]]:
    with open_engine(engine, python) as opened:
        for name, (question, *more) in QUESTIONS.items():
            yield name, ask_apart(opened, "fleet", question, lake, *more)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fleet.scale", description=__doc__)
    parser.add_argument("--rows", default="10M", help="suspects, as 500K or 100M")
    parser.add_argument("--engines", default="duckdb", help="of duckdb, sail and pyspark, with commas")
    parser.add_argument("--lake", type=Path, help="a folder for it, which stays; used if it's there")
    parser.add_argument("--sail", default=sys.executable, help="the Python of an environment with Sail")
    parser.add_argument("--pyspark", default=sys.executable, help="and of one with PySpark")
    said = parser.parse_args()
    pythons = {"sail": said.sail, "pyspark": said.pyspark}
    rows = int(said.rows[:-1]) * UNITS[said.rows[-1]] if said.rows[-1] in UNITS else int(said.rows)
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        lake = said.lake or Path(folder, "lake")
        if not lake.exists():
            plan = plan_rows(rows)
            count = fill_lake(World(plan), str(lake))
            print(f"{plan.workers:,} workers, {count:,} suspects in {lake}", flush=True)
        first: dict[str, Asked] = {}
        for engine in said.engines.split(","):
            answers = {}
            for name, asked in ask_all(str(lake), engine, pythons.get(engine, sys.executable)):
                answers[name] = asked
                found = list(differences(first.get(name, asked).content, asked.content))
                same = "" if not first else "differs" if found else "same rows"
                print(f"{_row(engine, name, asked)}  {same}", flush=True)
                for sentence in found[:10]:
                    print(f"       {sentence}", flush=True)
                wrong += len(found)
            first = first or answers
            print(_row(engine, "all", _sum(answers)), flush=True)
    return min(wrong, 1)


def _row(engine: str, name: str, asked: Asked) -> str:
    return f"{engine:8} {name:9} {asked.cpu_s:7.1f} CPU s {asked.peak_mb:7,.0f} MB {asked.wall_s:7.1f} s"


def _sum(answers: Mapping[str, Asked]) -> Asked:
    each = answers.values()
    return Asked(
        {},
        sum(asked.cpu_s for asked in each),
        max(asked.peak_mb for asked in each),
        sum(asked.wall_s for asked in each),
    )


if __name__ == "__main__":
    sys.exit(main())
