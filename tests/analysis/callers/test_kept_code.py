"""Which code it is that a holder newly keeps, in the sentence that says why it's a suspect."""

from __future__ import annotations

import pytest

from tests.analysis.summaries import compared

ROWS = """
    module shop.hooks of application
    shop.hooks.rows: function $rows home=shop.hooks -> .__code__: code $code name=rows
"""
NEW = 200


def reason(kept: str, known: str = ROWS) -> str:
    texts = (f"{known}\nshop.hooks.KEPT: list $kept\n{kept.replace('NEW', str(n))}" for n in (2, NEW + 2))
    return compared(*texts, requests=NEW).suspects[0].reason


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (
            "$kept -> [*]: function * NEW names=x home=shop.hooks name=on_view.<locals>.handler",
            "All of the new functions are shop.hooks.on_view.<locals>.handler.",
        ),
        (
            "$kept -> [*]: method * NEW -> .__func__: $rows",
            "All of the new bound methods call shop.hooks.rows.",
        ),
        ("$kept -> [*]: generator * NEW -> ref: $code", "All of the new generators run shop.hooks.rows."),
        ("$kept -> [*]: coroutine * NEW -> ref: code name=wait", "All of the new coroutines run wait."),
    ],
)
def test_it_is_named(kept: str, said: str) -> None:
    assert said in reason(kept)


@pytest.mark.parametrize(
    "kept",
    [
        "$kept -> [*]: shop.hooks.Hook * NEW",
        "$kept -> [*]: generator * NEW",
        "$kept -> [*]: method * NEW",
        "\n".join(f"$kept -> [*]: generator * NEW -> ref: code name=run_{n}" for n in range(2)),
    ],
)
def test_nothing_is_said_where_it_is_something_else_or_not_known_or_differs(kept: str) -> None:
    assert "of the new" not in reason(kept)
