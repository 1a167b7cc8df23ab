"""What is read of a suite's results, and what a difference is taken for."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.suites.catalogue import SUITES, in_turns
from tests.suites.judging import Cause, judge, names_that_differ
from tests.suites.keeping import keep, read_kept
from tests.suites.page import by_title, count_outcomes, render
from tests.suites.running import PROCESS, Run, read_results
from tests.suites.taking import Taken

RESULTS = """<?xml version="1.0"?>
<testsuites><testsuite>
<testcase classname="shop.Cart" name="test_adds" time="0.1" />
<testcase classname="shop.Cart" name="test_breaks"><failure message="no">trace</failure></testcase>
<testcase classname="shop.Cart" name="test_ends" />
<testcase classname="shop.Cart" name="test_ends"><error>while it was taken down</error></testcase>
<testcase name="test.test_gc.GCTests.test_waits"><skipped>not here</skipped></testcase>
</testsuite></testsuites>"""


def runs(*outcomes: str) -> list[Run]:
    return [Run({"test": outcome}, 1.0) for outcome in outcomes]


def cause(without: str, with_agent: str) -> Cause:
    (found,) = judge(["test"], runs(*without.split()), runs(*with_agent.split()))
    return found.cause


def test_results_of_both_runners_are_read_and_the_worst_of_a_test_counts(tmp_path: Path) -> None:
    (tmp_path / "results.xml").write_text(RESULTS)
    assert read_results(tmp_path / "results.xml") == {
        "shop.Cart::test_adds": "passed",
        "shop.Cart::test_breaks": "failed",
        "shop.Cart::test_ends": "failed",
        "test.test_gc.GCTests.test_waits": "skipped",
    }


def test_a_process_that_left_no_results_or_half_of_them_has_none(tmp_path: Path) -> None:
    (tmp_path / "half.xml").write_text(RESULTS[:200])
    assert read_results(tmp_path / "half.xml") == read_results(tmp_path / "none.xml") == {}


def test_what_is_different_again_with_the_agent_and_never_without_it_is_caused() -> None:
    assert cause("passed passed passed", "failed failed passed") is Cause.CAUSED
    assert cause("passed passed passed", "failed passed passed") is Cause.ONCE
    assert cause("passed failed passed", "failed failed failed") is Cause.FLAKY


def test_what_varies_with_the_agent_has_to_be_run_more_often_without_it() -> None:
    for without, with_agent, more in (
        ("failed failed failed", "passed passed failed", True),
        ("passed passed passed", "failed failed failed", False),
        ("failed failed failed passed", "passed passed failed", False),
    ):
        (found,) = judge(["test"], runs(*without.split()), runs(*with_agent.split()))
        assert found.may_be_flaky is more


def test_a_test_that_never_ran_differs_from_one_that_did() -> None:
    assert names_that_differ(Run({"test": "passed"}, 1), Run({}, 1)) == ["test"]
    assert names_that_differ(*runs("skipped", "skipped")) == []


def test_a_caused_difference_stands_in_the_table_by_name_and_is_no_clean_result(tmp_path: Path) -> None:
    without, with_agent = runs("passed", "passed"), runs("failed", "failed")
    taken = Taken(captures=3, processes={(1, 2)}, failed=Counter({"it ended": 1}))
    part = count_outcomes(
        "shop 1.0", "cart", without[0], with_agent[0], judge(["test"], without, with_agent), taken
    )
    clean = count_outcomes("shop 1.0", "till", without[0], without[1], [], Taken(captures=4))
    for each in (part, clean):
        keep(tmp_path / "kept", each)
    assert read_kept(tmp_path / "kept") == [part, clean]
    (row,) = by_title(read_kept(tmp_path / "kept"))
    assert (part.is_clean, clean.is_clean, row.is_clean) == (False, True, False)
    page = render([row])
    assert "| shop 1.0 | 2 | 2 | 2, 0, 0 | 1, 1, 0 | 1 caused | 7 |" in page
    assert "caused: `test`: without the agent passed, passed; with it failed, failed." in page


def test_a_part_without_tests_is_no_clean_result() -> None:
    row = count_outcomes(
        "shop 1.0", "cart", Run({PROCESS: "exit 4"}, 1), Run({PROCESS: "exit 4"}, 1), [], Taken()
    )
    assert not row.is_clean
    assert "no test of cart ran" in render([row])


def test_every_suite_has_its_turn_before_one_has_its_second() -> None:
    turns = list(in_turns(SUITES))
    assert [suite for suite, _ in turns[: len(SUITES)]] == list(SUITES)
    assert len(turns) == sum(len(suite.jobs) for suite in SUITES)
