"""Boxes and arrows of a picture: what a masked path leads through is one box, with what all in it have together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.holders.shapes import length_of
from heapdiff.analysis.naming.amounts import format_bytes
from heapdiff.analysis.naming.steps import GAP_TEXT, Link, shape_by_type
from heapdiff.analysis.queries.bunches import Bunch
from heapdiff.analysis.queries.change import Change
from heapdiff.analysis.reach.retained import Dominance, find_topmost
from heapdiff.analysis.reach.routes import Routes
from heapdiff.answers import NodeRole, PictureEdge, PictureNode, Step
from heapdiff.graph.narrow import distinct

HEAD: Final = 8
TAIL: Final = 6
SHOWN_ALIKE: Final = 2  # of many objects to which one masked path leads
MOST_MEASURED: Final = 10_000

Key = tuple[str, ...]


@dataclass
class _Box:
    """What stands at one place of a masked path: one object, or several that one stands for."""

    link: Link
    above: Key
    nodes: list[NDArray[np.int64]] = field(default_factory=list)
    growing: bool = False

    @property
    def all(self) -> NDArray[np.int64]:
        return distinct(np.concatenate(self.nodes))


class Sheet:
    """The picture while it is drawn."""

    def __init__(self, routes: Routes, dominance: Dominance, change: Change | None) -> None:
        self._routes, self._graph, self._dominance, self._change = routes, routes.graph, dominance, change
        self._boxes: dict[Key, _Box] = {}
        self._ends: list[tuple[Key, Bunch, Link]] = []

    def boxes_with(self, bunch: Bunch) -> int:
        """How many boxes there would be if this were drawn as well."""
        new = {key for key, _ in _steps(bunch)[:-1]} - self._boxes.keys()
        ends = sum(min(len(each.nodes), SHOWN_ALIKE + 1) for _, each, _ in self._ends)
        return len(self._boxes) + len(new) + ends + min(len(bunch.nodes), SHOWN_ALIKE + 1)

    def add(self, bunch: Bunch) -> None:
        steps, levels = _steps(bunch), bunch.levels(self._routes)
        red = self._is_suspected(levels)
        above: Key = ()
        for key, link in steps[:-1] if len(steps) > 1 else steps:
            box = self._boxes.setdefault(key, _Box(link, above))
            box.nodes.append(levels.get(link.node, np.array([link.node])))
            box.growing |= red and self._is_new(link.node)
            above = key
        if len(steps) > 1:
            self._ends.append((above, bunch, steps[-1][1]))

    def _is_suspected(self, levels: dict[int, NDArray[np.int64]]) -> bool:
        """Whether what leads there is a suspect of the comparison, or is kept by one."""
        change = self._change
        return change is not None and any(bool(change.suspected[nodes].any()) for nodes in levels.values())

    def _find_site(self, levels: dict[int, NDArray[np.int64]]) -> str:
        """Who allocated what the nearest suspect of those that lead there newly keeps."""
        sites = {} if self._change is None else self._change.sites
        return next((sites[node] for node in reversed([*levels]) if node in sites), "") if sites else ""

    def _is_new(self, node: int) -> bool:
        return self._change is not None and bool(self._change.new[node])

    def draw(self) -> tuple[tuple[PictureNode, ...], tuple[PictureEdge, ...]]:
        names = {
            key: self._name(box.link.node, number) for number, (key, box) in enumerate(self._boxes.items())
        }
        nodes = [self._draw_box(names[key], box) for key, box in self._boxes.items()]
        edges = [
            PictureEdge(names[box.above], names[key], self._label(box), box.growing)
            for key, box in self._boxes.items()
            if box.above
        ]
        for above, bunch, link in self._ends:
            levels = bunch.levels(self._routes)
            growing = self._is_suspected(levels) and self._is_new(bunch.place.node)
            for node, label in self._draw_end(len(nodes), bunch, link):
                nodes.append(node)
                edges.append(PictureEdge(names[above], node.id, label, growing))
            if growing:
                edges[-1] = replace(edges[-1], site=self._find_site(levels))
        return tuple(nodes), tuple(edges)

    def _label(self, box: _Box) -> str:
        if box.link.is_gap:
            return ""
        return box.link.text if len(box.all) == 1 else box.link.masked_text

    def _name(self, node: int, number: int) -> str:
        """The object's address, and what tells two boxes of one object apart."""
        return f"{int(self._graph.addresses[node]):#x}#{number}"

    def _draw_end(self, first: int, bunch: Bunch, link: Link) -> Iterator[tuple[PictureNode, str]]:
        """A few of the bunch, and the rest as one fold."""
        shown = [node for _, node in zip(range(SHOWN_ALIKE), bunch.beside(), strict=False)]
        for number, node in enumerate(shown):
            nodes = np.array([node])
            lines = (*self._entries(nodes), self._weight(nodes))
            box = PictureNode(
                self._name(node, first + number), NodeRole.TARGET, self._graph.type_name(node), lines
            )
            yield box, link.text if node == link.node else link.masked_text
        if rest := len(bunch.nodes) - len(shown):
            kind = self._graph.type_name(bunch.place.node).rpartition(".")[2]
            new = "new " if self._is_new(bunch.place.node) else ""
            lines = (f"{len(bunch.nodes):,} {new}in all:", self._weight(bunch.nodes))
            fold = self._name(bunch.place.node, first + len(shown))
            yield PictureNode(fold, NodeRole.FOLD, f"+{rest:,} more {kind}", lines), link.masked_text

    def _draw_box(self, name: str, box: _Box) -> PictureNode:
        link, nodes = box.link, box.all
        step = link.step
        if not box.above:
            role = NodeRole.MODULE if step.step == "module" else NodeRole.ROOT
            return PictureNode(name, role, link.text, self._entries(nodes))
        if link.is_gap:
            return PictureNode(name, NodeRole.FOLD, step.name, ())
        several = f"{len(nodes):,} like this, together:"
        facts = (*((several,) if len(nodes) > 1 else ()), *self._entries(nodes), self._weight(nodes))
        shape = shape_by_type(self._graph, link.node)
        if step.step == "cache" or (shape is not None and shape.reads):
            return PictureNode(name, NodeRole.CACHE, step.name, (step.type, *facts))
        role = NodeRole.GLOBAL if step.step == "global" else NodeRole.OBJECT
        if link.indexed:
            return PictureNode(name, role, step.type, facts)
        return PictureNode(name, role, step.name, (step.type, *facts))

    def _entries(self, nodes: NDArray[np.int64]) -> tuple[str, ...]:
        if len(nodes) > MOST_MEASURED:
            return ()
        lengths = [length for node in nodes.tolist() if (length := length_of(self._graph, node)) is not None]
        total = sum(lengths)
        return (f"{total:,} entr{'y' if total == 1 else 'ies'}",) if lengths else ()

    def _weight(self, nodes: NDArray[np.int64]) -> str:
        own = int(self._graph.sizes[nodes].sum())
        retained = int(self._dominance.retained[find_topmost(self._dominance, nodes)].sum())
        return f"{format_bytes(own)} own, {format_bytes(retained)} retained"


def _steps(bunch: Bunch) -> list[tuple[Key, Link]]:
    """The links to draw, each with the masked path up to it."""
    links = _visible(bunch)
    masked = [link.masked for link in links]
    return [(tuple(masked[: at + 1]), link) for at, link in enumerate(links)]


def _visible(bunch: Bunch) -> Sequence[Link]:
    """The links to draw: one box per object, and of a long chain the two ends."""
    boxes: dict[int, Link] = {}
    for link in bunch.place.links:
        above = boxes.get(link.node)
        boxes[link.node] = link if above is None else replace(link, text=above.text + link.text)
    links = list(boxes.values())
    if len(links) <= HEAD + TAIL + 1:
        return links
    left_out = len(links) - HEAD - TAIL + bunch.place.trail.skipped
    middle = links[-TAIL - 1]
    step = Step("reference", f"… {left_out:,} more steps …", middle.step.type)
    gap = replace(middle, step=step, text=GAP_TEXT, indexed=False)
    return [*links[:HEAD], gap, *links[-TAIL:]]
