"""The course of one capture by a Python engine: whether there is room, its name, the child, and what is left of it."""

import contextlib
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from heapdiff.agent.directory.access import prepare_directory
from heapdiff.agent.directory.pruning import PruningRules, prune_snapshots
from heapdiff.agent.directory.reservation import reserve_name, take_name
from heapdiff.agent.engines.contract import Wish
from heapdiff.agent.engines.forked.child import Capture
from heapdiff.agent.engines.forked.watch import CaptureProcess, Watch
from heapdiff.agent.engines.headroom import (
    CaptureHistory,
    CaptureSize,
    Judgement,
    Needs,
    Room,
    judge_headroom,
)
from heapdiff.agent.system.procfs import ResidentMemory, now_text, read_table_bytes
from heapdiff.agent.writing.job import Job, Served, describe_collector, describe_memory, describe_process
from heapdiff.agent.writing.new_file import identify_graph, remove_remains
from heapdiff.agent.writing.summary import NOTHING_FOUND, write_summary
from heapdiff.deployment import Deployment
from heapdiff.errors import reason_of

logger = logging.getLogger("heapdiff")


@dataclass(frozen=True, slots=True)
class Configuration:
    """What every later capture uses."""

    directory: Path
    keep: int
    deadline_s: float
    version: str
    server: str
    argv: tuple[str, ...]
    started_at: str
    host: str
    identity: str
    deployment: Deployment


@dataclass(frozen=True, slots=True)
class Order:
    """One capture asked for."""

    trigger: str
    wish: Wish
    directory: Path | None = None
    stem: str | None = None
    deadline_s: float | None = None
    trigger_rss_bytes: int = 0


class Attempts:
    """The captures of one process, one after the other: how large the last one was tells what the next one needs."""

    def __init__(self, engine: str, capture: Capture) -> None:
        self._engine, self._capture = engine, capture
        self.max_bytes = 0
        self.needs: Needs | None = None
        self.forget()

    def forget(self) -> None:
        """A new process has taken none."""
        self._sequence = 0
        self._history = CaptureHistory()

    def take(
        self,
        order: Order,
        configuration: Configuration | None,
        count_served: Callable[[], Served],
        watch: Watch,
    ) -> tuple[str, bool]:
        """Fork and wait: the reason why there is no snapshot, or an empty text; and whether to go on."""
        if configuration is None or not configuration.directory.is_absolute():
            return "the agent has no directory to write to", True
        if order.stem is None and (refusal := prepare_directory(order.directory or configuration.directory)):
            return refusal, True
        used = describe_memory()
        size = CaptureSize(
            order.directory or configuration.directory, used[0].rss_bytes, read_table_bytes(), self._history
        )
        looks = self.needs is not None and not order.wish.force
        found = judge_headroom(self.needs, size) if looks and self.needs else Judgement()
        if found.room is Room.NONE:
            return f"{found.reason}; heapdiff snapshot --force tries all the same", True
        job = self._describe(order, configuration, count_served(), found, used)
        watch.status["name"], watch.status["path"] = job.summary_path.name, str(job.summary_path)
        if found.room >= Room.TRACKED:
            error = take_figures(job)
            if not error:
                watch.status["objects"] = watch.status["bytes"] = 0
                self._prune(order, configuration, job)
            return error, True
        before = identify_graph(job)
        process = CaptureProcess(job, self._capture, order.deadline_s or configuration.deadline_s)
        try:
            error = process.run(watch)
        except Exception as failure:  # also that the interpreter's end has begun, where 3.12 forks no more
            error = reason_of(failure)
        if error:
            remove_remains(job, before)
            return error, not process.stopped
        self._prune(order, configuration, job)
        self._remember(job)
        return "", not process.stopped

    def _prune(self, order: Order, configuration: Configuration, job: Job) -> None:
        """Not where a client chose the directory."""
        if order.directory is None:
            rules = PruningRules(
                configuration.host, configuration.identity, configuration.keep, self.max_bytes
            )
            prune_snapshots(job.directory, rules)

    def _remember(self, job: Job) -> None:
        """What the next capture's size is judged by; and say what this one lacks."""
        with contextlib.suppress(OSError):
            self._history = CaptureHistory(job.heap_path.stat().st_size, job.memory.rss_bytes)
        tell_notes(job)

    def _describe(
        self,
        order: Order,
        configuration: Configuration,
        served: Served,
        found: Judgement,
        used: tuple[ResidentMemory, dict[str, int] | None],
    ) -> Job:
        self._sequence += 1
        directory, known = order.directory or configuration.directory, configuration
        wanted = Room.GRAPH if order.wish.graph else Room.SUMMARY
        if order.stem is None:
            stem = reserve_name(directory, known.host, os.getpid(), self._sequence, time.time())
        else:
            stem = take_name(directory, order.stem)
        graph = order.wish.graph and found.room is Room.GRAPH
        return Job(
            engine=self._engine,
            directory=directory,
            stem=stem,
            notes=note_lack(found) if found.room > wanted else (),
            label=order.wish.label,
            trigger=order.trigger,
            graph=graph,
            values=order.wish.values and graph,
            version=known.version,
            process=describe_process(
                known.argv,
                known.server,
                known.started_at,
                known.host,
                known.identity,
                served,
                known.deployment,
            ),
            captured_at=now_text(),
            memory=used[0],
            cgroup=used[1],
            collector=describe_collector(),
            trigger_rss_bytes=order.trigger_rss_bytes,
        )


def note_lack(found: Judgement) -> tuple[str]:
    lack = "no graph" if found.room is Room.SUMMARY else "no graph and no types, only the process's memory"
    return (f"{lack}: {found.reason} (snapshot --force tries all the same)",)


def take_figures(job: Job) -> str:
    """Without a child: what is known of the process's memory, and no object. The reason where even that fails."""
    try:
        write_summary(job, NOTHING_FOUND, 0.0)
    except OSError as error:
        remove_remains(job, identify_graph(job))
        return reason_of(error)
    tell_notes(job)
    return ""


def tell_notes(job: Job) -> None:
    for note in job.notes:
        logger.warning("heapdiff: %s has %s", job.stem, note)
