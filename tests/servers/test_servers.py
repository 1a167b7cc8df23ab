"""Every server that people run Flask on: a snapshot under load harms nobody, and a new worker is armed again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.cases import CASES, Case
from tests.servers.proof import prove
from tests.servers.running import Running

WAYS = ("extension", "run")


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("case", "way"),
    [
        pytest.param(
            case,
            way,
            id=f"{case.name}-{way}",
            marks=pytest.mark.slow if way in case.quick else pytest.mark.every_server,
        )
        for case in CASES
        for way in WAYS
    ],
)
def test_snapshots_under_load(case: Case, way: str, tmp_path: Path) -> None:
    assert not case.missing, f"not installed here: {', '.join(case.missing)}"
    with Running(case, tmp_path, by_run=way == "run") as server:
        prove(server)
