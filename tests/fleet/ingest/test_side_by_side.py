"""Several that ingest the same sources at once: each row is there once, and nobody fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from heapdiff.fleet.lake.log import read_state
from heapdiff.fleet.lake.opening import open_store
from tests.fleet.rows import count_rows, is_whole, write_fleet


@pytest.mark.parametrize(
    "writers", [pytest.param(2, marks=pytest.mark.slow), pytest.param(6, marks=pytest.mark.soak)]
)
def test_the_same_sources_at_once(tmp_path: Path, writers: int) -> None:
    heaps, lake = tmp_path / "heaps", tmp_path / "lake"
    write_fleet(heaps, 3, 4)
    command = [sys.executable, "-m", "tests.fleet.ingest.forking", "together"]
    subprocess.run([*command, str(heaps), str(lake), str(writers)], check=True, timeout=200)
    assert is_whole(count_rows(lake), 3, 4)
    state = read_state(open_store(str(lake)))
    assert state is not None
    there = {str(path.relative_to(lake)) for path in lake.rglob("*.parquet")}
    assert there == set(state.files) | set(state.removed), "what the losers wrote is gone"
