"""Keeps the heaviest groups; of what is left out below each, one group has the exact sums."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.owner_map.columns import NO_PARENT, Groups, Name
from heapdiff.answers import GroupKind


def cap(groups: Groups, most: int) -> Groups:
    """At most `most` groups. A group weighs what it has at its heaviest, so that its parent is never left out before it."""
    if len(groups) <= most:
        return groups
    weights = groups.with_all_below(groups.bytes).max(axis=1)
    order = np.lexsort((np.arange(len(groups)), -weights))  # of equals the parent comes first
    rank = np.empty(len(groups), np.int64)
    rank[order] = np.arange(len(groups))
    kept = rank < _how_many(groups, rank, most)
    return _with_rests(groups, kept)


def _how_many(groups: Groups, rank: NDArray[np.int64], most: int) -> int:
    """The most groups to keep that leave room for the rests: one below each parent that loses a child."""
    count = len(groups)
    own = np.append(rank, -1)  # the last is what is above the top
    last = np.full(count + 1, -1, np.int64)
    np.maximum.at(last, groups.parent, rank)
    change = np.zeros(count + 2, np.int64)  # keeping k: a rest where own < k <= last
    losing = last >= 0
    np.add.at(change, own[losing] + 1, 1)
    np.add.at(change, last[losing] + 1, -1)
    needed = np.arange(count + 1) + np.cumsum(change)[: count + 1]
    return int(np.flatnonzero(needed <= max(most, 1))[-1])


def _with_rests(groups: Groups, kept: NDArray[np.bool_]) -> Groups:
    """The kept groups in their order, then one rest below each parent of groups that are not."""
    place = np.cumsum(kept) - 1
    holder = np.where(kept, np.arange(len(groups)), groups.parent)  # the nearest kept group at or above each
    inside = ~kept
    topmost = np.zeros(len(groups), np.bool_)
    topmost[inside] = (groups.parent[inside] < 0) | kept[groups.parent[inside]]
    while len(deep := np.flatnonzero((holder >= 0) & ~kept[holder])):
        holder[deep] = holder[holder[deep]]
    above = np.where(holder[inside] >= 0, place[holder[inside]], NO_PARENT)
    owners, back = np.unique(above, return_inverse=True)
    merged = np.bincount(back, topmost[inside], len(owners)).astype(int).tolist()
    names = [groups.names[at] for at in np.flatnonzero(kept).tolist()]
    names += [Name(GroupKind.MORE, "", merged=count) for count in merged]
    parents = groups.parent[kept]
    return Groups(
        np.concatenate([np.where(parents >= 0, place[parents], NO_PARENT), owners]),
        names,
        np.concatenate([groups.objects[kept], _sum(groups.objects[inside], back, len(owners))]),
        np.concatenate([groups.bytes[kept], _sum(groups.bytes[inside], back, len(owners))]),
    )


def _sum(rows: NDArray[np.int64], back: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    sums = np.zeros((count, rows.shape[1]), np.int64)
    np.add.at(sums, back, rows)
    return sums
