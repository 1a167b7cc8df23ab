"""What would be freed: with all objects of a type together, or by cutting one reference. Not answered at once in a large heap."""

from __future__ import annotations

from heapdiff.analysis.browsing.listing import row_of
from heapdiff.analysis.browsing.prepared import Prepared
from heapdiff.analysis.reach.retained import compute_freed_by_cut, compute_retained_by_set
from heapdiff.answers import Severed, Weighed


def weigh_type(prepared: Prepared, type_name: str) -> Weighed:
    """All objects of a type as one set. O(n + m)."""
    nodes = prepared.of_kind(type_name)
    return Weighed(
        what=type_name,
        objects=len(nodes),
        bytes=int(prepared.graph.sizes[nodes].sum()),
        retained_bytes=compute_retained_by_set(prepared.dominance, nodes),
    )


def sever(prepared: Prepared, owner: int, target: int) -> Severed:
    """One object no longer refers to another, by however many references. O(referrers * depth)."""
    graph = prepared.graph
    freed = compute_freed_by_cut(graph, owner, target, prepared.dominance)
    sources = graph.referrers.sources[graph.referrers.row(target)]
    others = int((sources != owner).sum())
    return Severed(row_of(prepared, owner), row_of(prepared, target), freed, others)
