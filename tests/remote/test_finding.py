"""Where agents are looked for, and how much of what others put there: nobody keeps the others' from being found."""

from __future__ import annotations

import math
import os
import tempfile
import time
from pathlib import Path

import pytest

from heapdiff.remote.finding import MAX_SHOWN, Patience, find_agents, own_directories
from heapdiff.remote.seeing import MAX_PARTS, MAX_PATH_BYTES, paths_of
from tests.cli.command import run
from tests.cli.targets import WAITING, running

AGENT = "import heapdiff\nheapdiff.install()\n"
LONG = ("/a" * 30_000, "/" + "a" * MAX_PATH_BYTES, "/a" * (MAX_PARTS + 1))


@pytest.mark.parametrize("told", LONG, ids=["many parts and bytes", "many bytes", "many parts"])
@pytest.mark.parametrize("variable", ["HEAPDIFF_DIR", "TMPDIR"])
def test_a_path_that_the_system_cannot_open_is_looked_into_nowhere(variable: str, told: str) -> None:
    with running(WAITING, **{"HEAPDIFF_DIR": "", variable: told}) as process:
        paths = paths_of(process.pid, os.geteuid())
        done = run("snapshot", str(process.pid))
    assert paths
    assert all(len(str(path)) < 200 for path in paths)
    assert done.exit_code == 4
    assert len(done.stderr) < 2000


def test_a_long_path_is_shortened_in_what_is_said() -> None:
    told = "/" + "/".join(["b" * 200] * 15)
    with running(WAITING, HEAPDIFF_DIR=told) as process:
        done = run("snapshot", str(process.pid))
    assert done.exit_code == 4
    assert "b..." in done.complaint[0]
    assert all(len(line) < 5 * MAX_SHOWN for line in done.complaint)


def test_agents_are_looked_for_until_a_moment_and_what_was_left_out_is_known(tmp_path: Path) -> None:
    with running(AGENT + WAITING, HEAPDIFF_DIR=str(tmp_path)) as process:
        late, in_time = (find_agents(tmp_path, time.monotonic() + more) for more in (-1.0, 60.0))
    assert (late.found, late.unlooked) == ((), (os.geteuid(),))
    assert ([agent.pid for agent in in_time.found], in_time.unlooked) == ([process.pid], ())


def test_who_took_his_part_of_the_time_leaves_the_others_theirs() -> None:
    patience = Patience(math.inf, 1.0)
    patience.spent[4100] = 1.5
    assert [patience.allows(user) for user in (4100, 4101)] == [False, True]
    assert patience.unlooked == {4100}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root looks into others' directories")
def test_only_a_directory_that_is_named_after_its_owner_is_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("heapdiff-4100", "heapdiff-4101", "heapdiff-x", "heapdiff-04100"):
        (tmp_path / name).mkdir()
        os.chown(tmp_path / name, 4100, 4100)
    assert own_directories() == [tmp_path / "heapdiff-0", tmp_path / "heapdiff-4100"]
    monkeypatch.setattr("heapdiff.remote.finding.MAX_DIRECTORIES", 0)
    assert own_directories() == [tmp_path / "heapdiff-0"]
