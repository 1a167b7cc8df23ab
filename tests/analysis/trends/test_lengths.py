"""How long a holder was in a snapshot in which it, or what keeps it, may have been another object."""

from __future__ import annotations

import pytest

from heapdiff.answers import Confidence
from tests.analysis.summaries import compared


def before_and_after(before: str, after: str) -> tuple[int | None, int | None]:
    (suspect,) = compared(before, after, requests=400).suspects
    return suspect.holder.length_before, suspect.holder.length_after


@pytest.mark.parametrize(
    ("before", "after", "lengths"),
    [
        # OPEN = {**OPEN, more}: the same attribute of the same object
        (
            "shop.x.POOL: shop.Pool -> .open: dict gen=1 -> [*]: shop.V * 5",
            "shop.x.POOL: shop.Pool -> .open: dict gen=2 -> [*]: shop.V * 405",
            (5, 405),
        ),
        # copied into another dict's memory, which was that of a call's arguments before
        (
            "shop.x.OPEN: dict gen=1 -> [*]: shop.V * 5\nshop.x.JOB: shop.Job -> .kwargs: dict @0x7f5a00",
            "shop.x.OPEN: dict @0x7f5a00 -> [*]: shop.V * 405\nshop.x.JOB: shop.Job",
            (5, 405),
        ),
        # its attributes moved into a dict of their own meanwhile
        (
            "shop.x.POOL: shop.Pool -> .open: list gen=1 -> shop.V * 5",
            "shop.x.POOL: shop.Pool -> .__dict__: dict -> [open]: list gen=2 -> shop.V * 405",
            (5, 405),
        ),
        # another object, under the same number
        (
            "shop.x.POOLS: dict -> [7]: shop.Pool gen=1 -> .open: list gen=1 -> shop.V * 5",
            "shop.x.POOLS: dict -> [7]: shop.Pool gen=2 -> .open: list gen=2 -> shop.V * 405",
            (5, 405),
        ),
        # made since: nothing under this number, no such module, nothing but None there
        (
            "shop.x.POOLS: dict -> [6]: shop.Pool",
            "shop.x.POOLS: dict -> [6]: shop.Pool\nshop.x.POOLS -> [7]: shop.Pool -> .open: list -> shop.V * 400",
            (0, 400),
        ),
        # in a process in which nothing was kept under a number
        (
            "shop.x.POOLS: dict -> ['a']: shop.Pool",
            "shop.x.POOLS: dict -> ['a']: shop.Pool\nshop.x.POOLS -> [7]: shop.Pool -> .open: list -> shop.V * 400",
            (0, 400),
        ),
        ("module shop.x", "module shop.x\nshop.y.OPEN: list -> shop.V * 400", (0, 400)),
        ("shop.x.OPEN: NoneType", "shop.x.OPEN: list -> shop.V * 400", (0, 400)),
    ],
)
def test_a_holder_is_found_where_the_same_references_led(
    before: str, after: str, lengths: tuple[int, int]
) -> None:
    assert before_and_after(before, after) == lengths


def test_under_keys_that_are_data_only_the_same_object_is_the_same_holder() -> None:
    texts = [f"shop.x.POOLS: dict -> [*]: list gen={n} -> shop.V * {n}" for n in (5, 405)]
    assert before_and_after(*texts) == (None, 405)


def test_what_a_root_itself_keeps_is_counted_not_measured_by_one_of_it() -> None:
    """`atexit`'s functions: nothing but the interpreter has them, so the finding is named by one of the tuples."""
    entries = [f"interpreter atexit: tuple gen={number} -> int" for number in range(801)]
    texts = ["\n".join(["module shop", *entries[:count]]) for count in (1, 401, 801)]
    (suspect,) = compared(*texts, requests=400).suspects
    assert (suspect.holder.path, suspect.end) == ("<interpreter atexit>", None)
    assert suspect.objects_delta == 1600


@pytest.mark.parametrize(
    ("places", "taken", "confidence", "end", "gained"),
    [
        ((250, 500, 500), (150, 300, 450), Confidence.HIGH, None, 300),  # doubled when it's full
        ((0, 250, 1000), (0, 200, 600), Confidence.HIGH, None, 600),
        ((500, 500, 500), (150, 300, 450), Confidence.LOW, "places", 300),
        ((100, 300, 500), (90, 130, 170), Confidence.HIGH, None, 400),  # None is an entry like another
    ],
)
def test_a_sequence_with_empty_places_is_judged_by_those_that_are_taken(
    places: tuple[int, ...], taken: tuple[int, ...], confidence: Confidence, end: str | None, gained: int
) -> None:
    texts = [
        "\n".join(
            [
                "shop.x.SLOTS: list $s\nshop.x.NOTHING: NoneType $none",
                *["$s -> shop.V"] * some,
                *["$s -> $none"] * (every - some),
            ]
        )
        for every, some in zip(places, taken, strict=True)
    ]
    (suspect,) = compared(*texts, requests=200).suspects
    assert (suspect.confidence, suspect.end) == (confidence, end)
    assert f"It gained {gained} entries" in suspect.reason
