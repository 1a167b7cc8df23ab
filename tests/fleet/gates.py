"""Simulate releases, half of them with a new or a larger leak, and let `heapdiff fleet gate` judge each.

`python -m tests.fleet.gates` prints one line for each release, and ends with 0 when every verdict is right, else with 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.fleet.proofs.asking import ask
from tests.fleet.proofs.scenarios import AFTER, BEFORE, Scenario, make_scenarios
from tests.fleet.simulation.world import World
from tests.fleet.simulation.writing import fill_lake

__all__ = ["Judged", "judge_all"]

FAILED: Final = "failed"


@dataclass(frozen=True, slots=True)
class Judged:
    """What the gate said of a scenario; `named` are the paths that it failed for."""

    scenario: Scenario
    verdict: str
    reason: str
    fingerprints: frozenset[str]
    named: tuple[str, ...]
    code: int

    @property
    def is_right(self) -> bool:
        """It's a verdict that is right, for the right holders, and a failure shows in the exit code."""
        culprits = self.scenario.culprits if self.verdict == FAILED else frozenset[str]()
        told = (self.code == 1) == (self.verdict == FAILED) and self.code in (0, 1)
        return self.verdict in self.scenario.right and self.fingerprints == culprits and told


def judge_all(scenarios: list[Scenario]) -> Iterator[Judged]:
    """A lake for each."""
    for scenario in scenarios:
        with tempfile.TemporaryDirectory() as folder:
            lake = str(Path(folder, "lake"))
            fill_lake(World(scenario.plan), lake)
            answer = ask("fleet", "gate", lake, "--before", BEFORE, "--after", AFTER)
        assert "verdict" in answer.content, answer.said
        failed = [row for row in answer.content["rows"] if row["failed"]]
        yield Judged(
            scenario,
            answer.content["verdict"],
            answer.content["reason"],
            frozenset(row["fingerprint"] for row in failed),
            tuple(row["path"] for row in failed),
            answer.code,
        )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fleet.gates", description=__doc__)
    parser.add_argument("--releases", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="the number of one of them")
    said = parser.parse_args()
    scenarios = make_scenarios(said.releases, said.seed)
    print(f"{'':5}  {'':>3}  {'release':32} {'workers':>7}  {'bytes/request':>13}  verdict")
    counts: Counter[tuple[bool, str]] = Counter()
    for judged in judge_all(scenarios if said.only is None else [scenarios[said.only]]):
        scenario = judged.scenario
        size = f"{scenario.bytes_per_request:,.0f}" if scenario.bytes_per_request else ""
        right = "ok" if judged.is_right else "WRONG"
        named = f": {', '.join(judged.named)}" if judged.named else ""
        print(
            f"{right:5}  {scenario.number:3}  {scenario.kind:32} {scenario.workers:7}  {size:>13}  "
            f"{judged.verdict}{named}",
            flush=True,
        )
        if not judged.is_right:
            print(f"       {judged.reason}; right: {', '.join(sorted(scenario.right))}", flush=True)
        counts[judged.is_right, judged.verdict] += 1
    right_ones = sum(count for (right, _), count in counts.items() if right)
    each = ", ".join(
        f"{count} {verdict}{'' if right else ' wrongly'}"
        for (right, verdict), count in sorted(counts.items(), reverse=True)
    )
    print(f"{right_ones} of {sum(counts.values())} right: {each}")
    return int(right_ones < sum(counts.values()))


if __name__ == "__main__":
    sys.exit(main())
