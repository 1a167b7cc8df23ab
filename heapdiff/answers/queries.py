"""The answers to the other questions about snapshots: why, graph, show, tree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from heapdiff.answers.comparison import Allocated, Held, HolderKind, Putter, Step, Verdict
from heapdiff.answers.reference import SnapshotRef


@dataclass(frozen=True, slots=True)
class Cut:
    """What clearing the last reference of this path would free; 0 if something else keeps it as well."""

    path: str
    freed_bytes: int


@dataclass(frozen=True, slots=True)
class RootPath:
    """One shortest path from a root to an object, as `why` shows it. `value`: the object's value, if the file has it."""

    path: str
    address: str
    type: str
    chain: tuple[Step, ...]
    merged: int
    cut: Cut | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """Who keeps the objects that the user named: paths, most common first, with how many objects each stands for.

    `witness` says in a sentence who `allocated` them, as far as samples agree; `code` is what can put something where the
    first path leads.
    """

    what: str
    objects: int
    bytes: int
    paths: tuple[RootPath, ...]
    notes: tuple[str, ...]
    allocated: tuple[Allocated, ...] = ()
    witness: str = ""
    code: tuple[Putter, ...] = ()


class NodeRole(str, Enum):
    """What a node of a picture is, which decides its colour and shape."""

    ROOT = "root"
    MODULE = "module"
    GLOBAL = "global"
    CACHE = "cache"
    OBJECT = "object"
    TARGET = "target"
    FOLD = "fold"


@dataclass(frozen=True, slots=True)
class PictureNode:
    """A box: `title` is a name or type, `lines` are facts below it (count, bytes, length)."""

    id: str
    role: NodeRole
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PictureEdge:
    """An arrow with the name of the reference; `growing` marks growth that the comparison suspects, `site` who allocated it."""

    source: str
    target: str
    label: str
    growing: bool
    site: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """Merged paths from roots to the chosen objects, folded and capped; with the verdict of the comparison, if any."""

    title: str
    subtitle: str
    nodes: tuple[PictureNode, ...]
    edges: tuple[PictureEdge, ...]
    notes: tuple[str, ...]
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """One row of an inventory: a type's own bytes, or what is kept by a holder, module or package.

    By site or entry: its live samples, and the bytes that they stand for.

    `retained_bytes` would be freed along with the type's instances, or with the holder; None if not computed.
    """

    name: str
    count: int
    bytes: int
    retained_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Inventory:
    """What one snapshot holds, largest first, as `show` lists it. `by` is type, holder, module, package, site or entry."""

    snapshot: SnapshotRef
    by: str
    rows: tuple[Share, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Keeper:
    """A holder, or `holders` similar ones, that keeps objects a base snapshot didn't have; `holds` says which.

    `objects` and `bytes` are net: new minus what it has let go. `allocated` is the code that made them, as far as samples say.
    """

    path: str
    type: str
    kind: HolderKind
    chain: tuple[Step, ...]
    holds: tuple[Held, ...]
    objects: int
    bytes: int
    holders: int
    allocated: tuple[Allocated, ...]


@dataclass(frozen=True, slots=True)
class Newcomers:
    """What a snapshot keeps that a base didn't have, however little, most bytes first; no judgement whether it leaks.

    `allocated` is the code that made most of it. The deltas are of what is unreachable and waits for the collector.
    """

    snapshots: tuple[SnapshotRef, SnapshotRef]
    keepers: tuple[Keeper, ...]
    allocated: tuple[Allocated, ...]
    unreachable_objects_delta: int
    unreachable_bytes_delta: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TreeRow:
    """What an object retains, or `count` identical siblings.

    `name` is relative to the parent, `path` starts at a root; `address` is empty for more than one object.
    `bytes` is their own size, `retained_bytes` includes everything that would be freed with them. `children` are the
    heaviest of those, as far as the tree was opened.
    """

    name: str
    path: str
    type: str
    address: str
    count: int
    bytes: int
    retained_bytes: int
    children: tuple[TreeRow, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """Who retains what in one snapshot, heaviest first: the upper part of the dominator tree.

    `start` is what the user named, or empty for everything; `objects` and `bytes` are its totals, as the snapshot
    counts them, and `retained_bytes` is what would be freed with it: for everything, whatever is reachable from a root.
    """

    snapshot: SnapshotRef
    start: str
    objects: int
    bytes: int
    retained_bytes: int
    rows: tuple[TreeRow, ...]
    notes: tuple[str, ...]
