"""`snapshot --to`: files elsewhere than in the process's own directory, which may be full."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from heapdiff.remote.door import ask_status
from heapdiff.snapshot import read_snapshot
from tests.agent.setups import EVERY_ENGINE, WITHOUT_ITS_WALK
from tests.agent.target import Target
from tests.cli.command import run
from tests.processes import agent_files
from tests.remote.test_door import said_to

INSTALL = "import heapdiff\nheapdiff.install(signal=None)\n"


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_a_snapshot_goes_where_it_is_wanted(tmp_path: Path, engine: str) -> None:
    own, to = tmp_path / "own", tmp_path / "made" / "für später"
    (tmp_path / "open").mkdir(mode=0o777)
    (tmp_path / "open").chmod(0o777)
    setup = (WITHOUT_ITS_WALK if engine == "gc" else "") + INSTALL
    with Target(setup, HEAPDIFF_DIR=str(own), HEAPDIFF_ENGINE=engine) as target:
        pid = str(target.process.pid)
        done = run("snapshot", pid, "--dir", own, "--to", to, "--label", "elsewhere")
        assert (done.exit_code, done.stderr) == (0, ""), done.stderr
        path = Path(done.stdout.strip())
        assert path.parent == to
        assert read_snapshot(path).summary.label == "elsewhere"
        assert [name for name in os.listdir(own) if not name.startswith(".")] == []
        for unfit in (tmp_path / "open", tmp_path / "two\nlines"):
            refused = run("snapshot", pid, "--dir", own, "--to", unfit)
            assert (refused.exit_code, len(refused.complaint)) == (4, 2)
            assert "--to: " in refused.complaint[0]
        (tmp_path / "open" / "x").mkdir(mode=0o700)
        order = f"heapdiff/1 to={tmp_path / 'open'}\x1fsnapshot graph=1 values=0 label=\n"
        said_to(
            agent_files(own, target.process.pid)[1], order.encode()
        )  # whoever asks: the agent looks itself
        while (status := ask_status(own, target.process.pid)) and status.state == "running":
            pass
        assert status is not None
        assert status.state == "failed"
        again = run("snapshot", pid, "--dir", own, "--no-graph")
        assert again.exit_code == 0, again.stderr
    assert os.listdir(tmp_path / "open") == ["x"]
