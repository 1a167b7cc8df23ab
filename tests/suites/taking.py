"""Asks every agent in a directory for snapshots, without end, and checks and removes each file that comes of it."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGUSR2
from types import TracebackType
from typing import Final

import heapdiff
from heapdiff import graph
from heapdiff.agent.directory.names import find_registered, find_snapshots
from heapdiff.agent.directory.registry import AgentRecord, read_agent
from heapdiff.agent.engines.contract import Wish
from heapdiff.agent.system.procfs import read_text
from heapdiff.errors import HeapdiffError
from heapdiff.remote.door import Answer, ask_for_snapshot, ask_status
from tests.processes import children_of

__all__ = ["BAD", "BY_SIGNAL_EACH", "Taken", "Taker", "check"]

BY_SIGNAL_EACH: Final = 4
BAD: Final = "bad"  # where those files go
IDLE_S: Final = 0.005
WAIT_S: Final = 180.0  # a capture's own limit is 120 s


@dataclass(slots=True)
class Taken:
    """What came of it. `bad` are the files that are not whole, with the reason; `failed` counts by reason.

    `lost`: who was asked, lives, did nothing for three minutes. `faults`: crashes of types' own C code in a walk.
    """

    captures: int = 0
    by_signal: int = 0
    processes: set[tuple[int, int]] = field(default_factory=set)
    bytes: int = 0
    without_graph: int = 0
    faults: int = 0
    bad: list[str] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    killed: list[str] = field(default_factory=list)

    def add(self, other: Taken) -> None:
        for name in self.__slots__:
            mine, theirs = getattr(self, name), getattr(other, name)
            setattr(self, name, mine | theirs if isinstance(mine, set) else mine + theirs)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A process that was asked, and how many captures it had ended before."""

    record: AgentRecord
    ended: int
    by_signal: bool
    since: float


class Taker:
    """`with Taker(directory, pause_s, taken):` as long as a suite runs; `taken` grows, and the end waits for what was asked."""

    def __init__(self, directory: Path, pause_s: float, taken: Taken, by_signal: bool = True) -> None:
        self.taken = taken
        self._directory = directory
        self._pause_s = pause_s
        self._by_signal = by_signal
        self._waiting: dict[int, Waiting] = {}
        self._due: dict[int, float] = {}
        self._asked = 0
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._go_on, args=(step,)) for step in (self._ask_all, self._check_files)
        ]
        self._error: BaseException | None = None

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        if self._error is not None:
            raise self._error
        while self._waiting:
            for asked in list(self._waiting.values()):
                self._look_after(asked, time.monotonic())
            time.sleep(IDLE_S)
        self._check_files()

    def _go_on(self, step: Callable[[], None]) -> None:
        try:
            while not self._over.is_set():
                step()
                self._over.wait(IDLE_S)
        except BaseException as error:
            self._error = error

    def _ask_all(self) -> None:
        for identity in find_registered(self._directory):
            self._turn_to(identity.pid)

    def _turn_to(self, pid: int) -> None:
        now = time.monotonic()
        if pid in self._waiting:
            self._look_after(self._waiting[pid], now)
        if pid not in self._waiting and now >= self._due.get(pid, 0.0):
            self._due[pid] = now + self._pause_s
            record = read_agent(self._directory, pid)
            if record is not None and record.is_alive():
                self._ask(record, now)

    def _ask(self, record: AgentRecord, now: float) -> None:
        before = ask_status(self._directory, record.pid)
        if before is None or before.state == "running":
            return
        self._asked += 1
        by_signal = self._by_signal and self._asked % BY_SIGNAL_EACH == 0 and may_be_signalled(record)
        if by_signal:
            os.kill(record.pid, record.signal)
        else:
            answer = ask_for_snapshot(self._directory, record.pid, Wish())
            if answer is None or answer.answer != "accepted":
                return
        self._waiting[record.pid] = Waiting(record, ended(before), by_signal, now)

    def _look_after(self, asked: Waiting, now: float) -> None:
        """Whether the capture has ended, or its process, or the time in which it should have."""
        pid = asked.record.pid
        alive = asked.record.is_alive()
        status = ask_status(self._directory, pid) if alive else None
        if status is not None and ended(status) > asked.ended:
            self.taken.processes.add((pid, asked.record.started_ticks))
            if status.state != "done":
                self.taken.failed[status.error] += 1
            elif asked.by_signal:
                self.taken.by_signal += 1
        elif not alive:
            if asked.by_signal and died_of(pid, SIGUSR2):
                self.taken.killed.append(f"process {pid} died of the signal")
        elif now - asked.since > WAIT_S:
            how = "a signal" if asked.by_signal else "the socket"
            self.taken.lost.append(f"process {pid}: nothing came of {how} in {WAIT_S:g} s")
        else:
            return
        del self._waiting[pid]

    def _check_files(self) -> None:
        for name in find_snapshots(self._directory):
            path = self._directory / f"{name}.json"
            self.taken.captures += 1
            if trouble := check(path, self.taken):
                self.taken.bad.append(f"{path.name}: {trouble}")
                keep = self._directory.with_name(BAD)
                keep.mkdir(exist_ok=True)
                for each in (path, path.with_suffix(".heap")):
                    with contextlib.suppress(OSError):
                        os.replace(each, keep / each.name)
            for each in (path, path.with_suffix(".heap")):
                each.unlink(missing_ok=True)


def may_be_signalled(record: AgentRecord) -> bool:
    """Only what we started ourselves: its number stays its own, and it is not about to become another program."""
    return record.pid in children_of(os.getpid()) and record.catches_its_signal()


def ended(status: Answer) -> int:
    return status.captures + status.failures


def died_of(pid: int, number: int) -> bool:
    """Whether a process that nobody waited for yet was ended by a signal."""
    fields = (read_text(f"/proc/{pid}/stat") or "").rpartition(")")[2].split()
    return len(fields) > 49 and fields[0] == "Z" and int(fields[49]) & 0x7F == number


def check(path: Path, taken: Taken) -> str:
    """What is wrong with a snapshot's two files; empty when both are whole and agree."""
    try:
        snapshot = heapdiff.load(path)
        summary = snapshot.summary
        taken.faults += int(json.loads(path.read_text())["capture"].get("faults", 0))
        if summary.graph is None:
            taken.without_graph += 1
            return ""
        if snapshot.heap is None:
            return "its graph is missing"
        content = snapshot.heap.read_bytes()
        taken.bytes += len(content)
        if (len(content), zlib.crc32(content)) != (summary.graph.bytes, summary.graph.crc32):
            return "the graph is not what the summary says"
        heap = graph.load(snapshot)
    except HeapdiffError as error:
        return error.message
    if sum(each.count for each in summary.types) != summary.capture.objects:
        return "the summary's types do not add up to its objects"
    return f"{heap.dropped} references lead to no object" if heap.dropped else ""
