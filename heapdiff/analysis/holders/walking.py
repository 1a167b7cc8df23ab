"""Where a holder path leads: every object for which a path may have been printed that reads like it."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from heapdiff.analysis.holders.beginnings import find_beginnings
from heapdiff.analysis.holders.following import MANY, Following, Nodes, Reached, Wanted
from heapdiff.analysis.holders.holder import Place, place_of
from heapdiff.analysis.naming.steps import GAP_TEXT
from heapdiff.analysis.reach.routes import Routes, find_below
from heapdiff.analysis.reach.trails import MAX_FAR, MAX_NEAR
from heapdiff.escaping import escape_terminal
from heapdiff.graph.narrow import distinct

CUT: Final = re.compile(r"^…|(?<![.\['])…(?!\])")  # no mask, and no gap
STEP: Final = re.compile(r"\.[^.…\[]|\[")
MOST_READ: Final = 2_000
LONGEST_RUN: Final = MAX_FAR + MAX_NEAR  # of steps that are alike, and off the cheapest routes


@dataclass(frozen=True, slots=True)
class Walk:
    """What a path leads to; nothing where it breaks off, and then how far it goes, and to what."""

    found: Nodes
    reached: str
    there: Nodes


def walk(routes: Routes, path: str) -> Walk:
    """Follow a path in every way that it can be read. O(references of what it leads through), O(n) at a gap."""
    return _walk(routes, Wanted(path), find_beginnings(routes, Wanted(path)))


def find_cut_off(routes: Routes, path: str) -> Nodes:
    """The objects whose paths read like one that was cut to fit a line: `…ders.ALL['…']`, `shop.or…LL['…']`.

    None where the part behind the cut has no whole step, or is that of too many. O(n + m).
    """
    for cut in CUT.finditer(path):
        start, end = path[: cut.start()], path[cut.end() :]
        step = STEP.search(end)
        if step is None:
            continue
        all_nodes = np.flatnonzero(routes.reached)
        found = _walk(routes, Wanted(end), [(step.start(), all_nodes)]).found
        if 0 < len(found) <= MOST_READ:
            read = [_has_ends(place_of(routes, node), start, end) for node in found.tolist()]
            return found[np.array(read, np.bool_)]
    return np.zeros(0, np.int64)


def _has_ends(place: Place, start: str, end: str) -> bool:
    forms = [escape_terminal(path) for path in (place.path, place.path_with_masks())]
    return any(form.startswith(start) and form.endswith(end) for form in forms)


def _walk(routes: Routes, wanted: Wanted, beginnings: Iterable[Reached]) -> Walk:
    path, following = wanted.path, Following(routes.homes, wanted)
    waiting: dict[int, list[Nodes]] = defaultdict(list)
    for at, begun in beginnings:
        waiting[at].append(begun)
    at, nodes = 0, np.zeros(0, np.int64)
    while waiting:
        at = min(waiting)
        nodes = _distinct(routes, waiting.pop(at))
        if at == len(path):
            return Walk(nodes, path, nodes)
        for end, reached in following.go_on(nodes, at):
            if len(reached):
                waiting[end].append(reached)
        if path.startswith(GAP_TEXT, at) and at + len(GAP_TEXT) < len(path):
            waiting[at + len(GAP_TEXT)].append(_cross_gap(routes, following, nodes, at + len(GAP_TEXT)))
    return Walk(np.zeros(0, np.int64), path[:at], nodes)


def _distinct(routes: Routes, nodes: list[Nodes]) -> Nodes:
    together = np.concatenate([np.zeros(0, np.int64), *nodes])
    return distinct(together) if len(together) < MANY else routes.graph.distinct(together)


def _cross_gap(routes: Routes, following: Following, nodes: Nodes, at: int) -> Nodes:
    """All objects that steps left out may lead to: those below on the routes, and in a run of steps like the next one."""
    known = find_below(routes, nodes)
    ahead = np.flatnonzero(known)
    for _ in range(LONGEST_RUN):
        steps = [reached for _, reached in following.go_on(ahead, at)]
        ahead = _distinct(routes, steps)
        ahead = ahead[~known[ahead]]
        if not len(ahead):
            break
        known[ahead] = True
    return np.flatnonzero(known)
