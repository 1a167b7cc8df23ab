"""Snapshots are read beside the server, one after the other; one that can't be read is in nobody's way."""

from __future__ import annotations

import hashlib
from pathlib import Path
from threading import Event

import pytest

from heapdiff.snapshot import read_snapshot
from heapdiff.viewer import application
from heapdiff.viewer.serving import open_browser
from heapdiff.viewer.shelf import Shelf, Spot, State
from tests.cli.snapshot_files import SHOP_AFTER, SHOP_BEFORE, write_snapshot

HTMX = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"


def test_they_are_numbered_by_the_time_of_their_capture(tmp_path: Path) -> None:
    later, earlier = (write_snapshot(tmp_path, SHOP_BEFORE, number) for number in (2, 1))
    shelf = Shelf([read_snapshot(path) for path in (later, earlier)])
    assert [(spot.number, spot.name) for spot in shelf.spots] == [(1, earlier.name), (2, later.name)]
    assert shelf.find(0) is shelf.find(3) is None


def test_each_says_how_far_it_is_and_then_is_ready(tmp_path: Path) -> None:
    said: list[tuple[State, str]] = []

    class Telling(Spot):
        def say(self, step: str) -> None:
            super().say(step)
            said.append((self.state, step))

    spot = Telling(1, read_snapshot(write_snapshot(tmp_path, SHOP_AFTER)))
    spot.get_ready()
    assert (spot.state, len(said)) == (State.READY, 4)
    assert {state for state, _ in said} == {State.READING}
    assert spot.prepared is not None
    assert len(spot.prepared.of_kind("shop.models.Session")) == 220


def test_a_damaged_one_says_why_and_the_others_are_read(tmp_path: Path) -> None:
    good, bad = write_snapshot(tmp_path, SHOP_BEFORE, 1), write_snapshot(tmp_path, SHOP_AFTER, 2)
    heap = bad.with_suffix(".heap")
    heap.write_bytes(heap.read_bytes()[:-40])
    shelf = Shelf([read_snapshot(path) for path in (good, bad)])
    shelf.start().join()
    assert [spot.state for spot in shelf.spots] == [State.READY, State.FAILED]
    assert "cut off" in shelf.spots[1].problem


@pytest.mark.parametrize(
    ("error", "said"), [(MemoryError(), "enough memory"), (RuntimeError("/secret"), "RuntimeError")]
)
def test_whatever_goes_wrong_is_said(tmp_path: Path, error: Exception, said: str) -> None:
    def fail(*_: object) -> None:
        raise error

    spot = Spot(1, read_snapshot(write_snapshot(tmp_path, SHOP_BEFORE)))
    spot.get_ready(fail)  # type: ignore[arg-type]
    assert (spot.state, said in spot.problem, "/secret" in spot.problem) == (State.FAILED, True, False)


def test_a_browser_is_opened_beside_the_server() -> None:
    opened, seen = Event(), []

    def show(address: str) -> None:
        seen.append(address)
        opened.set()

    open_browser("http://127.0.0.1:1/", show)
    assert opened.wait(30)
    assert seen == ["http://127.0.0.1:1/"]


def test_the_library_that_comes_with_it_is_the_released_one_and_has_its_licence() -> None:
    """htmx 4.0.1, `dist/htmx.min.js` of the package htmx.org."""
    assert hashlib.sha256((application.ASSETS / "htmx.min.js").read_bytes()).hexdigest() == HTMX
    assert "Zero-Clause BSD" in (application.ASSETS / "htmx.LICENSE").read_text("utf-8")
