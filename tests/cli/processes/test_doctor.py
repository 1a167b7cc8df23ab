"""`doctor` on this machine: the figures are the agent's own, and what's usual is no warning."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from heapdiff.cli.processes import checks
from heapdiff.remote import pokes
from tests.cli.command import ROOT, START, environment, run

SMALL_DISK = """
mount -t tmpfs -o size=20m,mode=700 small {directory}
{python} -c "{start}" doctor --format json --dir {directory}
head -c 19000000 /dev/zero > {directory}/ballast
{python} -c "{start}" doctor --format json --dir {directory}
"""


def states(text: str) -> dict[str, tuple[str, str]]:
    return {check["name"]: (check["state"], check["todo"]) for check in json.loads(text)["checks"]}


@pytest.mark.slow
def test_a_small_disk_with_room_for_a_graph_is_no_warning_and_a_full_one_says_how_to_go_on(
    tmp_path: Path,
) -> None:
    script = SMALL_DISK.format(directory=tmp_path, python=sys.executable, start=START)
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-ec", script],
        capture_output=True, text=True, check=True, env=environment(PYTHONPATH=str(ROOT)),
    )  # fmt: skip
    empty, full = done.stdout.replace("}\n{", "}\n\0{").split("\0")
    assert states(empty)["directory"] == ("ok", "")
    assert states(full)["directory"] == (
        "limited", "Too little for a graph: free some space, or set HEAPDIFF_DIR.",
    )  # fmt: skip


def test_a_directory_that_will_be_created_is_no_warning(tmp_path: Path) -> None:
    done = run("doctor", "--format", "json", "--dir", tmp_path / "a" / "b")
    assert states(done.stdout)["directory"] == ("ok", "")
    assert "created when it's first needed" in done.stdout


def test_without_the_extension_attaching_needs_what_the_engine_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(sys, "remote_exec", raising=False)
    monkeypatch.setattr(pokes, "own_layout", lambda: None)
    monkeypatch.setattr(checks, "find_spec", lambda _: None)
    done = run("doctor", "--format", "json")
    assert states(done.stdout)["attach"] == ("limited", checks.REINSTALL)
