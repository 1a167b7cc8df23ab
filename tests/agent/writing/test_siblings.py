"""A snapshot tells what the process's parent takes, and its other children: of the same program, as far as they can be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from heapdiff.agent.writing.siblings import read_siblings
from tests.agent.setups import EVERY_ENGINE, engine_setup
from tests.agent.target import Target

MORE = """
import subprocess
def fork(function):
    pid = os.fork()
    if pid == 0:
        try:
            function()
        finally:
            os._exit(0)
    return pid
def taken():
    read, write = os.pipe()
    def take():
        configure()
        os.write(write, snapshot(graph=False)["path"].encode())
    fork(take)
    os.wait()
    return os.read(read, 1000).decode()
"""


def siblings(engine: str, directory: Path, begin: str) -> tuple[Any, list[dict[str, Any]]]:
    """What `begin` gives, and what a child that is forked afterwards says of its siblings."""
    directory.mkdir(mode=0o700)
    with Target(engine_setup(engine, directory, walk=False) + MORE) as target:
        begun = target.evaluate(begin)
        memory = json.loads(Path(target.evaluate("taken()")).read_text())["memory"]
        assert memory["private_dirty_bytes"] <= memory["private_bytes"]
        assert memory["shared_dirty_bytes"] > 0  # with its parent
        found: list[dict[str, Any]] = memory["siblings"]
        assert found[0]["parent"]
        assert found[0]["pid"] == target.process.pid
        return begun, found


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_the_parent_and_its_other_children_are_told_with_what_they_keep_for_themselves(
    engine: str, tmp_path: Path
) -> None:
    """
    target ──► idle, with 20 MB of its own
           ──► the process that is captured
    """
    idle, (parent, other) = siblings(
        engine, tmp_path / "heaps", "fork(lambda: (bytearray(b'x') * 20_000_000, signal.pause()))"
    )
    assert (other["pid"], other["parent"], other["forked"], parent["forked"]) == (idle, False, True, True)
    assert set(other) == {
        "pid", "parent", "forked", "rss_bytes", "pss_bytes", "private_bytes", "private_dirty_bytes", "shared_dirty_bytes",
    }  # fmt: skip


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_another_program_is_no_sibling_and_the_same_one_started_anew_is_not_forked(
    engine: str, tmp_path: Path
) -> None:
    started = (
        "[subprocess.Popen(command, stdin=subprocess.PIPE).pid"
        " for command in (['cat'], [sys.executable, '-c', 'input()'])]"
    )
    (_, anew), (_, *others) = siblings(engine, tmp_path / "heaps", started)
    assert [(each["pid"], each["forked"]) for each in others] == [(anew, False)]


def test_who_is_gone_has_no_siblings() -> None:
    assert read_siblings(2**22 + 1, 1) is None
