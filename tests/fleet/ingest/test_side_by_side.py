"""Several that ingest the same sources at once: each row is there once, and nobody fails."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from heapdiff.fleet.ingest import ingesting
from heapdiff.fleet.ingest.ingesting import ingest
from heapdiff.fleet.lake import committing
from heapdiff.fleet.lake.opening import open_lake
from tests.fleet.rows import count_rows, is_whole, write_fleet


@pytest.mark.process
@pytest.mark.parametrize("writers", [2, pytest.param(6, marks=pytest.mark.slow)])
def test_the_same_sources_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writers: int) -> None:
    monkeypatch.setattr(ingesting, "MOST_SOURCES", 4)
    monkeypatch.setattr(committing, "EVERY", 2)
    heaps, lake = tmp_path / "heaps", tmp_path / "lake"
    write_fleet(heaps, 3, 4)
    run_at_once([lambda: ingest([str(heaps)], str(lake))] * writers)
    assert is_whole(count_rows(lake), 3, 4)
    named = {Path(name) for names in open_lake(str(lake)).files.values() for name in names}
    assert {
        path
        for table in ("snapshots", "comparisons", "suspects")
        for path in (lake / table).rglob("*.parquet")
    } == named


def run_at_once(works: list[Callable[[], object]]) -> None:
    """Each in a process of its own; they start together."""
    ready, go = os.pipe(), os.pipe()
    children = []
    for work in works:
        child = os.fork()
        if not child:
            os.close(go[1])
            os.write(ready[1], b".")
            os.read(go[0], 1)
            try:
                work()
                os._exit(0)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        children.append(child)
    assert len(b"".join(os.read(ready[0], 1) for _ in works)) == len(works)
    for end in (*ready, *go):
        os.close(end)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * len(works)
