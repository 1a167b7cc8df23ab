"""Figures in the files of prometheus_client's multiprocess mode, where any worker answers a scrape for all.

There each worker has to write its own, so it does so with a request, every few seconds at most. Nothing is made before a worker
serves: a master that loads the app leaves no file. What a dead process left in the live modes is removed; its counters stay, as
prometheus_client means them to.
"""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from prometheus_client import Counter, Gauge
from prometheus_client.multiprocess import mark_process_dead

from heapdiff.agent.system.procfs import read_process
from heapdiff.agent.worker.installation import is_master
from heapdiff.flask.metrics.figures import Figures, read_figures
from heapdiff.flask.metrics.prometheus import COUNTERS, GAUGES, HOLDER, SUSPECTS
from heapdiff.flask.metrics.suspects import limit

logger = logging.getLogger("heapdiff")

EVERY_S: Final = 5.0
MOST_FILES: Final = 10_000
LIVE: Final = "gauge_live"
FILES: Final = "PROMETHEUS_MULTIPROC_DIR"


class WorkerFiles:
    """This worker's metrics, each made when it first has a value. `told`: what of the counters was written already."""

    def __init__(self, suspects_most: int) -> None:
        self.suspects_most = suspects_most
        self.pid = 0
        self.lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        """In a new process: the files of its parent are none of its own."""
        self.lock = threading.Lock()
        self.made: dict[str, Any] = {}
        self.told = dict.fromkeys((name for name, _, _ in COUNTERS), 0.0)
        self.holders: set[str] = set()

    def update(self) -> None:
        """Write how things are now. One thread at a time: another goes on without."""
        if self.pid != os.getpid():
            self._begin()
            self.pid = os.getpid()
            remove_dead()
        if self.lock.acquire(False):
            try:
                self._write(read_figures(self.suspects_most))
            finally:
                self.lock.release()

    def _write(self, now: Figures) -> None:
        for name, text, read in GAUGES:
            if (value := read(now)) is not None:
                self._metric(name, text, Gauge, multiprocess_mode="liveall").set(value)
        for name, text, count in COUNTERS:
            if (more := count(now) - self.told[name]) > 0:
                self._metric(name, text, Counter).inc(more)
                self.told[name] = count(now)
        if now.suspects is not None:
            self._write_suspects(limit(now.suspects, self.suspects_most, self.holders))

    def _write_suspects(self, found: dict[str, int]) -> None:
        """One that isn't there any more is 0: nothing can be removed from these files."""
        for holder in sorted(self.holders):
            gauge = self._metric(*SUSPECTS, Gauge, labelnames=[HOLDER], multiprocess_mode="livesum")
            gauge.labels(holder).set(found.get(holder, 0))

    def _metric(self, name: str, text: str, kind: Callable[..., Any], **options: Any) -> Any:
        """In no registry: a scrape reads the files."""
        if name not in self.made:
            self.made[name] = kind(name, text, registry=None, **options)
        return self.made[name]

    def leave(self) -> None:
        """At the end of the process: the last snapshot counts, and what's alive of it goes."""
        if self.pid == os.getpid():
            self.update()
            bury(self.pid)


def make_updater(files: WorkerFiles) -> Callable[[], None]:
    """What runs before each request: 0.2 µs, but for one request every `EVERY_S`."""
    due, moment = 0.0, time.monotonic

    def heapdiff_update_metrics() -> None:
        nonlocal due
        if (now := moment()) < due:
            return
        due = now + EVERY_S
        try:
            if not is_master():
                files.update()
        except Exception as error:
            due = float("inf")
            logger.warning("heapdiff: no more metrics from process %d: %s", os.getpid(), error)

    return heapdiff_update_metrics


def remove_dead() -> None:
    """What processes of this user left when they were killed: the files of their live gauges, as their server's hook would."""
    folder = os.environ.get(FILES) or os.environ[FILES.lower()]
    with os.scandir(folder) as entries:
        for _, entry in zip(range(MOST_FILES), entries, strict=False):
            pid = entry.name.rpartition("_")[2].removesuffix(".db")
            if entry.name.startswith(LIVE) and pid.isascii() and pid.isdigit() and is_dead(int(pid), entry):
                bury(int(pid))


def is_dead(pid: int, entry: os.DirEntry[str]) -> bool:
    with contextlib.suppress(OSError):
        return (
            entry.stat(follow_symlinks=False).st_uid == os.geteuid()
            and read_process("self") is not None
            and read_process(pid) is None
        )
    return False


def bury(pid: int) -> None:
    with contextlib.suppress(FileNotFoundError):  # somebody else did
        mark_process_dead(pid)
