"""A few cases of LeakBench for real, and all of them for being well formed."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from heapdiff.errors import UsageError
from tests.leakbench.case import Case
from tests.leakbench.catalogue import collect, select
from tests.leakbench.comparing import ComparisonError, compare_all
from tests.leakbench.grading import Question, question_of
from tests.leakbench.mixing import Mix
from tests.leakbench.report import line
from tests.leakbench.runner import Limits, regrade, run

SOME = (
    "healthy-ordered-lru",
    "closure_cell",
    "flask_before_request",
    "class_list",
    "lru_method",
    "healthy-regex-cache",
)
CASES = collect()


@pytest.mark.slow
@pytest.mark.parametrize("name", SOME)
def test_a_fast_case_is_answered_right_with_two_three_and_four_snapshots(name: str) -> None:
    (case,) = select(CASES, [name])
    result = run(case)
    assert result.right, line(result)
    assert [answer.snapshots for answer in result.answers] == [2, 3, 4]


@pytest.mark.slow
def test_a_mix_is_answered_and_its_kept_snapshots_once_more(tmp_path: Path) -> None:
    (case,) = (replace(case, requests=40) for case in select(CASES, ["closure_cell"]))
    result = run(case, keep=tmp_path, mix=Mix.HALF)
    assert result.right, line(result)
    assert [answer.snapshots for answer in result.answers] == [2, 3, 4]
    assert [path.name for path in tmp_path.iterdir()] == ["closure_cell@half"]
    again = regrade(case, tmp_path, Limits(), Mix.HALF)
    assert (again.answers, again.mix) == (result.answers, Mix.HALF)
    lacking = regrade(case, tmp_path, Limits()).trouble
    assert lacking == f"0 snapshots in {tmp_path / 'closure_cell'}, not 4"


@pytest.mark.slow
def test_an_app_that_fails_is_reported_with_the_last_messages_of_its_worker() -> None:
    (case,) = select(CASES, ["healthy-idle"])
    result = run(Case("broken", "no such path", case.app, "/nowhere"))
    assert not result.right
    assert result.trouble is not None
    assert "GET /nowhere: 404" in result.trouble
    assert "Listening at" in result.trouble


def test_a_case_that_takes_too_long_is_ended() -> None:
    (case,) = select(CASES, ["healthy-idle"])
    result = run(case, limits=Limits(seconds=0))
    assert result.trouble is not None
    assert result.trouble.startswith("the case's time is over")


def test_an_interrupted_run_ends_at_the_next_request() -> None:
    (case,) = select(CASES, ["healthy-idle"])
    result = run(case, limits=Limits(stopped=lambda: True))
    assert result.trouble is not None
    assert result.trouble.startswith("stopped")


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UsageError, match="no such case: nosuch"):
        select(CASES, ["class_list", "nosuch"])


def test_there_are_enough_leaks_and_healthy_apps() -> None:
    healthy = [case for case in CASES if question_of(case) is Question.SILENCE]
    assert len(healthy) >= 15
    assert len(CASES) - len(healthy) >= 50
    unseen = [case for case in CASES if case.report and not case.seen]
    native = [case for case in unseen if question_of(case) in (Question.OWNER, Question.NATIVE)]
    assert len(unseen) >= 28
    assert len(native) >= 12


def test_each_case_has_a_name_of_its_own() -> None:
    names = [case.name for case in CASES]
    assert [name for name in names if names.count(name) > 1] == []


def test_every_case_has_an_app_and_a_truth_that_can_be_matched() -> None:
    for case in CASES:
        assert find_spec(case.app) is not None, case.name
        assert case.verdicts, case.name
        assert case.path.startswith("/"), case.name
        for holder in case.holders:
            assert re.compile(holder).fullmatch("something else entirely") is None, case.name


def test_the_first_line_of_an_app_names_the_report_that_it_was_made_after() -> None:
    for case in CASES:
        if case.report is not None:
            assert re.fullmatch(r"([\w.-]+/)?[\w.-]+#\d+", case.report), case.name
            spec = find_spec(case.app)
            assert spec is not None
            assert spec.origin is not None
            assert case.report in Path(spec.origin).read_text(encoding="utf-8").splitlines()[0], case.name


def test_a_comparison_that_crashes_is_reported_with_its_error(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.json" for number in range(4)]
    with pytest.raises(ComparisonError, match=r"SnapshotError: .*0\.json"):
        compare_all(paths, seconds=60)


def test_a_comparison_that_takes_too_long_is_ended() -> None:
    with pytest.raises(ComparisonError, match="took too long"):
        compare_all([], seconds=0)
