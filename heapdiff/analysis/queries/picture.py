"""The picture of who keeps what: paths to the chosen objects, merged, folded, capped; of what grew, as `compare` judges it.

Draws nothing itself.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.holders.holder import place_of
from heapdiff.analysis.holders.lookup import find_objects, resolve_holder
from heapdiff.analysis.naming.amounts import count, format_bytes
from heapdiff.analysis.queries.bunches import gather_bunches
from heapdiff.analysis.queries.change import Change, compare_with, find_holders
from heapdiff.analysis.queries.sheet import Sheet
from heapdiff.analysis.queries.targets import Targets, inside, of_type
from heapdiff.analysis.reach.retained import Dominance, compute_dominance, compute_retained_by_set
from heapdiff.analysis.reach.routes import Routes, compute_routes
from heapdiff.answers import Comparison, Picture, Suspect, VerdictKind
from heapdiff.errors import UsageError
from heapdiff.graph.heap import HeapGraph

MOST_NODES: Final = 40
NOT_BLAMED: Final = {VerdictKind.INCONCLUSIVE: "Grew, but too early to judge"}
NO_LEAK: Final = "Grew, but not judged a leak"


def build_picture(
    graph: HeapGraph,
    *,
    type_name: str | None = None,
    holder: str | None = None,
    address: str | None = None,
    base: HeapGraph | None = None,
) -> Picture:
    """The references from roots to the chosen objects: a type's, a holder and what it holds, or one object.

    With `base`, an earlier snapshot of the same process, the two are compared: only what is new since then is chosen,
    what the comparison suspects is marked, and without any choice it is its first suspect that is drawn.
    """
    comparison = None if base is None else compare_with(base, graph)
    routes = compute_routes(graph)
    change = (
        None
        if base is None or comparison is None
        else Change.judged(comparison, compute_routes(base), routes)
    )
    notes: list[str] = []
    if type_name is not None:
        title, targets = f"Who keeps {type_name}", of_type(routes, type_name, change)
    elif holder is not None:
        title, targets = f"What {holder} keeps", inside(routes, _holders(routes, holder), change)
    elif address is not None:
        targets = Targets(find_objects(routes, address))
        title = f"Who keeps {graph.type_name(int(targets.nodes[0]))} at {address}"
    elif change is not None:
        title, targets, notes = _what_grew(routes, change)
    else:
        largest = _largest_container(routes)
        title = f"Largest holder: {place_of(routes, largest).path}"
        targets = inside(routes, np.array([largest]), None)
    return _draw(routes, compute_dominance(routes), title, targets, change, notes)


def picture_suspects(
    comparison: Comparison, before: Routes, after: Routes, most: int | None
) -> tuple[Picture, ...]:
    """What each of the first suspects newly keeps, as `build_picture` draws the first; the graphs are looked at once."""
    if not comparison.suspects:
        return ()
    change, dominance = Change.judged(comparison, before, after), compute_dominance(after)
    pictures = []
    for suspect in comparison.suspects[:most]:
        title, targets, notes = _of_suspect(after, suspect, change)
        pictures.append(_draw(after, dominance, title, targets, change, notes))
    return tuple(pictures)


def _holders(routes: Routes, path: str) -> NDArray[np.int64]:
    return np.array(resolve_holder(routes, path), np.int64)


def _what_grew(routes: Routes, change: Change) -> tuple[str, Targets, list[str]]:
    suspect, verdict = change.suspect, change.verdict
    if suspect is None:
        raise UsageError(
            f"nothing to draw: {verdict.kind.value.upper()}: {verdict.text}",
            "Select what to draw with --type, --holder or --address.",
        )
    return _of_suspect(routes, suspect, change)


def _of_suspect(routes: Routes, suspect: Suspect, change: Change) -> tuple[str, Targets, list[str]]:
    holders, verdict = find_holders(routes, suspect), change.verdict
    growing = change.suspected[holders].any()
    judged = "What grew" if growing else NOT_BLAMED.get(verdict.kind, NO_LEAK)
    return f"{judged}: {suspect.holder.path}", inside(routes, holders, change), _stands_for(suspect)


def _stands_for(suspect: Suspect) -> list[str]:
    """How much the comparison counts behind the suspect, whatever of it fits into the picture."""
    grown = f"{format_bytes(suspect.bytes_delta)} in {count(suspect.objects_delta, 'object')}"
    if suspect.holders < 2:
        return [f"In all, it newly keeps {grown}."]
    return [f"It stands for {suspect.holders:,} holders like this one; in all, they newly keep {grown}."]


def _largest_container(routes: Routes) -> int:
    """The reached object whose direct children on the routes weigh most."""
    linked = np.flatnonzero(routes.parent >= 0)
    weight = np.bincount(
        routes.parent[linked], routes.graph.sizes[linked], minlength=max(1, len(routes.graph))
    )
    return int(np.argmax(weight))


def _draw(
    routes: Routes,
    dominance: Dominance,
    title: str,
    targets: Targets,
    change: Change | None,
    notes: list[str],
) -> Picture:
    sheet, left_out, drawn = Sheet(routes, dominance, change), [], 0
    for bunch in gather_bunches(routes, targets):
        if drawn and sheet.boxes_with(bunch) > MOST_NODES:
            left_out.append(bunch.nodes)
            continue
        sheet.add(bunch)
        drawn += 1
    nodes, edges = sheet.draw()
    if left_out:
        rest = np.concatenate(left_out)
        own = format_bytes(int(routes.graph.sizes[rest].sum()))
        notes.append(
            f"{len(rest):,} more objects ({own}) on {count(len(left_out), 'other path')} are not drawn."
        )
    subtitle = _totals(routes.graph, targets.nodes, compute_retained_by_set(dominance, targets.nodes))
    if change is not None:
        subtitle += (
            f", {'new' if change.new[targets.nodes].all() else 'none of them new'} since the base snapshot"
        )
    return Picture(
        title, subtitle, nodes, edges, tuple(notes), change.verdict if change is not None else None
    )


def _totals(graph: HeapGraph, nodes: NDArray[np.int64], retained: int) -> str:
    own, whose = int(graph.sizes[nodes].sum()), "its" if len(nodes) == 1 else "their"
    return f"{count(len(nodes), 'object')}, {format_bytes(own)} of {whose} own, {format_bytes(retained)} retained"
