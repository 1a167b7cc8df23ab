"""Snapshots between the first and the last: opened one at a time, once, and the answer is as if all were held."""

from __future__ import annotations

import gc
import random
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from heapdiff.analysis.comparison.comparing import compare
from heapdiff.analysis.growth.sightings import Sightings
from heapdiff.analysis.holders import sighting
from heapdiff.analysis.holders.sighting import Sighting
from heapdiff.analysis.suspects.prospects import Prospects
from heapdiff.analysis.trends.lengths import _count_same_keys
from heapdiff.answers import Comparison
from heapdiff.graph.heap import HeapGraph
from tests.analysis.summaries import captures
from tests.together import together

SHOP = """
    shop.o.RECENT: dict $recent
    shop.o.ALL: list -> shop.Order * {grown} size=300 $o
    {recent}
    shop.c.CACHES: dict -> [1]: dict -> [*]: shop.Page * {grown}
    shop.c.CACHES -> [2]: dict -> [*]: shop.Page * 40 gen={step}
    shop.c.CACHES -> [3]: dict -> [*]: shop.Page * {swings} gen={step}
    shop.c.CACHES -> [4]: dict -> [*]: shop.Page * {counter} gen={step}
    shop.r.RING: list -> []: shop.Reading * 60 gen={step} size={large}
    shop.u.USERS: dict -> [*]: shop.User * 12 -> .sessions: list -> shop.Session * {grown}
    module shop.late{late}
    orphan: list -> bytes * {swings} size=9000
"""


def series(seed: int, count: int) -> list[HeapGraph]:
    """A leak, an index of it, caches that are full, swap or swing, and modules that come."""
    draw, grown, texts = random.Random(seed), 50, []
    for step in range(count):
        swings = draw.randint(5, 35)
        recent = "\n".join(f"$recent -> [{number}]: $o{number or ''}" for number in range(grown))
        texts.append(
            SHOP.format(
                grown=grown,
                recent=recent,
                step=draw.choice([0, step]),
                swings=swings,
                counter=40 - swings,
                large=200 + 100 * step,
                late=draw.choice(["", step]),
            )
        )
        grown += draw.randint(0, 150)
    return captures(*texts, requests=150)


class Opening:
    """Hands out copies of graphs, and knows how many of these there are at a time."""

    def __init__(self, graphs: Sequence[HeapGraph]) -> None:
        self.graphs, self.opened, self.most = graphs, [0] * len(graphs), 0
        self._made: list[weakref.ref[HeapGraph]] = []

    def source(self, number: int) -> Callable[[], HeapGraph]:
        def read() -> HeapGraph:
            gc.collect()
            made = replace(self.graphs[number], addresses=np.array(self.graphs[number].addresses))
            self._made.append(weakref.ref(made))
            self.opened[number] += 1
            self.most = max(self.most, sum(each() is not None for each in self._made))
            return made

        return read

    def compare(self) -> Comparison:
        numbers = range(len(self.graphs))
        summaries = [graph.summary for graph in self.graphs if graph.summary is not None]
        return compare([self.source(number) for number in numbers], summaries)


@pytest.mark.parametrize("seed", range(4))
def test_graphs_are_opened_once_and_one_at_a_time_between_first_and_last(seed: int) -> None:
    graphs = series(seed, 5)
    opening = Opening(graphs)
    assert opening.compare() == compare(graphs)
    assert opening.opened == [1] * 5
    assert opening.most == 3


@pytest.mark.parametrize("seed", range(4))
def test_what_nobody_expected_to_be_asked_opens_them_again_and_changes_no_answer(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    graphs = series(seed, 4)
    expected = compare(graphs)
    monkeypatch.setattr(Prospects, "places", ())
    opening = Opening(graphs)
    assert opening.compare() == expected
    assert min(opening.opened[1:-1]) > 1
    assert opening.most == 3


@pytest.mark.parametrize("few", [0, sighting.FEW], ids=["opened again", "kept"])
def test_keys_of_several_holders_that_moved_against_each_other_are_compared_in_full(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have as many together as before, but not each: only all keys in a row tell how many are the same."""
    text = """
        shop.c.CACHES: dict -> [1]: dict -> [*]: shop.Page * {} size={size} gen={size}
        shop.c.CACHES -> [2]: dict -> [*]: shop.Page * {} size={size} gen={size}
    """
    graphs = captures(
        *(text.format(one, 80 - one, size=size) for one, size in ((40, 90), (39, 900), (41, 9000)))
    )
    compared = 0
    keys = Sightings.keys

    def counting(*arguments: object) -> object:
        nonlocal compared
        compared += 1
        return keys(*arguments)  # type: ignore[arg-type]

    expected = compare(graphs)
    monkeypatch.setattr(Sightings, "keys", counting)
    monkeypatch.setattr(sighting, "FEW", few)
    opening = Opening(graphs)
    assert opening.compare() == expected
    assert compared
    assert (opening.opened[1] > 1) == (few == 0)


@together("seed", range(100))
def test_same_keys_add_up_from_holder_to_holder_or_that_cannot_be_told(seed: int) -> None:
    draw = random.Random(seed)
    first: dict[int, Sighting] = {}
    then: dict[int, Sighting] = {}
    rows: dict[int, tuple[list[int], list[int]]] = {}
    for place in range(draw.randint(1, 4)):
        before = [draw.randint(0, 2) for _ in range(draw.randint(0, 4))]
        after = before[:] if draw.random() < 0.7 else [draw.randint(0, 2) for _ in range(draw.randint(0, 4))]
        same = sum(one == other for one, other in zip(before, after, strict=False))
        rows[place] = before, after
        moved = draw.choice([place, place, place, 9 - place])
        first[place] = Sighting(place, len(before), keys=len(before))
        then[place] = Sighting(moved, len(after), keys=len(after), same_keys=same)
    together = [
        [
            key
            for _, place in sorted((side[place].node or 0, place) for place in side)
            for key in rows[place][at]
        ]
        for at, side in enumerate((first, then))
    ]
    found = _count_same_keys(first, then)
    if found is not None:
        assert found == sum(one == other for one, other in zip(*together, strict=False))
    elif all(then[place].node == place for place in then):
        assert any(len(before) != len(after) for before, after in rows.values())
