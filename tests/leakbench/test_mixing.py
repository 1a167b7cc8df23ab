"""A mix sends the right requests to the view that leaks, and enough of them."""

from __future__ import annotations

from itertools import islice

import pytest

from heapdiff.answers import VerdictKind
from tests.leakbench.__main__ import parse
from tests.leakbench.case import Case
from tests.leakbench.load import QUIET, Load
from tests.leakbench.mixing import Mix, leaking, mixes_of, requests_of

LEAK = Case("leak", "", "none", "/add/{n}", holders=(r"shop\.ITEMS",))


class Noted(Load):
    """A client that only notes what it would get."""

    def get(self, path: str) -> bytes:
        self.paths.append(path)
        return b""

    paths: list[str]


def drive(mix: Mix, requests: int) -> list[str]:
    load = Noted(0, 0.0, leaking=leaking(LEAK, mix))
    load.paths = []
    load.drive(LEAK.path, requests)
    return load.paths


@pytest.mark.parametrize(("mix", "share"), [(Mix.ALL, 1.0), (Mix.HALF, 0.5), (Mix.TENTH, 0.1)])
def test_a_mix_has_its_share_of_requests_that_leak(mix: Mix, share: float) -> None:
    assert sum(islice(leaking(LEAK, mix), 1000)) == 1000 * share


def test_a_random_mix_is_the_same_in_every_run_and_another_for_every_case() -> None:
    chosen = list(islice(leaking(LEAK, Mix.RANDOM), 200))
    assert chosen == list(islice(leaking(LEAK, Mix.RANDOM), 200))
    assert chosen != list(islice(leaking(Case("other", "", "none"), Mix.RANDOM), 200))
    assert 40 < sum(chosen) < 80


def test_the_other_requests_go_to_a_view_that_does_nothing_and_are_not_numbered() -> None:
    assert drive(Mix.HALF, 4) == ["/add/0", QUIET, "/add/1", QUIET]


def test_a_round_is_longer_where_too_few_requests_would_leak() -> None:
    assert [requests_of(LEAK, mix) for mix in Mix] == [200, 200, 200, 200]
    heavy = Case("heavy", "", "none", requests=60)
    assert requests_of(heavy, Mix.TENTH) == 150
    assert requests_of(Case("idle", "", "none", requests=0), Mix.TENTH) == 0


def test_a_case_that_leaks_in_one_of_twenty_requests_gets_as_many_leaks_as_without_a_mix() -> None:
    rare = Case("rare", "", "none", requests=160, every=20)
    assert requests_of(rare, Mix.TENTH) == 8 * 20 * 10


def test_native_memory_gets_half_of_its_leaks_in_each_mix() -> None:
    native = Case("native", "", "none", verdicts=(VerdictKind.NATIVE,))
    assert [requests_of(native, mix) for mix in (Mix.ALL, Mix.HALF, Mix.TENTH)] == [200, 200, 1000]


def test_there_are_no_mixes_of_a_healthy_app_or_where_the_rate_decides() -> None:
    assert mixes_of(LEAK) == tuple(Mix)
    assert mixes_of(Case("native", "", "none", verdicts=(VerdictKind.NATIVE,))) == tuple(Mix)
    assert mixes_of(Case("quiet", "", "none", verdicts=(VerdictKind.STABLE,))) == (Mix.ALL,)
    assert mixes_of(Case("holes", "", "none", verdicts=(VerdictKind.FRAGMENTATION,))) == (Mix.ALL,)


def test_the_page_is_written_of_every_mix() -> None:
    assert parse([]).mix == [Mix.ALL]
    assert parse(["--mix", "tenth", "half"]).mix == [Mix.TENTH, Mix.HALF]
    assert parse(["--write-docs"]).mix == list(Mix)
