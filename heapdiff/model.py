"""The vocabulary: frozen values that cross layers. No I/O, no rendering, no third-party import."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NewType

from heapdiff.deployment import shorten_release

Address = NewType("Address", int)
NodeIndex = NewType("NodeIndex", int)
Counted = Literal["all", "tracked", "none"]
COUNTED: Final[tuple[Counted, ...]] = ("all", "tracked", "none")


@dataclass(frozen=True, slots=True)
class ProcessInfo:
    """The process a snapshot was taken from.

    `identity` (`PID-START-NAMESPACE-BOOT`) tells it from all others; empty in files of earlier versions. `endpoints` are the
    calls of each, None if nothing counted any; `unrouted` requests had none. `release` to `pod`: as in Deployment.
    """

    pid: int
    parent_pid: int
    host: str
    started_at: str
    argv: tuple[str, ...]
    python: str
    server: str | None
    requests: int | None
    identity: str = ""
    endpoints: Mapping[str, int] | None = None
    unrouted: int = 0
    release: str = ""
    service: str = ""
    environment: str = ""
    pod: str = ""

    @property
    def container(self) -> str:
        """The PID namespace and the boot in which it has its number; empty where that is not known."""
        return "-".join(self.identity.split("-")[2:])

    @property
    def short_release(self) -> str:
        return shorten_release(self.release)


@dataclass(frozen=True, slots=True)
class CaptureCost:
    """What taking the snapshot cost, and how much it saw.

    `copied_bytes`: pages that the process wrote to while the child walked. `counted`: which objects are in the types; where
    memory was short only those that the collector tracks, or none.
    """

    engine: str
    pause_ms: float
    walk_ms: float
    child_private_bytes: int
    objects: int
    references: int
    bytes: int
    copied_bytes: int = 0
    counted: Counted = "all"


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another process of the same parent and program, or that parent. `forked`: it runs the same image, so that what the
    parent loads before the fork can be shared.
    """

    pid: int
    parent: bool
    forked: bool
    rss_bytes: int
    pss_bytes: int
    private_bytes: int
    private_dirty_bytes: int
    shared_dirty_bytes: int


@dataclass(frozen=True, slots=True)
class MemoryHistory:
    """What the agent saw of the process's resident memory, oldest first, by age at the capture. `requests`: served until then."""

    age_ms: tuple[int, ...]
    rss_bytes: tuple[int, ...]
    requests: tuple[int, ...] | None = None


MALLOCS: Final = ("glibc", "jemalloc", "tcmalloc")


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """The process's memory at the capture, in bytes; None where the system did not say.

    `trigger_rss_bytes`: the resident memory at which it takes a snapshot by itself. `siblings`: None where nobody looked.
    `malloc`: one of `MALLOCS`, or empty where it's another's, or not known.
    """

    rss_bytes: int
    pss_bytes: int | None
    private_bytes: int | None
    python_object_bytes: int
    allocator: Mapping[str, int] = field(default_factory=dict)
    cgroup: Mapping[str, int] | None = None
    private_dirty_bytes: int | None = None
    shared_dirty_bytes: int | None = None
    trigger_rss_bytes: int | None = None
    siblings: tuple[Sibling, ...] | None = None
    history: MemoryHistory | None = None
    malloc: str = ""


FROZEN_BY_CPYTHON: Final = (
    1_000  # 3.12 itself freezes some 400 objects as it starts; an application that freezes, tens of thousands
)


@dataclass(frozen=True, slots=True)
class Collector:
    """The cycle collector at the capture. `collections` are since the interpreter started; youngest generation first.

    `frozen` objects, by `gc.freeze()`, are out of its reach.
    """

    enabled: bool
    frozen: int
    thresholds: tuple[int, ...]
    collections: tuple[int, ...]

    @property
    def is_off(self) -> bool:
        """Whether it never runs by itself: switched off, or with a first threshold of 0."""
        return not self.enabled or self.thresholds[0] == 0

    @property
    def is_frozen(self) -> bool:
        """Whether somebody called `gc.freeze()`, beyond what the interpreter itself freezes."""
        return self.frozen > FROZEN_BY_CPYTHON


@dataclass(frozen=True, slots=True)
class TypeCount:
    """All objects of one type: how many, and their shallow size."""

    type: str
    count: int
    bytes: int


@dataclass(frozen=True, slots=True)
class GraphFile:
    """The `.heap` file beside a summary."""

    file: str
    bytes: int
    crc32: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The content of `NAME.json`, schema `snapshot/1`."""

    heapdiff: str
    id: str
    label: str | None
    captured_at: str
    process: ProcessInfo
    trigger: str
    capture: CaptureCost
    memory: MemoryUse
    types: tuple[TypeCount, ...]
    graph: GraphFile | None
    values: bool = False
    notes: tuple[str, ...] = ()
    collector: Collector | None = None
