"""One capture by a Python engine: what the parent knows before the fork, and the child needs."""

import gc
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from heapdiff.agent.system.memory_limits import read_cgroup
from heapdiff.agent.system.procfs import ResidentMemory, read_memory
from heapdiff.deployment import Deployment
from heapdiff.format import HEAP_SCHEMA
from heapdiff.model import Collector, ProcessInfo


@dataclass(frozen=True, slots=True)
class Job:
    """Everything the child needs; nothing is looked up after the fork. The summary's partial file is there already."""

    engine: str
    directory: Path
    stem: str
    label: str | None
    trigger: str
    graph: bool
    values: bool
    version: str
    process: ProcessInfo
    captured_at: str
    memory: ResidentMemory
    cgroup: dict[str, int] | None
    collector: Collector
    notes: tuple[str, ...] = ()
    trigger_rss_bytes: int = 0

    @property
    def heap_path(self) -> Path:
        return self.directory / f"{self.stem}.heap"

    @property
    def summary_path(self) -> Path:
        return self.directory / f"{self.stem}.json"

    def describe(self) -> dict[str, Any]:
        """What is known before the walk: the head of the summary, and the graph's INFO."""
        return {
            "heapdiff": self.version,
            "id": self.stem,
            "label": self.label,
            "captured_at": self.captured_at,
            "process": {
                "identity": self.process.identity,
                **asdict(self.process),
            },  # early: who prunes reads the head
            "trigger": self.trigger,
            "values": self.values,
            "collector": asdict(self.collector),
        }


@dataclass(frozen=True, slots=True)
class Served:
    """What a process is known to have served; `endpoints` is None if no call was counted."""

    requests: int | None
    endpoints: Mapping[str, int] | None = None
    unrouted: int = 0


def describe_process(
    argv: tuple[str, ...],
    server: str,
    started_at: str,
    host: str,
    identity: str,
    served: Served,
    deployment: Deployment,
) -> ProcessInfo:
    return ProcessInfo(
        pid=os.getpid(),
        parent_pid=os.getppid(),
        host=host,
        started_at=started_at,
        argv=argv,
        python=sys.version.split()[0],
        server=server or None,
        requests=served.requests,
        identity=identity,
        endpoints=served.endpoints,
        unrouted=served.unrouted,
        **deployment._asdict(),
    )


def describe_collector() -> Collector:
    """The collector's state before the fork; the child switches it off. O(frozen objects)."""
    collections = tuple(generation["collections"] for generation in gc.get_stats())
    return Collector(gc.isenabled(), gc.get_freeze_count(), gc.get_threshold(), collections)


def describe_memory() -> tuple[ResidentMemory, dict[str, int] | None]:
    """The process's memory before the fork; afterwards it is shared, and counts as half."""
    return read_memory() or ResidentMemory(0, None, None), read_cgroup()


def heap_info(job: Job, singletons: Mapping[str, int]) -> dict[str, Any]:
    return {"schema": HEAP_SCHEMA, "engine": job.engine, "singletons": dict(singletons), **job.describe()}
