"""The answer to who owns a heap: packages, modules, holders and what is in them, in exact sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from heapdiff.answers.reference import SnapshotRef


class GroupKind(str, Enum):
    PACKAGE = "package"
    MODULE = "module"
    THREAD = "thread"
    INTERPRETER = "interpreter"
    NATIVE = "native"
    OBJECT = "object"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class OwnerGroup:
    """Objects of one type that are reached in the same way from the objects of the group above.

    `parent` is that group's place in the map, -1 at the top. `label` is the step that leads here (`.tags`, `['…']`), or
    a name where a way begins. `objects` and `bytes` include everything below, `own_objects` and `own_bytes` nothing of
    it; all are of the last snapshot. `objects_before` and `bytes_before` are the same, with everything below, in each
    earlier one, oldest first. Of kind `more` it stands for `merged` siblings too small to be shown.
    """

    parent: int
    kind: GroupKind
    label: str
    type: str
    merged: int
    objects: int
    bytes: int
    own_objects: int
    own_bytes: int
    objects_before: tuple[int, ...] = ()
    bytes_before: tuple[int, ...] = ()

    @property
    def objects_delta(self) -> int:
        """Since the first snapshot; 0 of a single one."""
        return self.objects - self.objects_before[0] if self.objects_before else 0

    @property
    def bytes_delta(self) -> int:
        return self.bytes - self.bytes_before[0] if self.bytes_before else 0


@dataclass(frozen=True, slots=True)
class OwnerMap:
    """Who owns what the roots reach in the last of `snapshots`, schema `owner-map/1`.

    Every object is in one group: where the route leads to it that a person would name first. The groups at the top add up
    to `objects` and `bytes`. Parents stand before their children, siblings heaviest first.
    """

    snapshots: tuple[SnapshotRef, ...]
    objects: int
    bytes: int
    unreachable_objects: int
    unreachable_bytes: int
    groups: tuple[OwnerGroup, ...]


def write_paths(groups: Sequence[OwnerGroup]) -> Iterator[str]:
    """How each group's place reads, as in `shop.cache.SESSIONS['…'].tags`; of a package or a rest nothing."""
    paths: list[str] = []
    for group in groups:
        above = paths[group.parent] if group.parent >= 0 else ""
        begins = group.kind is GroupKind.PACKAGE or (group.parent < 0)
        paths.append("" if begins or group.kind is GroupKind.MORE else above + group.label)
    yield from paths
