"""The answer to `compare`: verdict, suspects, types and memory, for one process or for several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from heapdiff.answers.advice import Finding
from heapdiff.answers.reference import Confidence, SnapshotRef
from heapdiff.model import TypeCount


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
    """The container that keeps what grew, or one of several. `address` is hexadecimal; lengths are None if it has none.

    `known_as` is what users of a library call it ("Flask-Limiter's counters"), empty for what no library is known for.
    """

    path: str
    type: str
    kind: HolderKind
    address: str
    length_before: int | None
    length_after: int | None
    known_as: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """Objects of one type that a holder newly keeps."""

    type: str
    count_delta: int
    bytes_delta: int


@dataclass(frozen=True, slots=True)
class EntryGrowth:
    """What a holder gained, in entries; None if that can't be determined.

    `retained_bytes_each` is what one of them retains on average, including its share of the holder if nothing else is
    new. `type` is the type of most of them, empty for plain values and if they differ; `along` is the reference by which an
    entry keeps most of it, empty if there is none.
    """

    count_delta: int | None = None
    retained_bytes_each: int | None = None
    type: str = ""
    along: str = ""


NO_ENTRIES: Final = EntryGrowth()


@dataclass(frozen=True, slots=True)
class NativeShare:
    """Native memory that grew with new objects that a holder keeps: `count` of `type`, each with an `owner` of that memory.

    `memory` says what it is: allocated, mapped, or stacks of threads; `decisive`: the holder is a suspect because of it.
    """

    type: str
    owner: str
    count: int
    bytes: int
    memory: str = "allocated"
    decisive: bool = True


class EntryKind(str, Enum):
    FLASK_VIEW = "flask-view"
    FLASK_HOOK = "flask-hook"
    CELERY_TASK = "celery-task"
    JOB = "job"
    COMMAND = "command"
    THREAD = "thread"
    ASYNCIO_TASK = "asyncio-task"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Entry:
    """Where the application was entered: the view, task, job or thread in which something happened."""

    kind: EntryKind
    name: str

    def __str__(self) -> str:
        """`view shop.product`"""
        return " ".join(filter(None, (ENTRY_WORDS[self.kind], self.name)))


ENTRY_WORDS: Final = {
    EntryKind.FLASK_VIEW: "view",
    EntryKind.FLASK_HOOK: "hook",
    EntryKind.CELERY_TASK: "task",
    EntryKind.JOB: "job",
    EntryKind.COMMAND: "command",
    EntryKind.THREAD: "thread",
    EntryKind.ASYNCIO_TASK: "asyncio task",
    EntryKind.OTHER: "",
}


@dataclass(frozen=True, slots=True)
class Allocated:
    """Code that allocated what a holder newly keeps: `samples` say so, `share` of all; `bytes` are estimated from them.

    `agrees`: enough of all samples went through this function, be it called from one entry or from several. `file` is
    empty if it may be data, `line` 0 if it isn't known.
    """

    file: str
    line: int
    function: str
    entry: Entry | None
    samples: int
    share: float
    bytes: int
    agrees: bool = False

    @property
    def site(self) -> str:
        return name_site(self.file, self.line, self.function) or "code without a name"


def name_site(file: str, line: int, function: str) -> str:
    """`shop/cache.py:31 in session_for`, as far as it's known."""
    place = f"{file}:{line}" if file and line else file
    return " in ".join(filter(None, (place, function)))


@dataclass(frozen=True, slots=True)
class Putter:
    """Code that names a holder and so can put something there; nobody saw it do so.

    `reached_from`: the first of the `entries` from which calls may lead there, as the names in code say;
    `every_request`: the first is a hook that runs in each; `all_views`: none of several views is missing.
    """

    function: str
    module: str
    reached_from: tuple[Entry, ...] = ()
    every_request: bool = False
    all_views: bool = False
    entries: int = 0


@dataclass(frozen=True, slots=True)
class Suspect:
    """A holder that grew, what it newly holds and what native memory grew with it, and why we think so.

    `end` names what ends its growth, known or observed (`full`, `imports`, `stopped`, …), None if nothing
    does; `own`: the holder is in the application's own code; `holders`: how many similar holders are grouped together.
    `witness` says in a sentence who `allocated` it, as far as samples agree; it's empty if there are none.
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
    entries: EntryGrowth = NO_ENTRIES
    end: str | None = None
    own: bool = False
    holders: int = 1
    allocated: tuple[Allocated, ...] = ()
    witness: str = ""
    bytes_per_call: Mapping[str, float] | None = None
    code: tuple[Putter, ...] = ()

    @property
    def is_allocation_known(self) -> bool:
        """Whether samples agree on it."""
        return any(row.agrees for row in self.allocated)


@dataclass(frozen=True, slots=True)
class Garbage:
    """Unreachable objects, waiting for the collector. `types` are those with the most bytes; who `allocated` the new ones."""

    objects: int
    bytes: int
    types: tuple[TypeCount, ...] = ()
    allocated: tuple[Allocated, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of `compare`, schema `compare/1`. `commands` are what to type next, ready for a shell; `advice` is what
    `advise` finds that concerns a suspect.
    """

    snapshots: tuple[SnapshotRef, ...]
    verdict: Verdict
    memory: tuple[MemoryChange, ...]
    suspects: tuple[Suspect, ...]
    types: tuple[TypeGrowth, ...]
    garbage: Garbage
    notes: tuple[str, ...]
    commands: tuple[str, ...] = ()
    advice: tuple[Finding, ...] = ()

    @property
    def same_process(self) -> bool:
        """Whether all snapshots are of one process; if not, the difference of their totals means nothing."""
        return len({snapshot.process for snapshot in self.snapshots}) < 2


@dataclass(frozen=True, slots=True)
class SharedLeak:
    """A holder that grows in several processes; `processes` are their PIDs.

    `bytes_per_request` is the mean over the processes that count requests, None if none does; likewise the extremes.
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
    """The result of `compare` for several processes, schema `comparisons/1`: what they share, then each one separately."""

    verdict: Verdict
    shared: tuple[SharedLeak, ...]
    processes: tuple[Comparison, ...]
    notes: tuple[str, ...] = ()
