"""The same leak has the same fingerprint, wherever its objects lie; another one has another."""

from __future__ import annotations

from heapdiff.answers import Suspect
from tests.analysis.summaries import compared


def leak(holder: str, held: str, gen: str = "") -> Suspect:
    text = f"{holder} -> {held} * {{}} {gen}"
    return compared(text.format(3), text.format(600)).suspects[0]


def test_it_depends_on_no_address() -> None:
    # `gen` puts every object of the second heap at other addresses
    plain = leak("shop.c.CACHE: dict -> [*]: list", "shop.V")
    moved = leak("shop.c.CACHE: dict gen=7 -> [*]: list gen=7", "shop.V", "gen=7")
    assert plain.holder.address != moved.holder.address
    assert plain.fingerprint == moved.fingerprint


def test_it_depends_on_no_index_or_integer_key() -> None:
    assert (
        leak("shop.c.ROWS: list -> [3]: list", "shop.V").fingerprint
        == leak("shop.c.ROWS: list -> [8]: list", "shop.V").fingerprint
    )


def test_it_tells_holders_and_what_they_hold_apart() -> None:
    prints = {
        leak("shop.c.CACHE: list", "shop.V").fingerprint,
        leak("shop.c.OTHER: list", "shop.V").fingerprint,
        leak("shop.d.CACHE: list", "shop.V").fingerprint,
        leak("shop.c.CACHE: list", "shop.W").fingerprint,
        leak("shop.c.CACHE: set", "shop.V").fingerprint,
    }
    assert len(prints) == 5
