"""Answers are graded as the page says."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from heapdiff.answers import Comparison, VerdictKind
from tests.analysis.summaries import compared
from tests.leakbench.case import Case
from tests.leakbench.grading import Question, grade, question_of
from tests.leakbench.mixing import Mix
from tests.leakbench.page import page
from tests.leakbench.peeranswers import grade_peer, last_name
from tests.leakbench.peers import LINES, PEERS
from tests.leakbench.runner import Result
from tests.leakbench.server import ROOT
from tests.leakbench.totals import Score, misses, total, total_peers

LEAK = Case("leak", "a list", "none", holders=(r"shop\.x\.ITEMS",), leaked="shop.Item")
NATIVE = Case("native", "a C library", "none", verdicts=(VerdictKind.NATIVE,))
GARBAGE = Case("garbage", "cycles", "none", verdicts=(VerdictKind.GARBAGE,))
OWNER = replace(LEAK, name="owner", native=True, verdicts=(VerdictKind.NATIVE, VerdictKind.LEAK))
QUIET = Case("quiet", "nothing", "none", verdicts=(VerdictKind.STABLE,))


@pytest.fixture(scope="module")
def grown() -> Comparison:
    """ITEMS grows by 900 items, and a smaller list by 300 rows."""
    before = "shop.x.ITEMS: list -> shop.Item * 100\nshop.y.ROWS: list"
    after = "shop.x.ITEMS: list -> shop.Item * 1000\nshop.y.ROWS: list -> shop.Row * 300"
    return compared(before, after, requests=300)


def test_a_case_asks_for_a_holder_a_verdict_or_silence() -> None:
    assert [question_of(case) for case in (LEAK, OWNER, NATIVE, GARBAGE, QUIET)] == list(Question)


def test_the_right_holder_in_the_first_place_is_right(grown: Comparison) -> None:
    answer = grade(LEAK, grown)
    assert (answer.rank, answer.right, answer.among_first, answer.verdict_right) == (1, True, True, True)


def test_the_right_holder_in_the_second_place_is_only_among_the_first(grown: Comparison) -> None:
    answer = grade(Case("rows", "", "none", holders=(r"shop\.y\.ROWS",), leaked="shop.Row"), grown)
    assert (answer.rank, answer.right, answer.among_first) == (2, False, True)


def test_part_of_a_path_or_another_type_is_not_the_right_holder(grown: Comparison) -> None:
    assert grade(Case("part", "", "none", holders=(r"shop\.x",)), grown).rank is None
    assert grade(Case("type", "", "none", holders=LEAK.holders, leaked="shop.Row"), grown).rank is None


def test_a_leak_is_no_silence_and_not_native(grown: Comparison) -> None:
    assert not grade(QUIET, grown).right
    assert not grade(NATIVE, grown).right


def said(comparison: Comparison, kind: VerdictKind, text: str = "") -> Comparison:
    """The same, under another verdict."""
    return replace(comparison, verdict=replace(comparison.verdict, kind=kind, text=text))


@pytest.mark.parametrize("kind", [VerdictKind.STABLE, VerdictKind.NATIVE, VerdictKind.GARBAGE])
def test_the_right_holder_below_a_verdict_that_sends_the_reader_away_is_wrong(
    grown: Comparison, kind: VerdictKind
) -> None:
    answer = grade(LEAK, said(grown, kind))
    assert (answer.rank, answer.right, answer.among_first) == (1, False, False)


def test_two_snapshots_may_leave_the_verdict_to_a_third(grown: Comparison) -> None:
    assert grade(LEAK, said(grown, VerdictKind.INCONCLUSIVE)).right
    answer = grade(NATIVE, said(grown, VerdictKind.INCONCLUSIVE, "shop.x.ITEMS keeps 900 more entries."))
    assert (answer.right, answer.among_first) == (False, True)
    assert grade(NATIVE, said(grown, VerdictKind.INCONCLUSIVE, "The process grew by 2.6 MB.")).right


def test_three_snapshots_that_leave_it_open_are_right_only_among_the_first(grown: Comparison) -> None:
    three = replace(grown, snapshots=(*grown.snapshots, grown.snapshots[-1]))
    answer = grade(LEAK, said(three, VerdictKind.INCONCLUSIVE))
    assert (answer.right, answer.among_first) == (False, True)
    assert not grade(NATIVE, said(three, VerdictKind.INCONCLUSIVE)).among_first


def test_native_memory_has_the_right_owner_if_the_verdict_is_native_and_names_it_or_it_comes_first(
    grown: Comparison,
) -> None:
    assert grade(OWNER, said(grown, VerdictKind.NATIVE)).right
    rows = replace(OWNER, holders=(r"shop\.y\.ROWS",), leaked="shop.Row")
    assert not grade(rows, said(grown, VerdictKind.NATIVE)).right
    assert grade(rows, said(grown, VerdictKind.NATIVE)).among_first
    assert grade(rows, said(grown, VerdictKind.NATIVE, "9 MB for 300 new shop.Row in shop.y.ROWS")).right


def test_an_owner_that_is_named_only_as_a_leak_of_python_objects_is_wrong(grown: Comparison) -> None:
    answer = grade(OWNER, grown)
    assert (answer.rank, answer.verdict_right, answer.right) == (1, True, False)


@pytest.mark.parametrize("kind", [VerdictKind.NATIVE, VerdictKind.FRAGMENTATION, VerdictKind.GARBAGE])
def test_no_alarm_of_any_kind_is_silence(kind: VerdictKind) -> None:
    quiet = compared("shop.x.ITEMS: list", "shop.x.ITEMS: list")
    assert not grade(QUIET, said(quiet, kind)).right
    assert grade(QUIET, said(quiet, VerdictKind.INCONCLUSIVE)).right


def test_nothing_is_silence() -> None:
    answer = grade(QUIET, compared("shop.x.ITEMS: list", "shop.x.ITEMS: list"))
    assert (answer.right, answer.verdict, answer.suspect) == (True, VerdictKind.STABLE, None)


@pytest.mark.parametrize(
    ("holder", "name"),
    [
        (r"shop\.x\.ITEMS", "ITEMS"),
        (r".*\.before_request_funcs\[None\]", "before_request_funcs"),
        (r"shop\.tasks\.run\.<closure pending>", "pending"),
        (r"shop\.pricing\.quote\.<lru_cache>", "quote"),
        (r"shop\.x\.STORE\['…'\]\.rows\[\d+\]", "rows"),
        (r".*", None),
    ],
)
def test_a_peer_names_a_holder_by_the_last_name_of_its_path(holder: str, name: str | None) -> None:
    assert last_name(holder) == name


def test_a_peer_names_a_type_where_its_name_stands_as_a_word() -> None:
    answer = grade_peer(LEAK, "objgraph", ["ItemList 3 +3", "dict 10 +10", "Item 900 +900"])
    assert (answer.type_line, answer.holder_line) == (3, None)
    assert grade_peer(LEAK, "guppy3", ["0 900 shop.Item in ITEMS"]).holder_line == 1


MEASURED = """
import json, sys
from tests.leakbench.peers import LINES, PEERS

class Thing: pass

peer = PEERS[sys.argv[1]]()
first, second = json.loads(sys.argv[2])
kept = []
peer.start()
kept += [Thing() for _ in range(first)]
peer.middle(100)
kept += [Thing() for _ in range(second)]
print(json.dumps(peer.lines()))
"""


def measured(name: str, first: int, second: int) -> list[str]:
    """What the peer prints when so many things are made in the first half, and so many in the second."""
    command = [sys.executable, "-c", MEASURED, name, json.dumps([first, second])]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    lines: list[str] = json.loads(done.stdout)
    return lines


@pytest.mark.slow
@pytest.mark.parametrize("name", PEERS)
def test_a_peer_sees_what_was_made_after_its_start(name: str) -> None:
    lines = measured(name, 2500, 2500)
    answer = grade_peer(Case("", "", "", leaked="__main__.Thing"), name, lines)
    assert answer.type_line is not None
    assert answer.type_line <= LINES


def test_leak_hunter_says_what_keeps_the_type_that_it_proposes() -> None:
    case = Case("", "", "", holders=(r"shop\.kept",), leaked="__main__.Thing")
    lines = measured("python-leak-hunter", 100, 100)
    assert lines[0].startswith("__main__.Thing  +1 per call")
    held = grade_peer(case, "python-leak-hunter", lines).holder_line
    assert held is not None
    assert lines[held - 1].startswith("variable kept in <module>()")


def test_leak_hunter_is_silent_where_a_type_grew_in_one_half_only() -> None:
    assert measured("python-leak-hunter", 5000, 0) == []


def test_a_type_that_is_only_named_below_the_first_lines_is_not_found() -> None:
    answer = grade_peer(LEAK, "python-leak-hunter", [*["other"] * LINES, "list of Item", "global 'ITEMS'"])
    assert (answer.type_line, answer.holder_line) == (None, LINES + 2)


def test_thresholds_are_held_against_every_number_of_snapshots(grown: Comparison) -> None:
    right = Result(LEAK, (grade(LEAK, grown),))
    (with_two, with_three, _) = total([right])
    assert with_two.first == Score(1, 1)
    assert with_three.first == Score(0, 1)
    assert misses([with_two]) == ()
    assert misses([with_three])[0] == "with 3 snapshots, right first: 0 of 1, wanted 95%"


def test_a_case_that_failed_counts_as_wrong() -> None:
    assert total([Result(QUIET, trouble="no answer")])[0].silent == Score(0, 1)


def test_the_page_has_a_row_for_each_case_and_counts_the_peers(grown: Comparison) -> None:
    peer = grade_peer(LEAK, "objgraph", ["Item 900 +900"])
    results = [Result(LEAK, (grade(LEAK, grown),), (peer,)), Result(QUIET, trouble="no answer\nlog")]
    text = page(results)
    assert "| `leak` | a list |  | yes | #1 leak | line 1 |  |  |" in text
    assert "failed: no answer" in text
    assert "| objgraph | 1 of 1 | 1 of 1 | 0 of 1 | 0.0 |" in text
    assert total_peers(results)[0].holder == Score(0, 1)


def test_the_page_has_the_mixes_beside_the_answers_without_one_and_numbers_of_their_own(
    grown: Comparison,
) -> None:
    new = replace(LEAK, report="shop/shop#7", seen=False)
    right, wrong = grade(new, grown), grade(new, said(grown, VerdictKind.STABLE))
    mixed = replace(wrong, snapshots=3)
    text = page([Result(new, (right,)), Result(new, (right, mixed), mix=Mix.HALF)])
    assert "| case | what it is | after | seen | 2 | 3 | 4 | half |" in text
    assert "| `leak` | a list | shop/shop#7 | no | #1 leak | #1 leak; **#1 stable** |" in text
    assert text.count("| 2 snapshots, half | 1 of 1 | 1 of 1 | 0 of 0 | 1 of 1 |  |") == 2


def test_owners_of_native_memory_are_counted_apart(grown: Comparison) -> None:
    answer = grade(OWNER, said(grown, VerdictKind.NATIVE))
    (with_two, *_) = total([Result(OWNER, (answer,))])
    assert (with_two.first, with_two.owners) == (Score(0, 0), Score(1, 1))
