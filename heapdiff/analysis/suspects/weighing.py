"""What one new entry keeps alive, and the reference by which it keeps most of that.

    shop.titles.TITLES ──► [7] Title ──.parent──► Tag ──► the rest of the page      400 entries, 108 kB each

What would go with an entry, not what only hangs on it: objects that are kept from elsewhere as well don't count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.growth.entries import Entries
from heapdiff.analysis.growth.findings import Finding, Later
from heapdiff.analysis.naming.paths import read_links
from heapdiff.analysis.reach.cutout import Cutout, cut_out
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.reach.trails import Trail, own_text
from heapdiff.graph.narrow import distinct
from heapdiff.graph.paths import compute_reachable, compute_reachable_within
from heapdiff.knowledge.upward import UPWARD

SAMPLE: Final = 64  # entries that are weighed
MOST_OBJECTS: Final = 300_000  # below them
HEAVY: Final = 4 << 10  # bytes: a lighter entry is its own content
MOSTLY: Final = 0.75  # of what an entry keeps
MOST_BRANCHES: Final = 32  # references of one object that are followed
MOST_STEPS: Final = 8
NAMELESS: Final = "reference"


@dataclass(frozen=True, slots=True)
class Weight:
    """`each` is what a new entry retains on average, in bytes; `along` reads like a path that begins at an entry.

    `along` is empty where no reference with a name leads to most of it, or where an entry is light.
    """

    each: int
    along: str = ""


def weigh(step: Later, finding: Finding, entries: Entries) -> Weight | None:
    """None where no entry is new, where one alone is too large to look at, and in a linked structure, which has none."""
    if finding.place.structure:
        return None
    tops, below = _choose(step, finding, entries)
    if not len(tops):
        return None
    part = cut_out(step.routes, below)
    retained = part.compute_dominance().retained[part.index_of(tops)]
    values = np.isin(tops, entries.values)
    total = _extrapolate(retained[values], len(entries.values))
    total += _extrapolate(retained[~values], len(entries.keys))
    return Weight(
        round(total / entries.count), _find_along(step.routes, part, tops[values], retained[values])
    )


def _extrapolate(weights: NDArray[np.int64], count: int) -> float:
    return float(weights.mean()) * count if len(weights) else 0.0


def _choose(step: Later, finding: Finding, entries: Entries) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Some entries, evenly chosen, and all new objects they lead to; so few that they're soon looked at."""
    growth, groups, graph = step.growth, finding.led or finding.own, step.routes.graph
    members = growth.members_of(groups)
    above = [node for place in (finding.place, *finding.places) for node in place.trail.nodes]
    nodes = members[~np.isin(members, above)]
    for most in (SAMPLE, SAMPLE // 8, 1):
        tops = distinct(np.concatenate([_sample(entries.values, most), _sample(entries.keys, most)]))
        below = nodes[compute_reachable_within(graph, tops, nodes)]
        if len(below) <= MOST_OBJECTS:
            return np.intersect1d(tops, below), below
    return np.zeros(0, np.int64), np.zeros(0, np.int64)


def _sample(tops: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    return tops[:: max(1, -(-len(tops) // most))]


def _find_along(routes: Routes, part: Cutout, values: NDArray[np.int64], retained: NDArray[np.int64]) -> str:
    """The way along which the entry in the middle keeps most, if it keeps much."""
    if not len(values):
        return ""
    typical = int(np.argsort(retained, kind="stable")[len(values) // 2])
    if retained[typical] < HEAVY:
        return ""
    return _find_way(routes, part, int(part.index_of(values[typical : typical + 1])[0]))


def _find_way(routes: Routes, part: Cutout, entry: int) -> str:
    """The references from an entry that lead to most of what it keeps, as far as there is one way."""
    graph, others = part.graph, part.starts[part.starts != entry]
    kept = ~compute_reachable(graph, others, without=[entry])
    kept &= compute_reachable(graph, [entry])
    total = int(graph.sizes[kept].sum())
    passed: list[int] = [entry]
    edges: list[int] = []
    names: set[str] = set()
    while len(edges) < MOST_STEPS and graph.sizes[passed[-1]] < (1 - MOSTLY) * total:
        branches = _find_branches(part, kept, passed, MOSTLY * total)
        if not branches:
            break
        edge = min(branches, key=lambda edge: (*_preference(routes, part, edge), edge))
        name, target = own_text(routes.graph, int(part.edges[edge])), int(graph.targets[edge])
        others_too = len({int(graph.targets[each]) for each in branches}) > 1
        if name in names or (others_too and edges and name not in UPWARD):
            break
        names |= {name} - {"", "__dict__"}
        edges.append(edge)
        passed.append(target)
    return _read(routes, part, passed, edges)


def _find_branches(part: Cutout, kept: NDArray[np.bool_], passed: list[int], least: float) -> list[int]:
    """The references of the last object passed that lead to most of what is kept, without going back."""
    graph = part.graph
    row = graph.row(passed[-1])
    edges = [at for at in range(row.start, row.stop) if kept[graph.targets[at]]]
    targets = sorted({int(graph.targets[at]) for at in edges} - set(passed))
    if len(targets) > MOST_BRANCHES:
        return []
    enough = set()
    for target in targets:
        reached = compute_reachable(graph, [target], without=passed)
        if graph.sizes[reached & kept].sum() >= least:
            enough.add(target)
    return [at for at in edges if int(graph.targets[at]) in enough]


def _preference(routes: Routes, part: Cutout, edge: int) -> tuple[int, str]:
    name = own_text(routes.graph, int(part.edges[edge]))
    return UPWARD.index(name) if name in UPWARD else len(UPWARD), name


def _read(routes: Routes, part: Cutout, passed: list[int], edges: list[int]) -> str:
    nodes = tuple(part.nodes[passed].tolist())
    links = read_links(routes.homes, Trail(None, nodes, tuple(part.edges[edges].tolist())))[1:]
    while links and (links[-1].step.step == NAMELESS or links[-1].text == ".__dict__"):
        links = links[:-1]
    texts = [".__class__" if link.restarts else link.masked_text for link in links]
    named = (text for link, text in zip(links, texts, strict=True) if link.step.step != NAMELESS)
    return "".join(texts) if any("." in text for text in named) else ""  # masked keys and indexes say nothing
