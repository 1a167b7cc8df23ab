"""The picture of who keeps what: trails of the chosen objects, merged, folded, capped.

Draws nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.comparison.captured import is_other_process
from heapdiff.analysis.growth.attribution import divide_growth
from heapdiff.analysis.growth.findings import Later
from heapdiff.analysis.growth.survivors import find_survivors
from heapdiff.analysis.holders.holder import Place, place_at, place_of
from heapdiff.analysis.holders.lookup import find_objects, find_type, resolve_holder
from heapdiff.analysis.holders.shapes import content_of, length_of
from heapdiff.analysis.naming.steps import Link, shape_by_type
from heapdiff.analysis.reach.routes import Routes, compute_routes
from heapdiff.analysis.reach.trails import find_trail
from heapdiff.analysis.suspects.ranking import find_suspects
from heapdiff.answers import NodeRole, Picture, PictureEdge, PictureNode, Step
from heapdiff.errors import UsageError
from heapdiff.format import LABEL_SHIFT, EdgeKind
from heapdiff.graph.heap import HeapGraph

MOST_NODES: Final = 40
HEAD: Final = 8
TAIL: Final = 6
SHOWN_ALIKE: Final = 2  # of many objects of one type in one holder
MOST_PLACES: Final = 1000


def build_picture(
    graph: HeapGraph,
    *,
    type_name: str | None = None,
    holder: str | None = None,
    address: str | None = None,
    base: HeapGraph | None = None,
) -> Picture:
    """The references from roots to the chosen objects: a type's, a holder and what it holds, or one object.

    With `base`, an earlier snapshot of the same process, only what is new since then is chosen, the edges
    along which the heap grows are marked, and without any choice it is the first suspect that is drawn.
    """
    if base is not None and is_other_process(base.summary, graph.summary):
        raise UsageError(
            "the base snapshot comes from another process", "Name an earlier snapshot of the same worker."
        )
    routes = compute_routes(graph)
    change = _Change.between(base, routes) if base is not None else None
    if type_name is not None:
        targets = _Targets(_of_type(routes, type_name, change))
        title = f"Who keeps {type_name}"
    elif holder is not None:
        targets = _inside(routes, resolve_holder(routes, holder), change)
        title = f"What {holder} keeps"
    elif address is not None:
        targets = _Targets(find_objects(routes, address))
        title = f"Who keeps {graph.type_name(int(targets.nodes[0]))} at {address}"
    else:
        title, targets = _default(routes, change)
    return _draw(routes, title, targets, change)


@dataclass(frozen=True)
class _Change:
    """What is new since an earlier snapshot."""

    new: NDArray[np.bool_]
    holders: frozenset[int]  # nodes that gained something worth a suspect
    first: int  # the first suspect's node, or -1
    path: str

    @classmethod
    def between(cls, base: HeapGraph, after: Routes) -> _Change:
        before = compute_routes(base)
        survivors = find_survivors(before, after)
        suspects = find_suspects(before, [Later(after, divide_growth(before, after, survivors))], ())
        nodes = [int(after.graph.index_of(int(suspect.holder.address, 16))) for suspect in suspects]
        path = suspects[0].holder.path if suspects else ""
        return cls(survivors.before_of < 0, frozenset(nodes), nodes[0] if nodes else -1, path)


@dataclass(frozen=True)
class _Targets:
    """The chosen objects; `through`: the reference to draw to each, where the shortest ways do not lead through the
    chosen holder."""

    nodes: NDArray[np.int64]
    through: NDArray[np.int64] | None = None


def _of_type(routes: Routes, name: str, change: _Change | None) -> NDArray[np.int64]:
    found = find_type(routes.graph, name)
    found = found if len(found) else find_objects(routes, name)
    fresh = found[change.new[found]] if change is not None else found
    return fresh if len(fresh) else found


def _inside(routes: Routes, holders: Iterable[int], change: _Change | None) -> _Targets:
    """What the holders keep directly, or the new below it; keys of dicts are not drawn."""
    graph, keepers = routes.graph, list(holders)
    rows = [graph.row(next(iter(content_of(graph, node)), node)) for node in keepers]
    positions = np.concatenate([np.arange(row.start, row.stop) for row in rows])
    kinds = graph.labels[positions] >> LABEL_SHIFT
    positions = positions[~np.isin(kinds, (EdgeKind.KEY, EdgeKind.WEAK, EdgeKind.TYPE))]
    entries, first = np.unique(graph.targets[positions], return_index=True)
    order = np.argsort(first)
    entries, positions = entries[order].astype(np.int64), positions[first[order]]
    own = np.isin(routes.parent[entries], np.union1d(keepers, graph.owners_of(positions)))
    if own.any():
        entries = entries[own]
    chosen = entries if len(entries) else np.array(keepers, np.int64)
    through = positions if len(entries) and not own.any() else None
    if change is None:
        return _Targets(chosen, through)
    fresh = change.new[chosen]
    if fresh.any():
        return _Targets(chosen[fresh], through[fresh] if through is not None else None)
    below = _new_below(routes, keepers, change)
    return _Targets(below) if len(below) else _Targets(chosen, through)


def _new_below(routes: Routes, holders: list[int], change: _Change) -> NDArray[np.int64]:
    """New objects in old ones, anywhere below the holders: where these grow inside."""
    below = np.zeros(len(routes.graph), np.bool_)
    below[holders] = True
    above = np.where(routes.parent >= 0, routes.parent, np.arange(len(routes.graph)))
    while True:
        following = above[above]
        reached = below | below[above]
        if np.array_equal(following, above) and np.array_equal(reached, below):
            break
        below, above = reached, following
    new = np.flatnonzero(change.new & below & (routes.parent >= 0))
    return new[~change.new[routes.parent[new]]]


def _default(routes: Routes, change: _Change | None) -> tuple[str, _Targets]:
    if change is not None and change.first >= 0:
        return f"What grew: {change.path}", _inside(routes, [change.first], change)
    if change is not None:
        raise UsageError("nothing grew since the base snapshot", "Choose with --type, --holder or --address.")
    holder = _largest_container(routes)
    return f"The largest holder: {place_of(routes, holder).path}", _inside(routes, [holder], None)


def _largest_container(routes: Routes) -> int:
    """The reached object whose direct children on the routes weigh most."""
    linked = np.flatnonzero(routes.parent >= 0)
    weight = np.bincount(
        routes.parent[linked], routes.graph.sizes[linked], minlength=max(1, len(routes.graph))
    )
    return int(np.argmax(weight))


@dataclass
class _Sheet:
    """The picture while it is drawn."""

    nodes: dict[str, PictureNode] = field(default_factory=dict)
    edges: dict[tuple[str, str, str], PictureEdge] = field(default_factory=dict)


@dataclass(frozen=True)
class _Bunch:
    """Objects of one type in one holder: a few are drawn, the rest is one fold."""

    place: Place
    shown: tuple[int, ...]
    count: int
    bytes: int


def _draw(routes: Routes, title: str, targets: _Targets, change: _Change | None) -> Picture:
    graph, nodes = routes.graph, targets.nodes
    bunches = _bunch(routes, targets)
    sheet, left_out = _Sheet(), 0
    for bunch in bunches:
        needed = {f"n{link.node}" for link in _visible(bunch.place)} - sheet.nodes.keys()
        if sheet.nodes and len(sheet.nodes) + len(needed) + len(bunch.shown) + 1 > MOST_NODES:
            left_out += bunch.count
            continue
        _draw_bunch(routes, sheet, bunch, change)
    notes = [f"{left_out:,} more objects on other paths are not drawn."] if left_out else []
    total = int(graph.sizes[nodes].sum())
    subtitle = f"{len(nodes):,} object{'' if len(nodes) == 1 else 's'}, {total:,} bytes of their own"
    if change is not None:
        subtitle += f", {'new' if change.new[nodes].all() else 'none of them new'} since the base snapshot"
    return Picture(title, subtitle, tuple(sheet.nodes.values()), tuple(sheet.edges.values()), tuple(notes))


def _bunch(routes: Routes, chosen: _Targets) -> list[_Bunch]:
    """The targets by holder and type, most numerous first; the holders' places are found once each."""
    graph, targets = routes.graph, chosen.nodes
    parents = np.where(routes.parent[targets] >= 0, routes.parent[targets], -1 - targets)
    if chosen.through is not None:
        parents = graph.owners_of(chosen.through)
    keys = (parents - parents.min()) * len(graph.types) + graph.type_ids[targets]
    _, first, back, counts = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    by_path: dict[tuple[str, ...], _Bunch] = {}
    for at in np.lexsort((first, -counts))[:MOST_PLACES].tolist():
        members = targets[back == at] if counts[at] > 1 else targets[first[at] : first[at] + 1]
        place = _place(routes, chosen, int(first[at]))
        size = int(graph.sizes[members].sum())
        known = by_path.get(place.masked)
        shown = tuple(int(node) for node in members[:SHOWN_ALIKE])
        by_path[place.masked] = (
            _Bunch(place, shown, int(counts[at]), size)
            if known is None
            else _Bunch(known.place, known.shown, known.count + int(counts[at]), known.bytes + size)
        )
    return sorted(by_path.values(), key=lambda bunch: (-bunch.count, bunch.place.path))


def _place(routes: Routes, chosen: _Targets, at: int) -> Place:
    node = int(chosen.nodes[at])
    if chosen.through is None:
        return place_of(routes, node)
    position = chosen.through[at : at + 1]
    (owner,) = routes.graph.owners_of(position).tolist()
    return place_at(routes, find_trail(routes, owner).extended(int(position[0]), node))


def _draw_bunch(routes: Routes, sheet: _Sheet, bunch: _Bunch, change: _Change | None) -> None:
    links = _visible(bunch.place)
    above = links[:-1] if len(links) > 1 else links
    previous = ""
    for link in above:
        previous = _draw_link(routes, sheet, previous, link, change)
    if len(links) == 1:
        return
    last = links[-1]
    growing = change is not None and bool(change.new[bunch.shown[0]])
    for node in bunch.shown:
        name = f"n{node}"
        sheet.nodes[name] = _target(routes.graph, name, node)
        _connect(sheet, previous, name, last.text if node == last.node else last.masked_text, growing)
    rest = bunch.count - len(bunch.shown)
    if rest > 0:
        name = f"f{bunch.shown[0]}"
        kind = routes.graph.type_name(bunch.shown[0]).rpartition(".")[2]
        line = f"{bunch.bytes:,} bytes in all"
        sheet.nodes[name] = PictureNode(name, NodeRole.FOLD, f"+{rest:,} more {kind}", (line,))
        _connect(sheet, previous, name, last.masked_text, growing)


def _visible(place: Place) -> list[Link]:
    """The links to draw: one box per object, and of a long chain the two ends."""
    boxes: dict[int, Link] = {}
    for link in place.links:
        above = boxes.get(link.node)
        boxes[link.node] = link if above is None else replace(link, text=above.text + link.text)
    links = list(boxes.values())
    if len(links) <= HEAD + TAIL + 1:
        return links
    left_out = len(links) - HEAD - TAIL + place.trail.skipped
    middle = links[-TAIL - 1]
    step = Step("reference", f"… {left_out:,} more steps …", middle.step.type)
    gap = replace(middle, step=step, text="…", indexed=False)
    return [*links[:HEAD], gap, *links[-TAIL:]]


def _draw_link(routes: Routes, sheet: _Sheet, previous: str, link: Link, change: _Change | None) -> str:
    name = f"n{link.node}"
    sheet.nodes.setdefault(name, _box(routes.graph, name, link, first=not previous))
    if previous:
        growing = change is not None and bool(change.new[link.node])
        _connect(sheet, previous, name, link.text, growing)
    return name


def _connect(sheet: _Sheet, source: str, target: str, label: str, growing: bool) -> None:
    sheet.edges.setdefault((source, target, label), PictureEdge(source, target, label, growing))


def _box(graph: HeapGraph, name: str, link: Link, first: bool) -> PictureNode:
    step = link.step
    length = length_of(graph, link.node)
    lines = [] if length is None else [f"{length:,} entries"]
    if first:
        role = NodeRole.MODULE if step.step == "module" else NodeRole.ROOT
        return PictureNode(name, role, link.text, tuple(lines))
    if step.name.startswith("… "):
        return PictureNode(name, NodeRole.FOLD, step.name, ())
    shape = shape_by_type(graph, link.node)
    if step.step == "cache" or (shape is not None and shape.reads):
        return PictureNode(name, NodeRole.CACHE, step.name, (step.type, *lines))
    role = NodeRole.GLOBAL if step.step == "global" else NodeRole.OBJECT
    title = step.type if link.indexed else step.name
    return PictureNode(name, role, title, (*(() if link.indexed else (step.type,)), *lines))


def _target(graph: HeapGraph, name: str, node: int) -> PictureNode:
    length = length_of(graph, node)
    lines = [f"{int(graph.sizes[node]):,} bytes"]
    if length is not None:
        lines.insert(0, f"{length:,} entries")
    return PictureNode(name, NodeRole.TARGET, graph.type_name(node), tuple(lines))
