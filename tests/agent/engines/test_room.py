"""How much of a snapshot there is room for, as tables: each engine, what is left, what earlier captures cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from heapdiff.agent.engines import headroom
from heapdiff.agent.engines.headroom import NEEDS, CaptureHistory, CaptureSize, Room, judge_headroom

MIB = 1 << 20
ROOMY = {"left": (1000 * MIB, "the machine"), "disk": (1000 * MIB, 10_000 * MIB)}


@pytest.mark.parametrize(
    ("change", "room", "reason"),
    [
        ({}, Room.GRAPH, ""),
        ({"left": (None, ""), "disk": (None, 0)}, Room.GRAPH, ""),
        ({"left": (163 * MIB, "the control group")}, Room.FIGURES, "the control group leaves 170.9 MB"),
        ({"left": (164 * MIB, "the machine")}, Room.GRAPH, ""),
        ({"disk": (1 * MIB, 1000 * MIB)}, Room.NONE, "even a summary needs about 2.1 MB, /"),
        ({"disk": (3 * MIB, 1000 * MIB)}, Room.SUMMARY, "a graph needs about 72.0 MB"),
        ({"disk": (69 * MIB, 1000 * MIB)}, Room.GRAPH, ""),
        ({"disk": (200 * MIB, 10_000 * MIB)}, Room.SUMMARY, "a graph needs about 288.0 MB"),
        ({"disk": (69 * MIB, 1000 * MIB), "last": (20 * MIB, 100 * MIB)}, Room.SUMMARY, "about 80.7 MB"),
        ({"disk": (69 * MIB, 1000 * MIB), "last": (5 * MIB, 50 * MIB)}, Room.GRAPH, ""),
    ],
)  # fmt: skip
def test_the_python_engine_judges_by_what_is_left_and_by_its_last_graph(
    change: dict[str, tuple[Any, Any]],
    room: Room,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """A process of 100 MiB: memory for 64 MiB and itself; a graph of a sixth, or as large as the last grew to be."""
    given = {"last": (0, 0), **ROOMY, **change}
    pretend(monkeypatch, given["left"], given["disk"])
    size = CaptureSize(tmp_path, 100 * MIB, history=CaptureHistory(*given["last"]))
    found = judge_headroom(NEEDS["gc"], size)
    assert found.room == room
    assert reason in found.reason
    assert bool(found.reason) == bool(reason)


def pretend(
    monkeypatch: pytest.MonkeyPatch, left: object, disk: object, together: str = "", tmpfs: bool = False
) -> None:
    monkeypatch.setattr(headroom, "memory_left", lambda _: left)
    monkeypatch.setattr(headroom, "memory_ends_together", lambda _: together)
    monkeypatch.setattr(headroom, "is_in_memory", lambda _: tmpfs)
    monkeypatch.setattr(headroom, "disk_left", lambda _: disk)


@pytest.mark.parametrize(
    ("limit", "fill", "copied", "alone", "together"),
    [
        (256, 0.90, 0, Room.GRAPH, Room.GRAPH),
        (512, 0.90, 0, Room.GRAPH, Room.GRAPH),
        (2048, 0.90, 0, Room.GRAPH, Room.GRAPH),
        (256, 0.90, 8, Room.GRAPH, Room.SUMMARY),
        (512, 0.90, 8, Room.GRAPH, Room.GRAPH),
        (256, 0.97, 0, Room.TRACKED, Room.FIGURES),
        (512, 0.97, 0, Room.SUMMARY, Room.FIGURES),
        (2048, 0.97, 0, Room.GRAPH, Room.TRACKED),
        (256, 0.97, 8, Room.FIGURES, Room.FIGURES),
        (512, 0.90, 100, Room.FIGURES, Room.FIGURES),
        (256, 0.995, 0, Room.FIGURES, Room.FIGURES),
    ],
)
def test_a_nearly_full_group_gets_what_fits_beside_what_the_worker_copies(
    limit: int,
    fill: float,
    copied: int,
    alone: Room,
    together: Room,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Page tables are a 512th of a dense heap. `together`: as in a group of version 2 that the kernel kills as a whole."""
    used = int(limit * MIB * fill)
    size = CaptureSize(tmp_path, used, used // 512, CaptureHistory(copied_bytes=copied * MIB))
    for ends_together, expected in (("", alone), (", and the group", together)):
        left = limit * MIB - used, "the control group"
        pretend(monkeypatch, left, ROOMY["disk"], ends_together)
        assert judge_headroom(NEEDS["native"], size).room == expected


def test_a_graph_in_a_directory_that_is_memory_needs_that_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    size = CaptureSize(tmp_path, 600 * MIB, MIB)
    rooms = []
    for tmpfs in (False, True):
        pretend(monkeypatch, (100 * MIB, "the machine"), ROOMY["disk"], tmpfs=tmpfs)
        rooms.append(judge_headroom(NEEDS["native"], size).room)
    assert rooms == [Room.GRAPH, Room.SUMMARY]
