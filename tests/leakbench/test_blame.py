"""Who allocated what leaks is graded by what a reader takes from the answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heapdiff.answers import Allocated, Comparison, Entry, EntryKind
from tests.analysis.summaries import compared
from tests.leakbench import blame
from tests.leakbench.blame import Blame, sampled
from tests.leakbench.case import Case
from tests.leakbench.catalogue import collect
from tests.leakbench.grading import grade
from tests.leakbench.mixing import Mix
from tests.leakbench.report import line, summary
from tests.leakbench.runner import Result
from tests.leakbench.totals import misses, total
from tests.leakbench.truth import CULPRITS, Culprit

CASE = Case("items", "a list", "shop.x", holders=(r"shop\.x\.ITEMS",))
TRUTH = Culprit(("view page",), ("page", "lib/store.py:put"))
VIEW = Entry(EntryKind.FLASK_VIEW, "page")


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blame, "CULPRITS", {CASE.name: TRUTH})


def row(
    function: str, samples: int, entry: Entry | None = VIEW, file: str = "shop/x.py", agrees: bool = True
) -> Allocated:
    return Allocated(file, 7, function, entry, samples, 0.5, 1000, agrees)


def judge(*rows: Allocated, case: Case = CASE, interval: str = "1kB") -> Blame | None:
    return grade(sampled(case, interval), said(*rows)).blame


def said(*rows: Allocated) -> Comparison:
    grown = compared("shop.x.ITEMS: list -> shop.Item * 100", "shop.x.ITEMS: list -> shop.Item * 1000")
    return replace(grown, suspects=(replace(grown.suspects[0], allocated=rows),))


def verdict(*rows: Allocated) -> tuple[bool, bool]:
    found = judge(*rows)
    assert found is not None
    return found.site_right, found.entry_right


def test_the_function_and_the_entry_that_samples_agree_on_must_be_those_of_the_truth() -> None:
    assert verdict(row("page", 20), row("other", 5, None, agrees=False)) == (True, True)
    assert verdict(row("page.<locals>.<listcomp>", 20)) == (True, True)
    assert verdict(row("put", 20, file="lib/store.py")) == (True, True)
    assert verdict(row("put", 20)) == (False, True)
    assert verdict(row("page", 20, None)) == (True, False)
    assert verdict(row("page", 20, Entry(EntryKind.JOB, "page"))) == (True, False)


def test_samples_that_disagree_are_right_only_if_all_that_matter_are() -> None:
    both = row("page", 9, agrees=False), row("put", 8, file="lib/store.py", agrees=False)
    assert verdict(*both, row("other", 2, agrees=False)) == (True, True)
    assert verdict(*both, row("other", 8, agrees=False)) == (False, True)
    assert verdict() == (False, False)


def test_only_what_grew_by_more_than_eight_intervals_under_the_sampler_is_graded() -> None:
    assert judge(row("page", 20), interval="64kB") is None
    assert judge(row("page", 20), interval="0") is None
    assert judge(row("page", 20), case=replace(CASE, name="unknown")) is None
    assert judge(row("page", 20), case=replace(CASE, holders=("another",))) is None


def test_sites_and_entries_are_counted_and_missed() -> None:
    right, wrong = (grade(sampled(CASE, "1kB"), said(row(name, 20))) for name in ("page", "other"))
    results = [Result(CASE, (answer,), mix=Mix.ALL) for answer in (right, wrong)]
    two = total(results)[0]
    assert (str(two.sites), str(two.culprits)) == ("1 of 2", "2 of 2")
    assert "with 2 snapshots, site named by samples: 1 of 2, wanted 95%" in misses([two])
    assert "right entry" in next(iter(summary(results)))
    assert "bytes: " in line(results[1])
    assert "right entry" not in next(iter(summary([Result(CASE, (grade(CASE, said()),))])))


def test_each_case_that_names_a_holder_has_its_culprit() -> None:
    names = {case.name for case in collect() if case.holders}
    assert names == set(CULPRITS)
