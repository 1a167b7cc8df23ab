"""The lake's tables: each column's name, type and meaning. Data; the one place that knows them.

Texts are "" and never null where nothing is known; numbers and moments are null. Sizes are in bytes, moments in UTC. A row's
`key` is the same whoever ingests its source, wherever that lies.
"""

from dataclasses import dataclass
from typing import Final, Literal

TypeName = Literal["text", "integer", "number", "truth", "moment"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `nullable` if it may be unknown."""

    name: str
    type: TypeName
    meaning: str
    nullable: bool = False


_WORKER: Final = (
    Column("worker", "text", "one life of one process: its identity, else host, PID and start"),
    Column("service", "text", "HEAPDIFF_SERVICE of the process"),
    Column("environment", "text", "HEAPDIFF_ENVIRONMENT"),
    Column("release", "text", "HEAPDIFF_RELEASE"),
    Column("host", "text", "the host's name, or the container's"),
    Column("pod", "text", "the Kubernetes pod"),
    Column("pid", "integer", "its PID there"),
)
_INTERVAL: Final = (
    Column("before_at", "moment", "when the first snapshot was taken"),
    Column("after_at", "moment", "when the last one was taken"),
    Column("age_s", "number", "how long the process had lived at the first snapshot", nullable=True),
    Column("requests", "integer", "requests answered in between", nullable=True),
)

SNAPSHOTS: Final = (
    Column("day", "text", "the day of captured_at, as YYYY-MM-DD"),
    *_WORKER,
    Column("key", "integer", "of the snapshot"),
    Column("id", "text", "the snapshot's name"),
    Column("captured_at", "moment", "when it was taken, by the host's clock"),
    Column("started_at", "moment", "when the process started", nullable=True),
    Column("trigger", "text", "what asked for it"),
    Column("requests", "integer", "requests answered since the start", nullable=True),
    Column("rss_bytes", "integer", "resident memory of the process"),
    Column("limit_bytes", "integer", "its control group's limit", nullable=True),
    Column("group_bytes", "integer", "what all of its control group take", nullable=True),
    Column("python_object_bytes", "integer", "Python objects, shallow"),
    Column("objects", "integer", "how many"),
    Column("with_graph", "truth", "whether a graph was written"),
)
COMPARISONS: Final = (
    Column("day", "text", "the day of after_at"),
    *_WORKER,
    Column("key", "integer", "of the comparison"),
    *_INTERVAL,
    Column("snapshots", "integer", "how many were compared"),
    Column("rss_delta", "integer", "of the process"),
    Column("verdict", "text", "leak, growth, native, fragmentation, garbage, stable or inconclusive"),
    Column("suspects", "integer", "how many rows it has in suspects"),
)
SUSPECTS: Final = (
    Column("day", "text", "the day of after_at"),
    *_WORKER,
    Column("comparison", "integer", "key of the comparison that found it"),
    *_INTERVAL,
    Column("fingerprint", "text", "the same on every host and in every process"),
    Column("path", "text", "of the holder: shop.cache.SESSIONS"),
    Column("holder_type", "text", "dict"),
    Column("kind", "text", "module-global and so on"),
    Column("held", "text", "the type of what it holds that compare names first"),
    Column("confidence", "text", "high, medium or low"),
    Column("own", "truth", "whether the application's own code is what keeps it"),
    Column("bytes_delta", "integer", "what the growth behind the holder weighs"),
    Column("objects_delta", "integer", "and how many objects that are"),
    Column("entries_delta", "integer", "entries that the holder gained", nullable=True),
    Column("site", "text", "the code that allocated most of it: shop/cache.py:31 in session_for"),
    Column("entry", "text", "the view or task in which it did"),
)
TABLES: Final[dict[str, tuple[Column, ...]]] = {
    "snapshots": SNAPSHOTS,
    "comparisons": COMPARISONS,
    "suspects": SUSPECTS,
}
