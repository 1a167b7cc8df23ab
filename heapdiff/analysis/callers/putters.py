"""The answer: code that can put something into a holder, and from where the application reaches it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from heapdiff.analysis.callers.calls_between import Calls
from heapdiff.analysis.callers.entrances import Entrance, find_entrances
from heapdiff.analysis.callers.handles import Handles, Near
from heapdiff.analysis.callers.kept_code import tell_code
from heapdiff.analysis.callers.own_code import Functions
from heapdiff.analysis.growth.entries import Entries
from heapdiff.analysis.holders.holder import Place
from heapdiff.analysis.reach.routes import Routes
from heapdiff.answers import EntryKind, Putter

MOST_PUTTERS: Final = 8
MOST_ENTRIES: Final = 8
MOST_NAMING: Final = 40  # a name that more functions have in common says nothing
MOST_OWN: Final = 50_000  # functions; no answer above
_CHANGING: Final = """
__setitem__ add append appendleft attach connect extend heappush insert insort move_to_end push put put_nowait register remember
setattr setdefault store subscribe update
"""
CHANGING: Final = frozenset(_CHANGING.split())


@dataclass(frozen=True)
class Callers:
    """Answers for the places of one graph. What it knows of the application is gathered when first asked: O(n + m)."""

    routes: Routes

    @cached_property
    def _functions(self) -> Functions:
        return Functions(self.routes)

    @cached_property
    def _calls(self) -> Calls:
        return Calls(self._functions)

    @cached_property
    def _entrances(self) -> tuple[Entrance, ...]:
        return find_entrances(self._functions, self._calls)

    def find_putters(self, place: Place) -> tuple[Putter, ...]:
        """At most `MOST_PUTTERS`: those that an entrance reaches before others, then the holder's own module or class."""
        if not 0 < len(self._functions.own) <= MOST_OWN:
            return ()
        found = Handles(self._functions, self._calls).find(place)
        rows = [(self._putter(title, nodes), weight) for title, nodes, weight in self._choose(found)]
        rows.sort(key=lambda row: (not row[0].reached_from, row[1], row[0].module, row[0].function))
        return tuple(putter for putter, _ in rows[:MOST_PUTTERS])

    def tell_code(self, entries: Entries) -> str:
        """A sentence on what new entries run, where they are functions, methods, generators or coroutines, and mostly alike."""
        return tell_code(self._functions, entries.mainly, entries.values)

    def _choose(self, found: Near) -> list[tuple[str, list[int], tuple[bool, bool]]]:
        """The functions by title; where that many name it, only those in its own module or class, or none."""
        alike: defaultdict[str, list[int]] = defaultdict(list)
        for function in sorted(found.functions):
            alike[self._functions.title_of_code(function)].append(function)
        rows = [(title, nodes, self._weight(found, nodes)) for title, nodes in sorted(alike.items())]
        if len(rows) > MOST_NAMING:
            rows = [row for row in rows if found.near.intersection(row[1])]
        return rows if len(rows) <= MOST_NAMING else []

    def _weight(self, found: Near, nodes: Sequence[int]) -> tuple[bool, bool]:
        names = self._functions.names_in(nodes[0])
        return not found.near.intersection(nodes), not names & CHANGING

    def _putter(self, title: str, nodes: Sequence[int]) -> Putter:
        ways = self._ways(nodes)
        views = sum(way.entry.kind is EntryKind.FLASK_VIEW for way in ways)
        module = self._functions.module_of(nodes[0])
        return Putter(
            function=title.removeprefix(f"{module}."),
            module=module,
            reached_from=tuple(way.entry for way in ways[:MOST_ENTRIES]),
            every_request=any(way.every_request for way in ways),
            all_views=1 < views == self._views,
            entries=len(ways),
        )

    def _ways(self, nodes: Sequence[int]) -> list[Entrance]:
        """The entrances from which calls lead to one of these; by names alone only if nothing else leads there."""
        for by_name in (False, True):
            callers = {each for node in nodes for each in self._calls.find_callers(node, by_name)}
            if ways := [each for each in self._entrances if callers & each.functions]:
                return sorted(
                    ways, key=lambda way: (not way.every_request, way.entry.kind.value, way.entry.name)
                )
        return []

    @cached_property
    def _views(self) -> int:
        return sum(each.entry.kind is EntryKind.FLASK_VIEW for each in self._entrances)
