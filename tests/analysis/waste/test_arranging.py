"""The order in which findings are read."""

from __future__ import annotations

from dataclasses import replace

from heapdiff.analysis.waste.arranging import arrange, warn_of_overlap
from heapdiff.answers import Finding
from tests.render.findings import advice

MB = 1_000_000
ROWS = replace(advice().findings[0], holder="shop.ROWS")


def finding(rule: str, taken: int, saves: int | None, holder: str | None, headline: bool = True) -> Finding:
    return replace(
        ROWS, rule=rule, bytes=taken * MB, saves_bytes=saves and saves * MB, holder=holder, headline=headline
    )


KEEPS = finding("large-globals", 40, None, "shop.ROWS")
KEYS = finding("same-keys", 20, 15, "shop.ROWS")
TEXT = finding("duplicate-text", 9, 8, "shop.ROWS[0].tags")
CACHE = finding("unbounded-cache", 30, 30, "shop.ROWSET")
PRELOAD = finding("preload-and-freeze", 5, 4, None)
HINTS = [
    finding("every-cache", 9, None, "re._cache", False),
    finding("every-cache", 1, None, "shop.quote", False),
    finding("import-weight", 8, None, "numpy", False),
]


def test_what_is_about_one_holder_stands_together_and_what_saves_comes_first() -> None:
    given = [*HINTS[::-1], PRELOAD, CACHE, TEXT, KEEPS, KEYS]
    assert arrange(given) == [KEYS, TEXT, KEEPS, CACHE, PRELOAD, *HINTS]


def test_the_warning_names_those_that_are_about_the_same() -> None:
    assert warn_of_overlap([CACHE, KEEPS, KEYS, TEXT, *HINTS]) == (
        "Savings may overlap, so don't add them up: 1, 2 and 3 are about shop.ROWS."
    )
    assert warn_of_overlap([CACHE, PRELOAD]) == "Savings may overlap, so don't add them up."
