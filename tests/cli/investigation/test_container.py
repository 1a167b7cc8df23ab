"""A process that sees another disk is investigated from outside; what it wrote there may go with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.agent.containers import container, number_outside, private
from tests.agent.target import Target
from tests.cli.command import run
from tests.cli.investigation.clocks import PlannedClock

pytestmark = pytest.mark.process
SHOP = """
import heapdiff
SESSIONS = {}
heapdiff.install(signal=None)
def grow():
    for number in range(1000):
        SESSIONS[len(SESSIONS)] = ["tea"]
"""


@pytest.mark.slow
@pytest.mark.parametrize("ends", [False, True])
def test_it_is_compared_by_what_it_wrote_on_its_own_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: bool
) -> None:
    hidden = tmp_path / "private"
    hidden.mkdir()
    with Target(
        SHOP, prefix=container(commands=private(hidden)), TMPDIR=str(hidden), HEAPDIFF_DIR=""
    ) as shop:
        pid = number_outside(shop)
        plan: dict[float, Callable[[], object]] = {100.0: lambda: shop.execute("grow()")}
        plan[200.0] = shop.close if ends else lambda: shop.execute("grow()")
        monkeypatch.setattr("heapdiff.cli.investigation.investigate.make_clock", lambda: PlannedClock(plan))
        done = run("investigate", str(pid))
    assert f": /proc/{pid}/root{hidden}/heapdiff-0/" in done.stderr
    if ends:
        assert done.exit_code == 4
        assert "2 snapshots were on a disk that only its container had, and went with it" in done.stderr
    else:
        assert done.exit_code == 0
        assert "['SESSIONS'] keeps 2,000 more entries" in " ".join(done.stdout.split())
