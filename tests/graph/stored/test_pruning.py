"""How much is stored is bounded: what was used longest ago goes first, and what isn't ours is never touched."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from heapdiff.graph.stored import pruning
from tests.graph.stored.cabinets import BOUND, Asked

ROOM = 3 * 8192  # each file takes two blocks of 4 KiB


@pytest.fixture
def snapshots(tmp_path: Path) -> list[Asked]:
    found = []
    for number in range(4):
        heap = tmp_path / f"{number}.heap"
        heap.write_bytes(bytes(number + 1))
        found.append(Asked(tmp_path / "cache", heap))
    return found


def grow_old(asked: Asked, hours: int) -> None:
    """All that is there."""
    for name in os.listdir(asked.directory):
        os.utime(asked.directory / name, (time.time() - 3600 * hours,) * 2)


def test_what_was_used_longest_ago_makes_room(snapshots: list[Asked]) -> None:
    for asked in snapshots[:3]:
        asked.ask(bound=ROOM)
        grow_old(asked, 1)
    assert snapshots[0].ask(bound=ROOM)  # used just now
    snapshots[3].ask(bound=ROOM)
    assert len(os.listdir(snapshots[0].directory)) == 3
    assert [asked.ask(writes=False) for asked in snapshots].count(True) == 3
    assert snapshots[0].ask(writes=False)
    assert snapshots[3].ask(writes=False)


def test_a_snapshot_does_not_drive_out_its_own(snapshots: list[Asked]) -> None:
    asked = snapshots[0]
    names = ("records", "routes", "referrers", "dominance")
    for asked.name in names:
        asked.ask(bound=ROOM)
    assert len(os.listdir(asked.directory)) == 3
    stored = []
    for asked.name in names:
        stored.append(asked.ask(bound=ROOM))
    assert stored == [True, True, True, False]


def test_one_that_is_larger_than_the_bound_drives_out_nothing(snapshots: list[Asked]) -> None:
    snapshots[0].ask()
    snapshots[1].ask(bound=100)
    assert snapshots[0].ask()
    assert not snapshots[1].ask(writes=False)


@pytest.mark.parametrize(("limit", "value"), [("LEAST_FREE_BYTES", 1 << 62), ("LEAST_FREE_SHARE", 1)])
def test_nothing_is_written_on_a_disk_that_is_nearly_full(
    snapshots: list[Asked], monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    snapshots[0].ask()
    monkeypatch.setattr(pruning, limit, value)
    snapshots[1].ask()
    assert not snapshots[1].ask()
    assert snapshots[0].ask()


def test_what_an_interrupted_command_left_goes_after_an_hour(snapshots: list[Asked]) -> None:
    asked = snapshots[0]
    asked.ask()
    left = asked.directory / f".{asked.file.name}.4242-0123abcd.partial"
    left.write_bytes(b"half")
    snapshots[1].ask()
    assert left.exists()
    os.utime(left, (time.time() - 2 * 3600,) * 2)
    snapshots[2].ask()
    assert not left.exists()


def test_other_files_are_never_touched(snapshots: list[Asked]) -> None:
    asked = snapshots[0]
    asked.directory.mkdir(mode=0o700)
    others = [
        asked.directory / name for name in ("thesis.stored", "a.heap", ".x.partial", "1-2-3-4.routes.stored")
    ]
    for other in others:
        other.write_bytes(bytes(100_000))
        os.utime(other, (1, 1))
    asked.ask(bound=ROOM)
    assert asked.ask(bound=ROOM)
    assert all(other.exists() for other in others)


def test_with_writing_off_nothing_is_added(snapshots: list[Asked]) -> None:
    assert not snapshots[0].ask(writes=False)
    assert not snapshots[0].ask(bound=BOUND)
    assert snapshots[0].ask(writes=False)
