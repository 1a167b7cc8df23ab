"""What several answers refer to: the snapshots they are about, and how sure they are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from heapdiff.deployment import shorten_release


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

    @property
    def process(self) -> tuple[int, str, str, str]:
        """What tells one process from another: a PID may be reused, or be another container's."""
        return self.pid, self.host, self.started_at, self.identity

    @property
    def short_release(self) -> str:
        return shorten_release(self.release)
