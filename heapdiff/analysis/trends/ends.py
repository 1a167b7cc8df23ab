"""What is known to end a holder's growth: one function for each, and the order in which they are asked."""

from collections.abc import Callable
from typing import Final

import numpy as np

from heapdiff.analysis.naming.reading import WEAK_REFERENCES
from heapdiff.analysis.trends.bounds import find_claim, find_full, find_limit
from heapdiff.analysis.trends.imports import find_first_use, find_imports
from heapdiff.analysis.trends.judgement import End
from heapdiff.analysis.trends.measuring import Measured
from heapdiff.analysis.trends.trend import EVEN, SURE
from heapdiff.answers import Confidence
from heapdiff.format import EdgeKind

SAMPLE: Final = 64
FEW_PER_REQUEST: Final = 3  # no more come of one module or class made for a request


def find_ends(found: Measured) -> tuple[End, ...]:
    """All known ends of a finding's growth, the most telling first; `_ENDS` is their order."""
    return tuple(end for find in _ENDS if (end := find(found)) is not None)


def _find_weak(found: Measured) -> End | None:
    """It keeps weak references to objects that live: what keeps those is another holder."""
    types = {entry.type for entry in found.held}
    if not types & WEAK_REFERENCES or not types <= WEAK_REFERENCES | {"int", "str", "tuple"}:
        return None
    graph, growth = found.graph, found.last.growth
    members = np.concatenate([growth.members(number)[:SAMPLE] for number in found.finding.groups])
    weak = [node for node in members.tolist() if graph.type_name(node) in WEAK_REFERENCES]
    alive = [any(edge.kind is EdgeKind.WEAK for edge in graph.edges(node)) for node in weak]
    if 2 * sum(alive) <= len(alive):
        return None
    return End("weak", ", but holds them weakly: what keeps them is another holder.")


def _find_table(found: Measured) -> End | None:
    """It fills as code comes, unless the same few entries come with each request."""
    if not _is_table(found) or (_fills_with_requests(found) and len(found.reading.units) > 1):
        return None
    if not _fills_with_requests(found):
        return End("table", ": such a table fills as modules and classes come.")
    doubt = "Such a table fills as modules and classes come, but hardly with each request."
    return End("table", doubt, Confidence.MEDIUM)


def _is_table(found: Measured) -> bool:
    return any(pattern.table for pattern in found.patterns)


def _fills_with_requests(found: Measured) -> bool:
    """Whether the same few came with every request, and by now enough to tell."""
    reading = found.reading
    few = reading.total <= (FEW_PER_REQUEST + EVEN) * reading.total_requests
    return _is_table(found) and few and reading.total >= SURE.units and reading.regular(reading.units)


def _find_places(found: Measured) -> End | None:
    """What has no more places than before may just fill or change those it has."""
    trend = found.trend
    if not trend.lengths or trend.lengths[-1] != trend.lengths[0] or not trend.lengths[0]:
        return None
    if trend.by_length:
        places = f"{trend.lengths[0]:,}"
        return End("places", f", in places that were empty: it stops when all {places} are taken.")
    if trend.kept is False:
        return End("replaced", ", but has no more entries: larger ones took the place of others.")
    if trend.kept is True or len(found.reading.units) > 1:
        return None
    return End("refilled", ", but no entries: it may be filling its places. A third snapshot would tell.")


_ENDS: Final[tuple[Callable[[Measured], End | None], ...]] = (
    _find_weak,
    find_imports,
    find_first_use,
    find_limit,
    find_full,
    _find_table,
    _find_places,
    find_claim,
)
