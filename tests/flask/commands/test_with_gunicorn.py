"""The `flask` executable next to a real gunicorn: what an on-call person types, without a path or a PID."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from heapdiff.flask.commands.group import heapdiff
from tests.agent.setups import NEEDS_NATIVE
from tests.flask.gunicorn import ROOT, Gunicorn

pytestmark = [NEEDS_NATIVE, pytest.mark.process]
FLASK = Path(sys.executable).with_name("flask")
TIMEOUT_S = 120


def flask(server: Gunicorn, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As typed where the app is, with the app's own environment."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "HEAPDIFF_DIR": str(server.directory),
        "COLUMNS": "200",
    }
    return subprocess.run(
        [FLASK, "--app", "shop:make", "heapdiff", *arguments],
        cwd=server.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def here(server: Gunicorn, *arguments: str) -> Result:
    """The same in this process, which takes a third of the time."""
    app = Flask("shop")
    app.config["HEAPDIFF_DIR"] = str(server.directory)
    return app.test_cli_runner().invoke(heapdiff, arguments)


@pytest.mark.slow
def test_snapshots_are_taken_of_every_worker_and_compared_without_a_path_or_a_pid(tmp_path: Path) -> None:
    with Gunicorn(tmp_path, workers=2) as server:
        pids = server.two_workers()
        listed = json.loads(flask(server, "ps", "--format", "json").stdout)
        assert sorted(each["pid"] for each in listed["processes"]) == pids  # and not `flask` itself
        for _ in range(2):
            taken = flask(server, "snapshot")
            assert taken.returncode == 0, taken.stderr
            assert sorted(Path(line).name.split("-")[-3] for line in taken.stdout.splitlines()) == list(
                map(str, pids)
            )
            for _ in range(10):
                server.worker()
        compared = flask(server, "compare", "--format", "json")
        assert compared.returncode == 0, compared.stderr
        assert (
            sorted(each["snapshots"][0]["pid"] for each in json.loads(compared.stdout)["processes"]) == pids
        )
        assert f"looking at processes {pids[0]}, {pids[1]} (running)" in compared.stderr
        switched = here(server, "sample", "on", "--every", "64kB", "--format", "json")
        assert [each["sample"]["bytes"] for each in json.loads(switched.stdout)["processes"]] == [64_000] * 2
        watched = here(server, "watch", "shop.SESSIONS", "--for", "1s")
        assert "the busiest of 2 workers" in watched.stderr
        assert watched.exit_code == 4  # a list, or a Python that can't
