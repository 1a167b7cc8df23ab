"""Cases in one test: all of them run, and those that fail are named."""

from __future__ import annotations

import pytest

from tests.together import together


def test_every_case_runs_and_each_that_fails_is_named(tmp_path: object) -> None:
    seen = []

    @together(("one", "other"), [(1, 1), (1, 2), (3, 3), (3, 4)])
    def compare(fixture: object, one: int, other: int) -> None:
        seen.append((fixture, one, other))
        assert one == other

    with pytest.raises(ExceptionGroup, match="2 of 4 cases") as raised:
        compare(fixture=tmp_path)
    assert seen == [(tmp_path, 1, 1), (tmp_path, 1, 2), (tmp_path, 3, 3), (tmp_path, 3, 4)]
    notes = [error.__notes__ for error in raised.value.exceptions]
    assert notes == [["with {'one': 1, 'other': 2}"], ["with {'one': 3, 'other': 4}"]]


@together("number", [1, 2])
def test_what_is_no_case_is_a_fixture(number: int, tmp_path: object) -> None:
    assert number
    assert tmp_path
