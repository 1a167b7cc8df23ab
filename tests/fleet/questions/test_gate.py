"""Whether a release is worse: with a margin that few workers widen, at like age, and honest where there's too little."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from heapdiff.answers import Gate, GateVerdict
from heapdiff.errors import UsageError
from heapdiff.fleet.engines.connecting import open_engine
from heapdiff.fleet.engines.kinds import parse_engine
from heapdiff.fleet.lake.opening import open_lake
from heapdiff.fleet.questions.gate import pass_gate
from heapdiff.fleet.questions.narrowing import Choice, narrow
from tests.fleet.lakes import LakeMaker, filling, rarely, steady, until

ALWAYS = {"shop.warm": until(1800, 500.0), "shop.filling": filling(3600, 300.0), "shop.noise": rarely(0.03)}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    maker = LakeMaker()
    for number in range(10):
        maker.run(f"a{number}", "1.0", 0, 12, {**ALWAYS, "shop.old": steady(20.0)})
        maker.run(
            f"b{number}", "2.0", 12, 12, {**ALWAYS, "shop.old": steady(20.0), "shop.NEW": steady(200.0, 0.5)}
        )
        maker.run(f"c{number}", "3.0", 24, 12, {**ALWAYS, "shop.old": steady(40.0)})
        maker.run(f"d{number}", "4.0", 36, 12, {**ALWAYS, "shop.old": steady(20.0)})
    for number in range(3):
        maker.run(f"e{number}", "5.0", 48, 12, {**ALWAYS, "shop.NEW": steady(200.0)})
    for number in range(10):
        maker.run(f"f{number}", "6.0", 60, 3, ALWAYS, age_h=40.0)
    folder = tmp_path_factory.mktemp("lake")
    maker.write(folder)
    return folder


Ask = Callable[[str, str], Gate]


@pytest.fixture(scope="module")
def ask(lake: Path) -> Iterator[Ask]:
    with open_engine(open_lake(str(lake)), parse_engine("duckdb"), 1_000_000_000) as asked:
        narrowed = narrow(asked, Choice(), str(lake))
        yield functools.cache(lambda before, after: pass_gate(narrowed, "lake", before, after))


@pytest.mark.parametrize(
    ("before", "after", "verdict", "failed"),
    [
        ("1.0", "2.0", GateVerdict.FAILED, {("shop.NEW", "new")}),
        ("1.0", "3.0", GateVerdict.FAILED, {("shop.old", "grown")}),
        ("1.0", "4.0", GateVerdict.PASSED, set()),
        ("1.0", "5.0", GateVerdict.INCONCLUSIVE, set()),
        ("1.0", "6.0", GateVerdict.INCONCLUSIVE, set()),
    ],
)
def test_a_gate_fails_by_what_is_new_or_grown(
    ask: Ask, before: str, after: str, verdict: GateVerdict, failed: set[tuple[str, str]]
) -> None:
    found = ask(before, after)
    assert ({(row.path, row.change) for row in found.rows if row.failed}, found.verdict) == (failed, verdict)


def test_an_inconclusive_gate_says_what_is_missing(ask: Ask) -> None:
    few, apart = ask("1.0", "5.0"), ask("1.0", "6.0")
    assert "3 of 5.0" in few.notes[0]
    assert "like age" in apart.notes[0]


def test_a_release_that_the_lake_has_not_is_an_error(ask: Ask) -> None:
    with pytest.raises(UsageError, match=r"no intervals of release 9\.9"):
        ask("1.0", "9.9\x1b[31m")
