"""What is a leak, over small lakes: one for each way in which growth may look like one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from heapdiff.answers import Confidence, FleetLeak, FleetLeaks, LeakState
from heapdiff.errors import LakeError, UsageError
from heapdiff.fleet.engines.connecting import open_engine
from heapdiff.fleet.engines.kinds import parse_engine
from heapdiff.fleet.judging.owners import Owners, parse_owners
from heapdiff.fleet.lake.opening import open_lake
from heapdiff.fleet.questions.history import find_history
from heapdiff.fleet.questions.leaks import find_leaks
from heapdiff.fleet.questions.narrowing import Choice, Narrowed, narrow
from heapdiff.fleet.questions.releases import find_releases
from heapdiff.fleet.questions.workers import find_workers
from tests.fleet.lakes import LakeMaker, filling, fingerprint_of, rarely, steady, until

MEMORY = 1_000_000_000
HOSTILE = "shop['<script>\x1b[31m\u202e|`']"
ALWAYS = {
    "shop.warm": until(1800, 500.0),
    "shop.lru": until(5 * 3600, 200.0),
    "shop.filling": filling(2 * 3600, 300.0),
    "shop.noise": rarely(0.01),
    "shop.everywhere": steady(100.0),
}


def make_lake(folder: Path) -> None:
    maker = LakeMaker()
    for number in range(4):
        maker.run(f"a{number}", "1.0", 0, 24, ALWAYS, limit=200_000_000)
        maker.run(
            f"b{number}",
            "1.1",
            24,
            24,
            {**ALWAYS, "shop.fixed": steady(300.0), "shop.slow": steady(20.0, 0.25)},
        )
        maker.run(f"c{number}", "1.2", 48, 24, {**ALWAYS, "shop.slow": steady(20.0, 0.25)}, limit=200_000_000)
    maker.service = "jobs"
    maker.run(
        "alone",
        "",
        0,
        24,
        {"jobs.ALONE": steady(50.0), "jobs.few": lambda age, *_: 9000 * (3000 < age < 4300)},
        per_second=None,
    )
    maker.service = "restarts"
    for number in range(24):
        maker.run(f"r{number}", "2", number, 1, {"api.CACHE": steady(40.0)})
    maker.service = "young"
    for number in range(3):
        maker.run(f"y{number}", "3", 71, 0.05, {"young.X": steady(40.0)}, every_s=60)
    maker.service = HOSTILE
    for number in range(3):
        maker.run(f"{HOSTILE}{number}", HOSTILE, 40, 12, {HOSTILE: steady(40.0)}, host=HOSTILE)
    maker.write(folder)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lake")
    make_lake(folder)
    return folder


@contextmanager
def narrowed(lake: Path) -> Iterator[Narrowed]:
    with open_engine(open_lake(str(lake)), parse_engine("duckdb"), MEMORY) as asked:
        yield narrow(asked, Choice(), str(lake))


@pytest.fixture(scope="module")
def whole(lake: Path) -> Iterator[Narrowed]:
    with narrowed(lake) as rows:
        yield rows


def ask(rows: Narrowed, everything: bool = True) -> FleetLeaks:
    return find_leaks(rows, "lake", Owners(), everything)


@pytest.fixture(scope="module")
def everything(whole: Narrowed) -> FleetLeaks:
    return ask(whole)


@pytest.fixture(scope="module")
def leaks(everything: FleetLeaks) -> Mapping[str, FleetLeak]:
    return {leak.path: leak for leak in everything.leaks}


@pytest.mark.parametrize(
    ("path", "state"),
    [
        ("shop.warm", LeakState.WARM_UP),
        ("shop.lru", LeakState.FILLING),
        ("shop.filling", LeakState.FILLING),
        ("shop.noise", LeakState.NOISE),
        ("shop.everywhere", LeakState.GROWING),
        ("shop.slow", LeakState.GROWING),
        ("shop.fixed", LeakState.FIXED),
        ("jobs.ALONE", LeakState.GROWING),
        ("jobs.few", LeakState.NOISE),
        ("api.CACHE", LeakState.GROWING),
        ("young.X", LeakState.TOO_LITTLE),
        (HOSTILE, LeakState.GROWING),
    ],
)
def test_growth_is_judged_by_how_it_goes_on(
    leaks: Mapping[str, FleetLeak], path: str, state: LeakState
) -> None:
    assert (leaks[path].state, bool(leaks[path].reason)) == (state, True), leaks[path].reason


def test_a_leak_comes_with_a_release_and_goes_with_another(leaks: Mapping[str, FleetLeak]) -> None:
    fixed, slow, everywhere = (leaks[f"shop.{name}"] for name in ("fixed", "slow", "everywhere"))
    assert (fixed.first_release, fixed.last_release, fixed.gone_with) == ("1.1", "1.1", "1.2")
    assert (slow.first_release, slow.last_release, slow.gone_with) == ("1.1", "1.2", None)
    assert (everywhere.first_release, everywhere.last_release) == ("1.0", "1.2")
    assert (slow.workers, slow.workers_observed, slow.hosts) == (8, 8, 8)


def test_a_rate_is_per_request_where_requests_are_known(leaks: Mapping[str, FleetLeak]) -> None:
    slow, alone = leaks["shop.slow"], leaks["jobs.ALONE"]
    assert slow.bytes_per_request == pytest.approx(20.0, rel=0.01)
    assert slow.requests_per_hour == pytest.approx(1800, rel=0.05)
    assert slow.bytes_per_hour == pytest.approx(20.0 * 1800, rel=0.05)
    assert alone.bytes_per_request is None
    assert alone.bytes_per_hour == pytest.approx(50.0 * 1800, rel=0.01)


def test_one_worker_can_leak_but_is_not_believed_as_several_are(leaks: Mapping[str, FleetLeak]) -> None:
    assert leaks["jobs.ALONE"].confidence is not Confidence.HIGH
    assert leaks["jobs.ALONE"].bytes_per_request_margin is None
    assert leaks["shop.slow"].confidence is Confidence.HIGH


def test_the_heaviest_leak_that_grows_stands_first(everything: FleetLeaks) -> None:
    states = [leak.state for leak in everything.leaks]
    assert states == sorted(states, key=list(LeakState).index)
    growing = [leak for leak in everything.leaks if leak.state is LeakState.GROWING]
    assert growing[0].path == "shop.everywhere"
    assert everything.dismissed == sum(state not in list(LeakState)[:3] for state in states)


def test_what_is_no_leak_is_left_out_unless_asked_for(whole: Narrowed, everything: FleetLeaks) -> None:
    found = ask(whole, everything=False)
    assert {leak.path for leak in found.leaks} == {
        leak.path for leak in everything.leaks if leak.state in list(LeakState)[:3]
    }
    assert "can't be judged yet" in found.notes[0]


@pytest.mark.slow
def test_a_choice_leaves_its_rows_only(whole: Narrowed) -> None:
    assert {leak.service for leak in ask(narrow(whole.asked, Choice(service="jobs"), "lake")).leaks} == {
        "jobs"
    }
    late = narrow(whole.asked, Choice(service="shop", since_s=20 * 3600), "lake")
    assert "shop.fixed" not in {leak.path for leak in ask(late).leaks}


@pytest.mark.slow
def test_a_leak_in_full_has_each_release_and_day(whole: Narrowed) -> None:
    owners = parse_owners("* @acme", "CODEOWNERS")
    found = find_history(whole, "lake", fingerprint_of("shop.fixed")[:5], owners)
    with pytest.raises(UsageError, match="no fingerprint begins with"):
        find_history(whole, "lake", "ffffffffffff", owners)
    with pytest.raises(UsageError, match="not a fingerprint"):
        find_history(whole, "lake", "%", owners)
    workers = find_workers(whole, "lake")
    releases = find_releases(whole, "lake")
    assert [(each.release, each.workers) for each in found.releases] == [("1.0", 0), ("1.1", 4), ("1.2", 0)]
    assert [each.day for each in found.days] == ["2026-11-02", "2026-11-03"]
    assert sum(each.bytes for each in found.days) == found.leak.bytes == sum(each.bytes for each in found.top)
    assert found.leak.owners == ("@acme",)
    assert {each.release for each in workers.workers if each.service == "shop"} == {"1.1", "1.2"}
    nearest = [each.hours_to_limit for each in workers.workers if each.hours_to_limit is not None]
    assert nearest == sorted(nearest)
    shop = {each.release: each for each in releases.releases if each.service == "shop"}
    assert list(shop) == ["1.0", "1.1", "1.2"]
    assert (shop["1.1"].came, shop["1.2"].went) == (("shop.fixed", "shop.slow"), ("shop.fixed",))
    assert shop["1.1"].rss_median_bytes > shop["1.0"].rss_median_bytes  # type: ignore[operator]


def test_an_empty_lake_says_so(tmp_path: Path) -> None:
    LakeMaker().write(tmp_path)
    with pytest.raises(LakeError, match="nothing in this lake yet"), narrowed(tmp_path):
        pass
