"""What a process says of its watch is another process's word."""

from __future__ import annotations

import json
from typing import Any

import pytest

from heapdiff.format import ModuleOwner
from heapdiff.remote.door import read_answer
from heapdiff.remote.watching.reports import Report, read_report
from tests.together import together

STATUS = {
    "answer": "watching", "pid": 42, "ticket": 0, "state": "idle", "name": "", "error": "", "objects_so_far": 0,
    "captures": 0, "failures": 0, "requests": None, "signal": 0,
}  # fmt: skip
FRAME = {"file": "shop/cache.py", "line": 31, "function": "remember", "owner": 4}
WATCH = {
    "number": 7, "state": "watching", "reason": "", "type": "dict", "length": 10, "inserted": 5, "removed": 1,
    "unplaced": 1, "left_out": 1, "frames": [FRAME, {**FRAME, "owner": 99}],
    "stacks": [{"count": 3, "frames": [0, 1, 0], "wraps": [2, 1]}],
}  # fmt: skip


def said(watch: Any) -> Report | None:
    answer = read_answer(json.dumps({**STATUS, "watch": watch}).encode() + b"\n", 42)
    return None if answer is None else read_report(answer)


def test_stacks_are_made_of_frames_that_are_told_once() -> None:
    report = said(WATCH)
    assert report is not None
    (stack,) = report.stacks
    assert stack.wraps == ((2, stack.frames[1]),)
    assert stack.count == 3
    assert [frame.owner for frame in stack.frames] == [ModuleOwner.APPLICATION, None, ModuleOwner.APPLICATION]
    assert stack.frames[0] is stack.frames[2]
    assert (report.number, report.unplaced, report.is_over) == (7, 2, False)


@together(
    "change",
    [
        {"number": -1},
        {"number": "7"},
        {"state": None},
        {"inserted": 1.5},
        {"inserted": -5},
        {"frames": {}},
        {"frames": [[]]},
        {"frames": [{**FRAME, "line": "31"}]},
        {"frames": [FRAME]},
        {"stacks": [{"count": 3, "frames": [-1], "wraps": []}]},
        {"stacks": [{"count": 3, "frames": [2], "wraps": []}]},
        {"stacks": [{"count": 3, "frames": ["0"], "wraps": []}]},
        {"stacks": [{"frames": [], "wraps": []}]},
        {"stacks": [{"count": 3, "frames": [0], "wraps": [0, 2]}]},
        {"stacks": [{"count": 3, "frames": [0], "wraps": [1, 0]}]},
        {"stacks": [{"count": 3, "frames": [0], "wraps": [0]}]},
        {"stacks": [{"count": 3, "frames": [0], "wraps": [-1, 0]}]},
        {"stacks": "all"},
        {"dicts": [1]},
    ],
)
def test_what_is_no_report_is_none(change: dict[str, Any]) -> None:
    assert said({**WATCH, **change}) is None


@pytest.mark.parametrize("watch", [None, [], "watching", 7])
def test_an_answer_without_one_has_none(watch: Any) -> None:
    assert said(watch) is None
