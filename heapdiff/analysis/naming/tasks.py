"""What waits: how a future leads to the task that awaits it, and a task to its coroutine."""

from __future__ import annotations

from typing import Final

from heapdiff.analysis.naming.steps import Link, edge_kind, edge_name, leads_to, shape_by_type
from heapdiff.analysis.reach.origins import Homes
from heapdiff.analysis.reach.trails import Trail
from heapdiff.answers import Step
from heapdiff.format import EdgeKind
from heapdiff.knowledge.shapes import FUTURE, TASK

SUSPENDED: Final = frozenset(("coroutine", "generator", "async_generator"))


def read_awaited(homes: Homes, trail: Trail, at: int) -> Link | None:
    """`future ──► built-in method ──► .__self__` is the task that wakes up; a task's coroutine has a name."""
    graph, owner, node = homes.graph, trail.nodes[at], trail.nodes[at + 1]
    if (
        shape_by_type(graph, owner) in (FUTURE, TASK)
        and graph.type_name(node) == "builtin_function_or_method"
        and edge_kind(graph, trail, at + 1) is EdgeKind.ATTRIBUTE
        and edge_name(graph, trail, at + 1) == "__self__"
        and shape_by_type(graph, trail.nodes[at + 2]) is TASK
    ):
        node, type_name = leads_to(graph, trail, at, 2)
        return Link(Step("reference", "<task>", type_name), ".<task>", node, None, 2)
    name = graph.name_of(node)
    if graph.type_name(node) not in SUSPENDED or not name:
        return None
    type_name = graph.type_name(node)
    text = f"<{type_name} {name}>"
    return Link(Step("reference", text, type_name), f".{text}", node, None)
