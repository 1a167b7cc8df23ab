"""One step of a trail as a person reads it, and what reading a step needs. No idiom, no path."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from heapdiff.analysis.reach.trails import GAP, Trail
from heapdiff.answers import HolderKind, Step
from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, EdgeKind
from heapdiff.graph.heap import HeapGraph
from heapdiff.knowledge.shapes import BY_TYPE, Shape

MASKED_TEXT: Final = "['…']"
MASKED: Final = "[…]"
GAP_TEXT: Final = ".…"
NUMBER: Final = re.compile(r"\d+")
TEXTS: Final[Mapping[EdgeKind, str]] = {  # what reads by its kind and its name alone
    EdgeKind.UNNAMED: ".<reference>",
    EdgeKind.KEY: ".<key>",
    EdgeKind.ATTRIBUTE: ".{}",
    EdgeKind.LOCAL: ".<local {}>",
    EdgeKind.CELL: ".<local {}>",
    EdgeKind.FREE: ".<closure {}>",
    EdgeKind.MEMBER: ".<member>",
    EdgeKind.INTERNAL: ".<{}>",
    EdgeKind.WEAK: ".<weak>",
    EdgeKind.STACK: ".<stack>",
}
SUBCLASSES: Final = "tp_subclasses"


@dataclass(frozen=True, slots=True)
class Link:
    """One step as read: `text` goes into the path, `masked` into fingerprints, `node` is where it leads."""

    step: Step
    text: str
    node: int
    kind: HolderKind | None
    references: int = 1
    restarts: bool = False
    indexed: bool = False

    @property
    def masked(self) -> str:
        name = NUMBER.sub("…", self.step.name) if self.step.step == "thread" else self.step.name
        return f"{self.step.step} {MASKED if self.indexed else name} {self.step.type}"

    @property
    def masked_text(self) -> str:
        """The text for all links that differ only in an index, a key or the number of a thread."""
        if self.step.step == "thread":
            return NUMBER.sub("…", self.text)
        return (
            MASKED if self.indexed and self.text.startswith("[") and self.text != MASKED_TEXT else self.text
        )

    @property
    def is_gap(self) -> bool:
        """Whether it stands for steps left out; modules and attributes may be called like one."""
        return self.text == GAP_TEXT and self.step.step == "reference"


def write_reference(kind: EdgeKind, name: str = "") -> str:
    """How a reference reads that is a step of its own and no index or key."""
    if kind is EdgeKind.INTERNAL and name == SUBCLASSES:
        return ".__subclasses__"
    return TEXTS[kind].format(name or "reference")


def gap_link(steps: int, last: Link) -> Link:
    step = Step("reference", f"… {steps:,} more steps …", last.step.type)
    return Link(step, GAP_TEXT, last.node, None, indexed=True)


def content_link(shape: Shape, node: int, type_name: str) -> Link:
    """The step to what a container keeps out of sight."""
    return Link(Step("cache", shape.reads, type_name), f".{shape.reads}", node, shape.kind)


def shape_by_type(graph: HeapGraph, node: int) -> Shape | None:
    """The shape that objects of this type have, if they have its fields."""
    return next((BY_TYPE[name] for name in graph.lineage(node) if name in BY_TYPE), None)


def leads_to(graph: HeapGraph, trail: Trail, at: int, references: int) -> tuple[int, str]:
    """Where so many references lead from a place of the trail, and its type."""
    node = trail.nodes[at + references]
    return node, graph.type_name(node)


def edge_kind(graph: HeapGraph, trail: Trail, at: int) -> EdgeKind | None:
    """The kind of a trail's reference; None past its end and in a gap."""
    if at >= len(trail.edges) or trail.edges[at] == GAP:
        return None
    return EdgeKind(int(graph.labels[trail.edges[at]]) >> LABEL_SHIFT)


def edge_name(graph: HeapGraph, trail: Trail, at: int) -> str:
    return graph.names[int(graph.labels[trail.edges[at]]) & LABEL_PAYLOAD]
