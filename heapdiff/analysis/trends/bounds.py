"""What bounds a container: its own number, one beside it, or its kind; and whether memory would reach that bound."""

import re
from typing import Final

from heapdiff.analysis.holders.holder import find_owner
from heapdiff.analysis.holders.shapes import attributes_of, pool_of, shape_of, stops_at_bound
from heapdiff.analysis.trends.judgement import End
from heapdiff.analysis.trends.measuring import Measured
from heapdiff.answers import Confidence
from heapdiff.graph.heap import HeapGraph

CACHE_SIZE: Final = 1024
BOUND: Final = re.compile(r"_*(max_?(size|len|length|entries|items|count)|size_?limit|capacity|limit)")
FAR_BYTES: Final = 1 << 30  # a bound that only so much memory would reach is none for any worker
NEAR_BYTES: Final = FAR_BYTES // 4  # what any worker may use
MUCH_LARGER: Final = 4  # times what the process takes now
SAMPLE: Final = 64  # entries


def find_limit(found: Measured) -> End | None:
    """Of a kind that stops by itself: by what is known of it, or a cache whose bound the snapshot does not tell."""
    length = found.trend.lengths[-1] if found.trend.lengths else None
    known = any(pattern.bounds(length) for pattern in found.patterns)
    if not known and (_most_entries(found) is not None or not _looks_bounded(found)):
        return None
    return End("limit", ", but holders of this kind stop growing by themselves.")


def find_pool(found: Measured) -> End | None:
    """All that is new is also in pools of a fixed size that were there before: threads that an executor starts as needed."""
    growth = found.last.growth
    places = {place.node for place in found.finding.places}
    new = [node for node in places if growth.group_at(node) >= 0] or found.entries.values[:SAMPLE].tolist()
    pools = {pool_of(found.graph, node) for node in new}
    if not pools or -1 in pools or any(growth.group_at(pool) >= 0 for pool in pools):
        return None
    return End("pool", ", all in a pool of a fixed size: it stops when the pool has started all.")


def find_full(found: Measured) -> End | None:
    """A full cache is no leak, but a bound that memory does not reach is hardly one."""
    trend, most = found.trend, _most_entries(found)
    if most is None:
        return None
    full = trend.total_bytes / trend.total * most if trend.total > 0 else 0
    if full < _room(found.graph):
        return End("full", f"; it stops at its limit of {most:,} entries.")
    far = f"It may hold up to {most:,} entries, which would take {full / 1e9:,.1f} GB."
    return End("far", far, Confidence.MEDIUM, known=False)


def find_claim(found: Measured) -> End | None:
    """In one step only: the application's own object that has the holder has a number named like a bound, too."""
    graph, (node, module) = found.graph, find_owner(found.graph, found.finding.place)
    if len(found.reading.units) > 1 or node < 0 or not found.last.routes.ownership.is_user(module):
        return None
    attributes = attributes_of(graph, node)
    most = next((attributes[name] for name in attributes if BOUND.fullmatch(name)), -1)
    if most < 0 or graph.type_name(most) != "int":
        return None
    doubt = "Its object also has a size limit, though: it may be a cache that is still filling."
    return End("claim", doubt, Confidence.MEDIUM, known=False)


def _most_entries(found: Measured) -> int | None:
    """How many entries the holders may have in all, if each has a bound that the snapshot knows."""
    nodes = {place.node for place in (*found.finding.places, found.finding.place)}
    bounds = [found.graph.bounds.get(node) for node in nodes]
    known = [bound for bound in bounds if bound is not None]
    return sum(known) if found.trend.lengths and len(known) == len(bounds) else None


def _room(graph: HeapGraph) -> int:
    """Bytes that one holder of this process may well take: what its memory suggests, and what its control group allows."""
    if graph.summary is None:
        return FAR_BYTES
    memory = graph.summary.memory
    limit = (memory.cgroup or {}).get("limit_bytes") or FAR_BYTES
    return min(FAR_BYTES, limit, max(NEAR_BYTES, MUCH_LARGER * memory.rss_bytes))


def _looks_bounded(found: Measured) -> bool:
    """Whether it is a cache with a bound that the snapshot does not tell.

    Two snapshots do not tell that the bound of one that links its entries is too far away.
    """
    node, lengths = found.finding.place.node, found.trend.lengths
    if stops_at_bound(found.graph, node):
        return True
    shape = shape_of(found.graph, node)
    links = shape is not None and any(entry.type == shape.linked for entry in found.held)
    return links and (len(found.trend.units) == 1 or not lengths or lengths[-1] <= CACHE_SIZE)
