"""Which of the files that a process leaves is the answer to a question."""

from __future__ import annotations

from pathlib import Path

from heapdiff.agent.directory.outcomes import Outcome, write_outcome
from heapdiff.agent.directory.registry import AgentRecord
from heapdiff.remote.asking import Asked, names_of
from heapdiff.remote.waiting import find_answer

PID = 4242
FIRST = f"web1-{PID}-0001-20261122T140507Z"
SECOND = f"web1-{PID}-0002-20261122T140508Z"
RECORD = AgentRecord(PID, 1, 1, 12, "native", "", "/", None, "worker", "", "0")


def done(name: str, ticket: int) -> Outcome:
    return Outcome(ticket, "done", name, "", "2026-11-22T14:05:07Z")


def test_an_outcome_recorded_late_does_not_answer_for_the_next_snapshot(tmp_path: Path) -> None:
    (tmp_path / f"{FIRST}.json").write_text("{}")  # complete, but its outcome is not recorded yet
    asked = Asked(RECORD, tmp_path, 0, None, names_of(tmp_path, PID))
    assert asked.names_before == {FIRST}
    write_outcome(tmp_path, PID, done(FIRST, 1))
    assert find_answer(asked) is None
    write_outcome(tmp_path, PID, done(SECOND, 2))
    assert find_answer(asked) == SECOND
