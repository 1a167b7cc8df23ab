"""From routes to the owner map, of one snapshot or of several. Puts the steps together; no analysis itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.naming.steps import shape_by_type
from heapdiff.analysis.owner_map.capping import cap
from heapdiff.analysis.owner_map.columns import Groups, Name, join
from heapdiff.analysis.owner_map.grouping import Grouping, divide
from heapdiff.analysis.owner_map.looks import Looks, find_looks, write_look
from heapdiff.analysis.reach.routes import Routes
from heapdiff.answers import GroupKind, OwnerGroup, OwnerMap, SnapshotRef

MOST_GROUPS: Final = 5_000
MOST_MATCHED: Final = 200_000  # of one snapshot; a forged heap may have as many groups as objects


def map_owners(
    routes: Sequence[Routes], snapshots: Sequence[SnapshotRef], most: int = MOST_GROUPS
) -> OwnerMap:
    """Who owns what the roots reach in the last of these snapshots, and how much it was in those before.

    `snapshots` names the heaps of `routes`, oldest first. O(n log n) in whole arrays for each: 0.3 CPU s for a million
    objects. At most `most` groups, and never fewer than one; their sums are exact.
    """
    last = routes[-1]
    groups = cap(join([group(each) for each in routes]), most)
    lost = ~last.reached
    return OwnerMap(
        snapshots=tuple(snapshots),
        objects=int(last.reached.sum()),
        bytes=int(last.graph.sizes[last.reached].sum()),
        unreachable_objects=int(lost.sum()),
        unreachable_bytes=int(last.graph.sizes[lost].sum()),
        groups=_in_order(groups),
    )


def group(routes: Routes) -> Groups:
    """The groups of one heap, each with what it has by itself. O(n log n)."""
    looks = find_looks(routes)
    grouping = divide(routes, looks)
    reached = grouping.of >= 0
    count = len(grouping.parent)
    sizes = np.zeros(count, np.int64)
    np.add.at(sizes, grouping.of[reached], routes.graph.sizes[reached])
    objects = np.bincount(grouping.of[reached], minlength=count).astype(np.int64)
    names = _Names(routes, looks, grouping)
    return cap(Groups(grouping.parent, names, objects[:, None], sizes[:, None]), MOST_MATCHED)


class _Names(Sequence[Name]):
    """What the groups of one heap are called, said when somebody asks: of a forged heap few are."""

    def __init__(self, routes: Routes, looks: Looks, grouping: Grouping) -> None:
        self.graph, self.looks, self.grouping = routes.graph, looks, grouping

    def __len__(self) -> int:
        return len(self.grouping.parent)

    def __getitem__(self, number: int) -> Name:  # type: ignore[override]
        if number < len(self.grouping.tops):
            return self.grouping.tops[number].name
        step = int(self.grouping.step[number])
        type_name = self.graph.types[int(self.looks.step_types[step])].name
        owner = int(self.grouping.first[self.grouping.parent[number]])
        shape = shape_by_type(self.graph, owner) if owner >= 0 else None
        reads = shape.reads if shape is not None else ""
        return Name(
            GroupKind.OBJECT, write_look(self.graph, int(self.looks.step_looks[step]), reads), type_name
        )


def _in_order(groups: Groups) -> tuple[OwnerGroup, ...]:
    """Level by level, siblings heaviest first, what was left out last."""
    objects, sizes = groups.with_all_below(groups.objects), groups.with_all_below(groups.bytes)
    order = sorted(
        range(len(groups)),
        key=lambda at: (
            int(groups.depth[at]),
            groups.names[at].kind is GroupKind.MORE,
            -int(sizes[at, -1]),
            groups.names[at].label,
            groups.names[at].type,
        ),
    )
    place = _inverse(order)
    return tuple(
        OwnerGroup(
            parent=int(place[groups.parent[at]]) if groups.parent[at] >= 0 else -1,
            kind=groups.names[at].kind,
            label=groups.names[at].label,
            type=groups.names[at].type,
            merged=groups.names[at].merged,
            objects=int(objects[at, -1]),
            bytes=int(sizes[at, -1]),
            own_objects=int(groups.objects[at, -1]),
            own_bytes=int(groups.bytes[at, -1]),
            objects_before=tuple(objects[at, :-1].tolist()),
            bytes_before=tuple(sizes[at, :-1].tolist()),
        )
        for at in order
    )


def _inverse(order: Sequence[int]) -> NDArray[np.int64]:
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return place
