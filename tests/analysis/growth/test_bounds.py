"""However many holders grew, only so many are looked at, and never the small ones instead of a large one."""

from __future__ import annotations

import pytest

from heapdiff.analysis.growth import findings
from heapdiff.analysis.growth.locating import locate
from heapdiff.analysis.trends import history
from heapdiff.analysis.trends.measuring import measure
from heapdiff.answers import Confidence
from tests.analysis.summaries import compared

HOLDERS = 2000


def shop(each: int, large: int) -> str:
    """Holders under as many names as there are, and one that gets far more."""
    lines = [f"shop.m{n % 40}.KEEP_{n}: list -> shop.Thing * {each}" for n in range(HOLDERS)]
    return "\n".join([*lines, f"shop.late.ORDERS: dict -> [*]: shop.Order * {large}"])


@pytest.mark.slow
def test_thousands_of_holders_cost_what_some_hundreds_do(monkeypatch: pytest.MonkeyPatch) -> None:
    located, followed = [], []

    def locating(*arguments: object) -> object:
        located.append(arguments)
        return locate(*arguments)  # type: ignore[arg-type]

    def measuring(*arguments: object) -> object:
        followed.append(arguments)
        return measure(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(findings, "locate", locating)
    monkeypatch.setattr(history, "measure", measuring)
    suspect = compared(shop(1, 10), shop(6, 300), requests=290).suspects[0]
    assert (suspect.holder.path, suspect.confidence) == ("shop.late.ORDERS", Confidence.HIGH)
    assert len(located) <= 2 * findings.MOST_ALONE
    assert len(followed) <= 2 * len(located)


def test_many_small_holders_of_one_kind_weigh_what_they_have_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(findings, "MOST_ALONE", 10)

    # 20 lists under names of their own, and 300 smaller ones that differ in their key only
    def shop(own: int, users: int) -> str:
        lines = [f"shop.m.KEEP_{n}: list -> shop.Thing * {own}" for n in range(30)]
        sessions = f"shop.u.USERS: dict -> [*]: shop.User * 300 -> .sessions: list -> shop.Session * {users}"
        return "\n".join([*lines, sessions])

    paths = [suspect.holder.path for suspect in compared(shop(1, 1), shop(31, 11)).suspects]
    assert "shop.u.USERS['…'].sessions" in paths
