"""What objects dominate, and which of these are alike, with dicts."""

import numpy as np
from numpy.typing import NDArray

from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, NAMED_KINDS, EdgeKind

DEPTH = 2
FROM_ELSEWHERE, ALONE = 15 << LABEL_SHIFT, 16 << LABEL_SHIFT
MAX_BYTES = np.iinfo(np.int64).max


def dominated(
    first: NDArray[np.int32],
    nodes: NDArray[np.uint32],
    is_space: NDArray[np.bool_],
    members: NDArray[np.uint32],
) -> bytes:
    """What each of the members dominates directly, as bytes of 32-bit numbers: node `n` does `nodes[first[n]:first[n + 1]]`.

    In place of a namespace, to a depth of two, come at the end those that it dominates. In C: what is found, and no more.
    """
    found, above = np.zeros(0, np.uint32), members
    for depth in range(DEPTH + 1):
        rows = [nodes[first[node] : first[node + 1]] for node in above.tolist()]
        below = np.concatenate([np.zeros(0, np.uint32), *rows])
        opened = is_space[below] if depth < DEPTH else np.zeros(len(below), np.bool_)
        found, above = np.concatenate([found, below[~opened]]), below[opened]
    return found.astype(np.uint32).tobytes()


def alike(
    types: NDArray[np.uint16 | np.uint32],
    parent: NDArray[np.int32],
    via: NDArray[np.int32],
    labels: NDArray[np.uint32],
    idom: NDArray[np.uint32],
    is_space: NDArray[np.bool_],
    retained: NDArray[np.unsignedinteger],
    retained_places: NDArray[np.uint32],
    retained_wide: NDArray[np.int64],
    sizes: NDArray[np.unsignedinteger],
    sizes_places: NDArray[np.uint32],
    sizes_wide: NDArray[np.int64],
    nodes: NDArray[np.uint32],
    grouped: NDArray[np.uint32],
    nested: bool,
) -> bytes:
    """Some of one type that are referred to in the same way: for each group, as bytes of 64-bit numbers, type, look, how many,
    what they retain and have together, the one that retains most, and what it retains. `grouped` gets the nodes, group by group.

    A look is the kind of the reference `via` of `parent`, its name where it has one, or the node itself where it is a value of a
    namespace. With `nested`, one that neither its dominator nor a namespace refers to is referred to from elsewhere. Sums
    stop at 2**63 - 1. In C: 8 bytes for each of the nodes meanwhile.
    """
    weights, own = (
        dict(zip(places.tolist(), wide.tolist(), strict=True))
        for places, wide in ((retained_places, retained_wide), (sizes_places, sizes_wide))
    )
    groups: dict[tuple[int, int], list[int]] = {}
    for node in nodes.tolist():
        owner, edge = int(parent[node]), int(via[node])
        label = int(labels[edge]) if edge >= 0 else 0
        kind, in_space = label >> LABEL_SHIFT, owner >= 0 and bool(is_space[owner])
        look = label if kind in NAMED_KINDS else label & ~LABEL_PAYLOAD
        if nested and not in_space and (owner < 0 or owner != idom[node]):
            look = FROM_ELSEWHERE
        elif in_space and kind == EdgeKind.VALUE:
            look = ALONE + node
        groups.setdefault((int(types[node]), look), []).append(node)
    rows, all_members = [], []
    for (type_id, look), members in groups.items():
        sums = [weights.get(node, int(retained[node])) for node in members]
        most = max(sums)
        held = sum(own.get(node, int(sizes[node])) for node in members)
        heaviest = members[sums.index(most)]
        rows.append((type_id, look, len(members), *_limit(sum(sums), held), heaviest, most))
        all_members += members
    grouped[:] = all_members
    return np.array(rows, np.int64).tobytes()


def _limit(*sums: int) -> tuple[int, ...]:
    return tuple(min(MAX_BYTES, each) for each in sums)
