"""What a command on small snapshots doesn't pay for as it starts. One process, half a second."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import run_process
from tests.cli.snapshot_files import SHOP_AFTER, SHOP_BEFORE, write_snapshot

COUNTING = """
import atexit, gc, sys

def count():
    return sum(each["collections"] for each in gc.get_stats())

before = count()
atexit.register(lambda: print(count() - before, file=sys.stderr))
from heapdiff.__main__ import main
sys.exit(main())
"""
FEW_COLLECTIONS = 10  # by CPython's own thresholds there are a hundred


@pytest.mark.process
def test_a_small_comparison_hardly_looks_for_garbage(tmp_path: Path) -> None:
    before, after = write_snapshot(tmp_path, SHOP_BEFORE, 1), write_snapshot(tmp_path, SHOP_AFTER, 2)
    done = run_process("compare", before, after, start=COUNTING)
    assert "shop.cache.SESSIONS" in done.stdout
    assert int(done.stderr) < FEW_COLLECTIONS
