"""What each question answers: frozen values that go to the renderers. No I/O, no rendering, no third-party import."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from heapdiff.model import NativeShare, TypeCount


class VerdictKind(str, Enum):
    LEAK = "leak"
    GROWTH = "growth"
    NATIVE = "native"
    FRAGMENTATION = "fragmentation"
    GARBAGE = "garbage"
    STABLE = "stable"
    INCONCLUSIVE = "inconclusive"


class HolderKind(str, Enum):
    MODULE_GLOBAL = "module-global"
    CLASS_ATTRIBUTE = "class-attribute"
    INSTANCE_ATTRIBUTE = "instance-attribute"
    CLOSURE = "closure"
    FUNCTION_DEFAULT = "function-default"
    LRU_CACHE = "lru-cache"
    FRAME_LOCAL = "frame-local"
    THREAD_LOCAL = "thread-local"
    GENERATOR = "generator"
    WEAK_CALLBACK = "weak-callback"
    NATIVE = "native"
    OTHER = "other"


class Confidence(str, Enum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class SnapshotRef:
    """One line of a comparison's head: which snapshot, and its totals."""

    path: str
    id: str
    captured_at: str
    pid: int
    objects: int
    bytes: int
    rss_bytes: int
    requests: int | None
    label: str | None = None
    host: str = ""
    started_at: str = ""

    @property
    def process(self) -> tuple[int, str, str]:
        """What tells one process from another: a worker's number may be given again."""
        return self.pid, self.host, self.started_at


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer in one word and in one to three sentences."""

    kind: VerdictKind
    text: str


@dataclass(frozen=True, slots=True)
class MemoryChange:
    """One term of the memory equation, in bytes."""

    name: str
    before: int
    after: int
    delta: int


@dataclass(frozen=True, slots=True)
class TypeGrowth:
    """One type before and after. `score` orders the table: higher is more suspicious."""

    type: str
    count_before: int
    count_after: int
    count_delta: int
    bytes_before: int
    bytes_after: int
    bytes_delta: int
    score: float


@dataclass(frozen=True, slots=True)
class Step:
    """One link of a chain from a root: what kind of link, its name, the type of what it leads to.

    `step` is one of module, global, attribute, class-attribute, item, key, element, member, local, closure, default,
    cache, thread, frame, internal, reference, native, interpreter.
    """

    step: str
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Holder:
    """The container that keeps what grew; of several, one. `address` is hexadecimal; lengths are None where it has none."""

    path: str
    type: str
    kind: HolderKind
    address: str
    length_before: int | None
    length_after: int | None


@dataclass(frozen=True, slots=True)
class Held:
    """Objects of one type that a holder newly keeps."""

    type: str
    count_delta: int
    bytes_delta: int


@dataclass(frozen=True, slots=True)
class Suspect:
    """A holder that grew, what it newly holds and what native memory grew with it, and why we think so.

    `end` names what ends its growth, as it is known or was seen (`full`, `imports`, `stopped`, …), None where nothing
    does; `own`: the application's own code has the holder; `holders`: how many like it are taken together.
    """

    rank: int
    holder: Holder
    holds: tuple[Held, ...]
    objects_delta: int
    bytes_delta: int
    bytes_per_request: float | None
    chain: tuple[Step, ...]
    fingerprint: str
    confidence: Confidence
    reason: str
    advice: tuple[str, ...]
    native_bytes_delta: int | None = None
    native: NativeShare | None = None
    end: str | None = None
    own: bool = False
    holders: int = 1


@dataclass(frozen=True, slots=True)
class Garbage:
    """What no root reaches: it waits for the collector. `types` are those with most bytes."""

    objects: int
    bytes: int
    types: tuple[TypeCount, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of `compare`, schema `compare/1`. `commands` are what to type next, ready for a shell."""

    snapshots: tuple[SnapshotRef, ...]
    verdict: Verdict
    memory: tuple[MemoryChange, ...]
    suspects: tuple[Suspect, ...]
    types: tuple[TypeGrowth, ...]
    garbage: Garbage
    notes: tuple[str, ...]
    commands: tuple[str, ...] = ()

    @property
    def same_process(self) -> bool:
        """Whether all snapshots are of one process; else their totals' difference means nothing."""
        return len({snapshot.process for snapshot in self.snapshots}) < 2


@dataclass(frozen=True, slots=True)
class SharedLeak:
    """A holder that grows in several processes; `processes` are their pids.

    `bytes_per_request` is the mean of the processes that count requests, None where none does; so are the extremes.
    """

    fingerprint: str
    path: str
    processes: tuple[int, ...]
    bytes_per_request: float | None
    least_per_request: float | None
    most_per_request: float | None
    bytes_delta: int
    held: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Comparisons:
    """The result of `compare` for several processes, schema `comparisons/1`: what they share, then each by itself."""

    verdict: Verdict
    shared: tuple[SharedLeak, ...]
    processes: tuple[Comparison, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cut:
    """What would be freed if the reference that this path ends in were gone; 0 if others keep it as well."""

    path: str
    freed_bytes: int


@dataclass(frozen=True, slots=True)
class RootPath:
    """One shortest path from a root to an object, as `why` shows it. `value`: what it holds, if the file says."""

    path: str
    address: str
    type: str
    chain: tuple[Step, ...]
    merged: int
    cut: Cut | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """Who keeps the objects that the user named: paths, most common first, with how many objects each stands for."""

    what: str
    objects: int
    bytes: int
    paths: tuple[RootPath, ...]
    notes: tuple[str, ...]


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
    """An arrow with the name of the reference; `growing` marks growth that the comparison suspects."""

    source: str
    target: str
    label: str
    growing: bool


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

    `retained_bytes` would go with them: with a type's instances, or with the holder; None where not computed.
    """

    name: str
    count: int
    bytes: int
    retained_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Inventory:
    """What one snapshot holds, largest first, as `show` lists it. `by` is type, holder, module or package."""

    snapshot: SnapshotRef
    by: str
    rows: tuple[Share, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TreeRow:
    """What would go with an object, or with `count` alike ones below the same parent.

    `name` is relative to the parent, `path` is from a root; `address` is empty for more than one object.
    `bytes` are their own, `retained_bytes` also those of all that would go with them. `children` are the
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

    `start` is what the user named, or empty for everything; `objects` and `bytes` are of that, as the snapshot
    counts them, and `retained_bytes` of what would go with it: for everything, of what a root reaches.
    """

    snapshot: SnapshotRef
    start: str
    objects: int
    bytes: int
    retained_bytes: int
    rows: tuple[TreeRow, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ArmedProcess:
    """One process with an agent. None: it did not answer, or does not count.

    `armed`: it can be asked now, through its socket (`socket`) or by the signal named; `reason` says why not,
    or why only one of the two.
    """

    pid: int
    role: str
    server: str | None
    uptime_s: float
    rss_bytes: int | None
    requests: int | None
    snapshots: int
    armed: bool
    signal: str | None
    socket: bool
    reason: str
    engine: str
    directory: str
    heapdiff: str


@dataclass(frozen=True, slots=True)
class ArmedProcesses:
    """All of them, by pid."""

    processes: tuple[ArmedProcess, ...]


class CheckState(str, Enum):
    OK = "ok"
    LIMITED = "limited"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what was found, and what to do where that is not good."""

    name: str
    state: CheckState
    found: str
    todo: str


@dataclass(frozen=True, slots=True)
class Checkup:
    """All checks of one run, for this machine or for one process (`pid`)."""

    pid: int | None
    checks: tuple[Check, ...]
