"""Do samples agree on who did it? Names the innermost function that most of them went through, if it's clear enough.

    encode ◄── remember ◄── product      22 samples
               remember ◄── product       8 samples: remember, in 30 of 30

If too few agree because the application also keeps what libraries made before it was called, such as parts of the URL, the
samples of its own code decide, and are listed first.

Judges what it is given: which samples count is decided elsewhere.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.witnesses.stacks import NOWHERE, Frame, Function, Pile, Stacks
from heapdiff.answers import Allocated, Entry

LEAST: Final = 8  # samples
AGREE: Final = 0.8  # of them, and of the bytes that they stand for
NEARLY: Final = 1 - 1e-9
INSIDE: Final = 0.05  # of all samples: fewer are chance
MOST_ROWS: Final = 20  # in an answer


@dataclass(frozen=True, slots=True)
class Testimony:
    """What `samples` say, by site and entry: rows that agree first, then by number of samples. `first` are those to show.

    `closer` if they're only those of the objects themselves: what these keep doesn't come from the same function.
    `doubtful`: too many of them may name other code than that which has the memory now.
    """

    rows: tuple[Allocated, ...] = ()
    samples: int = 0
    doubtful: bool = False
    closer: bool = False

    @property
    def first(self) -> tuple[Allocated, ...]:
        return self.rows[:MOST_ROWS]

    @property
    def agreeing(self) -> tuple[Allocated, ...]:
        return tuple(row for row in self.rows if row.agrees)

    @property
    def named(self) -> tuple[str, str]:
        """The file and the function that samples agree on; empty if they don't."""
        return next(((row.file, row.function) for row in self.agreeing), ("", ""))

    @property
    def is_entered(self) -> bool:
        """Whether it says in which view, task or job the function ran."""
        return any(row.entry is not None for row in self.agreeing)

    def with_line(self, line: int) -> Testimony:
        """The same, at this line of the function that is named."""
        return replace(self, rows=tuple(replace(row, line=line) if row.agrees else row for row in self.rows))


NOTHING: Final = Testimony()


def find_allocating(stacks: Stacks, chosen: NDArray[np.int64], doubtful: bool = False) -> Testimony:
    """O(samples), and a little for each stack."""
    piles = stacks.pile_up(chosen)
    named = _find_common(piles) if len(chosen) >= LEAST else None
    inside = [pile for pile in piles if not pile.reading.is_outside]
    enough = not doubtful and sum(pile.samples for pile in inside) >= max(LEAST, INSIDE * len(chosen))
    if named is None and enough:
        named = _find_common(inside)
    return Testimony(tuple(_list_rows(piles, named, enough)), len(chosen), doubtful)


def _find_common(piles: Sequence[Pile]) -> Function | None:
    """The function that enough went through; of several the innermost."""
    samples: defaultdict[Function, int] = defaultdict(int)
    weights: defaultdict[Function, float] = defaultdict(float)
    depths: defaultdict[Function, int] = defaultdict(int)
    for pile in piles:
        for function, depth in _find_depths(pile.reading.within).items():
            samples[function] += pile.samples
            weights[function] += pile.bytes
            depths[function] += depth * pile.samples
    samples.pop(NOWHERE.of, None)
    enough = AGREE * sum(pile.samples for pile in piles), AGREE * sum(pile.bytes for pile in piles) * NEARLY
    agreed = [each for each in samples if samples[each] >= enough[0] and weights[each] >= enough[1]]
    return min(agreed, key=lambda each: (depths[each] / samples[each], each), default=None)


def _find_depths(within: Sequence[Frame]) -> Mapping[Function, int]:
    """How far from the innermost frame each function is first met."""
    return {frame.of: depth for depth, frame in reversed([*enumerate(within)])}


def _list_rows(piles: Sequence[Pile], named: Function | None, own_first: bool) -> list[Allocated]:
    """A row for each site and entry. A site's line is that of most of its samples."""
    total = sum(pile.samples for pile in piles)
    lines: defaultdict[Function, Counter[int]] = defaultdict(Counter)
    rows: defaultdict[tuple[Function, Entry | None], list[tuple[Pile, Frame]]] = defaultdict(list)
    for pile in piles:
        frame = _find_site(pile, named)
        lines[frame.of][frame.line] += pile.samples
        rows[frame.of, pile.reading.entry].append((pile, frame))
    found: list[tuple[bool, Allocated]] = []
    for (site, entry), same in rows.items():
        place, samples = same[0][1].place, sum(pile.samples for pile, _ in same)
        row = Allocated(
            file=place.file,
            line=min(lines[site], key=lambda line: (-lines[site][line], line)),
            function=place.function,
            entry=entry,
            samples=samples,
            share=round(samples / total, 4),
            bytes=round(sum(pile.bytes for pile, _ in same)),
            agrees=site == named,
        )
        found.append((own_first and same[0][0].reading.is_outside, row))
    found.sort(
        key=lambda each: (
            not each[1].agrees,
            each[0],
            -each[1].samples,
            -each[1].bytes,
            each[1].site,
            str(each[1].entry or ""),
        )
    )
    return [row for _, row in found]


def _find_site(pile: Pile, named: Function | None) -> Frame:
    """Where these were in the function that is named, or else in their own innermost one."""
    inside = (frame for frame in pile.reading.within if frame.of == named)
    return next(inside, pile.reading.within[0])
