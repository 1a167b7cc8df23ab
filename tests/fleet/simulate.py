"""Simulate a fleet, put it into a lake, ask heapdiff's questions of it, and hold the answers against the truth.

`python -m tests.fleet.simulate` is 10,000 workers with 144 snapshots a day over 30 days: half an hour, 4 GB of memory and 8 GB of
disk. Ends with 0 when every answer is right, else with 1.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from tests.fleet.proofs.checking import check_answers
from tests.fleet.proofs.part import Part
from tests.fleet.simulation.fleet import plan_fleet
from tests.fleet.simulation.plan import Plan
from tests.fleet.simulation.truth import find_truth
from tests.fleet.simulation.world import World
from tests.fleet.simulation.writing import Tables, fill_lake

__all__ = ["simulate"]


def simulate(plan: Plan, lake: str, files: int, folder: Path) -> Iterable[tuple[str, list[str]]]:
    """What was done, and what is wrong with it. `files`: how many summaries go into the lake as such; their `folder` is empty."""
    world, part, day = World(plan), Part(files, folder), int(plan.days * 0.3)

    def apart(number: int, tables: Tables) -> Tables:
        return part.take(tables) if number == day and files else tables

    started = time.process_time()
    if Path(lake).exists():
        for _ in world.run():
            pass
        yield f"the lake in {lake} is used as it is", []
    else:
        suspects = fill_lake(world, lake, apart)
        yield f"{suspects:,} suspects written in {time.process_time() - started:.0f} CPU s", []
        if files:
            wrong = list(part.deliver(lake, plan.seed))
            counts = ", ".join(f"{table.num_rows:,} {name}" for name, table in part.rows.items())
            yield f"{counts} ingested from files", wrong
    truth = find_truth(world)
    yield f"{truth.running:,} workers, {truth.lives:,} lives", []
    yield from check_answers(lake, truth)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fleet.simulate", description=__doc__)
    parser.add_argument("--workers", type=int, default=10_000)
    parser.add_argument("--per-day", type=int, default=144, help="snapshots of each")
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lake", type=Path, help="a folder for it, which stays; used if it's there")
    parser.add_argument(
        "--json-part", type=int, default=2000, metavar="N", help="summaries that go in as files"
    )
    said = parser.parse_args()
    plan = plan_fleet(said.workers, said.days, said.per_day, said.seed)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        lake = said.lake or Path(folder, "lake")
        for done, wrong in simulate(plan, str(lake), said.json_part, Path(folder, "files")):
            print(f"{'WRONG' if wrong else 'ok':5}  {done}", flush=True)
            for sentence in wrong:
                print(f"       {sentence}", flush=True)
            failed += len(wrong)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{used.ru_utime + used.ru_stime:.0f} CPU s in all, {used.ru_maxrss / 1024:,.0f} MB at the most")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
