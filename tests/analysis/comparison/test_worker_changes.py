"""Snapshots that are not of one process in order of time: real ones, of processes that were restarted."""

from __future__ import annotations

from pathlib import Path

import pytest

import heapdiff
from heapdiff.answers import Comparison, Comparisons, VerdictKind
from tests.agent.setups import NATIVE, engine_setup
from tests.agent.target import Target

CACHE = """
import types
shop = sys.modules["shop"] = types.ModuleType("shop")
shop.CACHE = {}
def fill(count):
    for number in range(len(shop.CACHE), count): shop.CACHE[f"key {number}"] = [number]
"""


def take(directory: Path, engine: str, *counts: int) -> list[str]:
    """Snapshots of a fresh process, whose cache holds so many entries at each."""
    directory.mkdir(mode=0o700, exist_ok=True)
    with Target(engine_setup(engine, directory)) as target:
        target.execute(CACHE)
        return [target.evaluate("snapshot()", f"fill({count})")["path"] for count in counts]


@pytest.mark.parametrize("engine", [NATIVE])
def test_a_worker_that_was_restarted_is_compared_by_type_only_and_said_to_be_another(
    engine: str, tmp_path: Path
) -> None:
    (first,) = take(tmp_path / "snapshots", engine, 100)
    (second,) = take(tmp_path / "snapshots", engine, 2100)
    comparison = heapdiff.compare(first, second)
    assert isinstance(comparison, Comparison)
    assert comparison.verdict.kind is VerdictKind.INCONCLUSIVE
    assert "different processes" in comparison.verdict.text
    assert any("restarted" in note for note in comparison.notes)
    assert comparison.suspects == ()
    assert {row.type: row.count_delta for row in comparison.types}["list"] >= 1900


@pytest.mark.slow
@pytest.mark.parametrize("engine", [NATIVE])
def test_a_restart_between_the_second_and_the_third_snapshot_leaves_the_first_two_to_compare(
    engine: str, tmp_path: Path
) -> None:
    paths = take(tmp_path / "snapshots", engine, 100, 600) + take(tmp_path / "snapshots", engine, 1100)
    answer = heapdiff.compare(*paths)
    assert isinstance(answer, Comparisons)
    assert [[each.path for each in process.snapshots] for process in answer.processes] == [paths[:2]]
    assert answer.processes[0].suspects[0].holder.path == "shop.CACHE"
    assert answer.verdict == answer.processes[0].verdict
    assert "has only one snapshot, so it isn't compared" in answer.notes[0]


@pytest.mark.parametrize("engine", [NATIVE])
def test_workers_in_a_directory_are_compared_each_by_itself(engine: str, tmp_path: Path) -> None:
    for _ in range(2):
        take(tmp_path / "snapshots", engine, 100, 600, 1100)
    answer = heapdiff.compare(tmp_path / "snapshots")
    assert isinstance(answer, Comparisons)
    assert answer.verdict.kind is VerdictKind.LEAK
    assert answer.verdict.text.startswith("The same leak in 2 of 2 processes: shop.CACHE keeps more list, ")
    (shared,) = answer.shared
    assert shared.processes == tuple(process.snapshots[0].pid for process in answer.processes)
    assert {process.suspects[0].fingerprint for process in answer.processes} == {shared.fingerprint}


@pytest.mark.slow
@pytest.mark.parametrize("engine", [NATIVE])
def test_snapshots_named_in_the_wrong_order_are_put_right_and_that_is_said(
    engine: str, tmp_path: Path
) -> None:
    first, second, third = take(tmp_path / "snapshots", engine, 100, 600, 1100)
    comparison = heapdiff.compare(third, first, second)
    assert isinstance(comparison, Comparison)
    assert [each.path for each in comparison.snapshots] == [first, second, third]
    assert any("sorted" in note for note in comparison.notes)
    assert comparison.suspects[0].holder.path == "shop.CACHE"
    assert (comparison.suspects[0].holder.length_before, comparison.suspects[0].holder.length_after) == (
        100,
        1100,
    )
