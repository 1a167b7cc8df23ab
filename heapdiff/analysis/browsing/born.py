"""What one snapshot had and an earlier one didn't, and what of that is still there in a later one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.browsing.listing import group_by_type
from heapdiff.analysis.browsing.prepared import Prepared
from heapdiff.analysis.comparison.captured import is_other_process
from heapdiff.analysis.growth.survivors import find_survivors
from heapdiff.answers import Born
from heapdiff.errors import UsageError


def find_born(before: Prepared, born: Prepared, still: Prepared) -> NDArray[np.uint32]:
    """Nodes of `still`, heaviest first. `born` and `still` may be the same. O(n + m) for each pair.

    Raises UsageError where they are not of one process.
    """
    if any(is_other_process(before.graph.summary, each.graph.summary) for each in (born, still)):
        raise UsageError(
            "these snapshots are from different processes", "Choose snapshots of the same worker."
        )
    fresh = (find_survivors(before.routes, born.routes).before_of < 0) & born.routes.reached
    nodes: NDArray[np.integer]
    if born is still:
        nodes = np.flatnonzero(fresh)
    else:
        after_of = find_survivors(born.routes, still.routes).after_of[fresh]
        nodes = after_of[after_of >= 0]
    order = np.lexsort((nodes, -still.dominance.retained[nodes]))
    return nodes[order].astype(np.uint32)


def sum_up_born(still: Prepared, nodes: NDArray[np.uint32]) -> Born:
    """By type; what the types retain may overlap."""
    page = group_by_type(still, nodes, alone=False)
    return Born(len(nodes), int(still.graph.sizes[nodes].sum()), page.rows)
