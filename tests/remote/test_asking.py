"""Which of a process's files is the answer, where no socket says so; which files are looked at for that."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from heapdiff.agent.directory.names import SnapshotName
from heapdiff.agent.directory.pruning import MAX_LOOKED_AT
from heapdiff.agent.directory.registry import AgentRecord
from heapdiff.errors import ProcessError
from heapdiff.remote.asking import NO_TICKET, Asked, names_in, names_of
from heapdiff.remote.door import Answer
from heapdiff.remote.waiting import follow, judge

PID = 4242
FIRST = f"web1-{PID}-0001-20261122T140507Z"
SECOND = f"web1-{PID}-0002-20261122T140508Z"
RECORD = AgentRecord(PID, 1, 1, 12, "native", "", "/", None, "worker", "", "0")


def test_only_a_snapshot_that_was_not_there_before_answers(tmp_path: Path) -> None:
    (tmp_path / f"{FIRST}.json").write_text("{}")
    asked = Asked(RECORD, tmp_path, NO_TICKET, names_of(tmp_path, RECORD.known_as))
    assert asked.names_before == {FIRST}
    with pytest.raises(ProcessError, match="it ended meanwhile"):
        judge(asked, None, alive=False)
    (tmp_path / f"{SECOND}.json").write_text("{}")
    assert judge(asked, None, alive=False).name == SECOND


def test_files_are_looked_at_only_where_the_answer_does_not_say_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Answer("status", PID, 1, "running", "", "", 7, 0, 0, None, 0)
    asked = Asked(RECORD, tmp_path, 1, names_in(tmp_path, PID))
    (tmp_path / f"{FIRST}.json").write_text("{}")
    assert judge(asked, replace(answer, ticket=2), alive=True).name == FIRST
    assert judge(asked, None, alive=True, look=False).name is None
    monkeypatch.setattr("heapdiff.remote.waiting.snapshots_of", None)
    assert judge(asked, answer, alive=True).name is None


def test_a_directory_that_takes_long_is_looked_into_seldom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []

    def list_slowly(*_: object) -> list[SnapshotName]:
        looked.append(clock.pop(0))
        clock[:] = [looked[-1] + 1.0 + n / 10 for n in range(1000)]  # it took a second
        return []

    clock = [n / 10 for n in range(1000)]
    monkeypatch.setattr("heapdiff.remote.waiting.snapshots_of", list_slowly)
    monkeypatch.setattr("heapdiff.remote.waiting.time.monotonic", lambda: clock.pop(0))
    monkeypatch.setattr(AgentRecord, "is_alive", lambda _: True)
    steps = follow(Asked(RECORD, tmp_path, NO_TICKET, frozenset()))
    for _ in range(50):  # each takes 0.2 seconds
        next(steps)
        steps.send(None)
    assert len(looked) == 1


def test_what_is_there_before_is_listed_without_opening_anything(tmp_path: Path) -> None:
    for name in (FIRST, SECOND):
        os.mkfifo(tmp_path / f"{name}.json")
    assert opened_by("names_in(directory, 4242)", tmp_path) == []


def test_only_files_whose_names_are_the_processs_are_opened_and_only_the_newest(tmp_path: Path) -> None:
    flooding = [f"web1-{PID}-{number:04}-20261122T140507Z" for number in range(MAX_LOOKED_AT + 50)]
    (tmp_path / "content").write_text("{}")
    for name in [*flooding, f"web1-{PID + 1}-0001-20261122T140507Z", f"web-{PID}-1-0001-20261122T140507Z"]:
        os.link(tmp_path / "content", tmp_path / f"{name}.json")
    opened = opened_by("names_of(directory, Identity(4242))", tmp_path)
    assert opened == [f"{name}.json" for name in flooding[-MAX_LOOKED_AT:]]


def opened_by(expression: str, directory: Path) -> list[str]:
    """The files in a directory that are opened, in this order, by a process of its own: such a hook stays."""
    code = OPENING.format(expression=expression, directory=str(directory))
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return done.stdout.split()


OPENING = """
import os, sys
from pathlib import Path
from heapdiff.agent.system.identity import Identity
from heapdiff.remote.asking import names_in, names_of
directory, opened = Path({directory!r}), []
def watch(event, arguments):
    if event == "open" and str(arguments[0]).startswith(str(directory) + "/"):
        opened.append(os.path.basename(arguments[0]))
sys.addaudithook(watch)
{expression}
print(*opened)
"""
