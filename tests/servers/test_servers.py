"""Every server that people run Flask on: a snapshot under load harms nobody, and a new worker is armed again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.cases import CASES, Case
from tests.servers.conftest import every_server
from tests.servers.proof import prove
from tests.servers.running import Running


@pytest.mark.timeout(400)
@pytest.mark.parametrize("by_run", [pytest.param(False, id="extension"), pytest.param(True, id="run")])
@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.name, marks=() if case.quick else every_server) for case in CASES]
)
def test_snapshots_under_load(case: Case, by_run: bool, tmp_path: Path) -> None:
    assert not case.missing, f"not installed here: {', '.join(case.missing)}"
    with Running(case, tmp_path, by_run) as server:
        prove(server)
