"""What several answers refer to: the snapshots they are about, and how sure they are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from heapdiff.deployment import shorten_release

if TYPE_CHECKING:
    from heapdiff.model import Summary


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
    identity: str = ""
    release: str = ""
    service: str = ""
    environment: str = ""
    pod: str = ""

    @classmethod
    def of(cls, summary: Summary, path: str) -> SnapshotRef:
        process = summary.process
        return cls(
            path=path,
            id=summary.id,
            captured_at=summary.captured_at,
            pid=process.pid,
            objects=summary.capture.objects,
            bytes=summary.capture.bytes,
            rss_bytes=summary.memory.rss_bytes,
            requests=process.requests,
            label=summary.label,
            host=process.host,
            started_at=process.started_at,
            identity=process.identity,
            release=process.release,
            service=process.service,
            environment=process.environment,
            pod=process.pod,
        )

    @property
    def process(self) -> tuple[int, str, str, str]:
        """What tells one process from another: a PID may be reused, or be another container's."""
        return self.pid, self.host, self.started_at, self.identity

    @property
    def short_release(self) -> str:
        return shorten_release(self.release)
