"""The fleet's sample as the page has it: run, ingested, and asked."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from samples.fleet import __main__ as sample
from samples.fleet.clock import pretend
from samples.leaky_shop.illustrate import ROOT
from tests.cli.command import run

pytest.importorskip("ibis")
LEAK = "shop.cache.SESSIONS"
EACH = len(sample.PODS) * sample.WORKERS


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("fleet")
    subprocess.run(
        [sys.executable, "-m", "samples.fleet", "--dir", str(place / "heaps")],
        cwd=ROOT, check=True, capture_output=True, timeout=200,
    )  # fmt: skip
    done = run("fleet", "ingest", str(place / "heaps"), "--to", str(place / "lake"), "--format", "json")
    assert done.exit_code == 0, done.stderr
    return place / "lake"


def ask(*arguments: object, exit_code: int = 0) -> dict[str, Any]:
    done = run("fleet", *map(str, arguments), "--format", "json")
    assert done.exit_code == exit_code, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def only(answers: Iterable[dict[str, Any]], path: str) -> dict[str, Any]:
    (found,) = (each for each in answers if each["path"] == path)
    return found


@pytest.mark.soak  # a minute of three releases
@pytest.mark.process
def test_the_leak_is_found_with_its_release_and_its_fix(lake: Path) -> None:
    leak = only(ask("leaks", lake)["leaks"], LEAK)
    assert (leak["first_release"], leak["gone_with"]) == ("1.1", "1.2")
    assert leak["workers"] == EACH
    assert 200 < leak["bytes_per_request"] < 600
    assert only(ask("leaks", lake, "--release", "1.1")["leaks"], LEAK)["fingerprint"] == leak["fingerprint"]
    assert ask("show", lake, leak["fingerprint"][:8])["leak"]["path"] == LEAK


@pytest.mark.soak
@pytest.mark.process
def test_the_gate_stops_the_release_that_leaks_and_lets_the_fix_pass(lake: Path) -> None:
    ask("gate", lake, "--before", "1.0", "--after", "1.1", exit_code=1)
    assert ask("gate", lake, "--before", "1.1", "--after", "1.2")["verdict"] == "passed"


def test_snapshots_pretend_to_have_been_taken_every_fifty_minutes(tmp_path: Path) -> None:
    summary = tmp_path / "web1-7-0002-20261201T120059Z.json"
    moments = '"captured_at": "2026-12-01T12:00:59.500000Z", "process": {"started_at": "2026-12-01T12:00:00Z", "release": "b"}'
    summary.write_text(f'{{"id": "{summary.stem}", {moments}}}')
    pretend([summary], ("a", "b"), until=datetime(2026, 12, 1, 12, 0, tzinfo=UTC))
    assert json.loads(summary.read_text()) == {
        "id": summary.stem,
        "captured_at": "2026-12-01T11:10:00.000000Z",
        "process": {"started_at": "2026-12-01T09:30:00.000000Z", "release": "b"},
    }
