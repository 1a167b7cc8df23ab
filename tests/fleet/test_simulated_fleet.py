"""A small fleet, simulated: its answers are the truth, its files are the rows made directly, and the gate judges releases."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fleet.gates import judge_all
from tests.fleet.proofs.checking import check_leaks
from tests.fleet.proofs.engines import differences
from tests.fleet.proofs.part import Part
from tests.fleet.proofs.scenarios import make_scenario
from tests.fleet.simulation.fleet import plan_fleet
from tests.fleet.simulation.rows import make_tables
from tests.fleet.simulation.truth import find_truth
from tests.fleet.simulation.world import World
from tests.fleet.simulation.writing import fill_lake


def test_a_seed_makes_the_same_rows_each_time() -> None:
    first, again, other = (
        make_tables(world, next(world.run()))
        for world in (World(plan_fleet(8, 1, 24, seed)) for seed in (3, 3, 4))
    )
    assert first == again
    assert first != other
    assert all(table.num_rows for table in first.values())


@pytest.mark.slow
def test_every_leak_is_found_with_its_releases_and_nothing_else(tmp_path: Path) -> None:
    world = World(plan_fleet(40, 8, 48, 2))
    part = Part(60, tmp_path / "files")
    lake = str(tmp_path / "lake")
    fill_lake(world, lake, lambda day, tables: part.take(tables) if day == 3 else tables)
    assert list(part.deliver(lake, 2)) == []
    checked = dict(check_leaks(lake, find_truth(world)))
    assert len(checked) == 5
    assert [sentence for wrong in checked.values() for sentence in wrong] == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["new leak in a library", "larger bursts"])
def test_a_gate_judges_a_simulated_release(kind: str) -> None:
    (judged,) = judge_all([make_scenario(kind, 0, 7, among=[10])])
    assert judged.is_right, judged


def test_two_answers_differ_by_more_than_the_last_digits_of_a_float() -> None:
    answer = {"rows": [{"bytes": 12, "rate": 0.1 + 0.2, "path": "a"}]}
    assert list(differences(answer, {"rows": [{"bytes": 12, "rate": 0.3, "path": "a"}]})) == []
    for rows in ([{"bytes": 13, "rate": 0.3, "path": "a"}], [{"bytes": 12, "rate": 0.31, "path": "a"}], []):
        assert len(list(differences(answer, {"rows": rows}))) == 1
    assert len(list(differences(answer, {"rows": [{"bytes": 12, "rate": None, "path": "a"}]}))) == 1
