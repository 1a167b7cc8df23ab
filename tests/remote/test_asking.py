"""Which of a process's files is the answer to a signal, where no socket says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from heapdiff.agent.directory.registry import AgentRecord
from heapdiff.errors import ProcessError
from heapdiff.remote.asking import NO_TICKET, Asked, names_of
from heapdiff.remote.waiting import judge

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
