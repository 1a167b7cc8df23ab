"""What these snapshots can't tell for want of something, and what to set or take so that the next ones can."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from heapdiff.analysis.naming.amounts import format_period
from heapdiff.analysis.waste.capacity.courses import after_loading, follow_memory
from heapdiff.analysis.waste.capacity.family import find_ceiling, find_family
from heapdiff.analysis.waste.capacity.forecasting import measure_growth
from heapdiff.analysis.waste.ground.rule import Elsewhere, Rule
from heapdiff.analysis.waste.ground.worker import Worker
from heapdiff.answers import Confidence, Finding, Topic

RULE: Final = Rule("monitoring", Topic.MONITORING)
MOST: Final = 2
WARM_S: Final = 600.0
THRESHOLD: Final = 0.8  # of what a worker may take: early enough for room to take a snapshot


@dataclass(frozen=True, slots=True)
class Lack:
    """`blind`: without it no question about objects can be answered."""

    title: str
    change: str
    code: tuple[str, ...]
    check: str
    blind: bool = False


def find_blind_spots(worker: Worker) -> Iterator[Finding]:
    """The most important ones."""
    for lack in islice(_lacks(worker), MOST):
        yield RULE.found(
            Elsewhere(),
            lack.title,
            bytes=0,
            saves=None,
            change=lack.change,
            code=lack.code,
            check=lack.check,
            confidence=Confidence.HIGH,
            reason="These snapshots don't have it.",
            headline=lack.blind,
        )


def _lacks(worker: Worker) -> Iterator[Lack]:
    summary = worker.latest.summary
    pid = summary.process.pid
    if worker.heap is None:
        yield Lack(
            "No snapshot has references: who holds what can't be told",
            "Take one with references; if there was no room for it, the snapshot's notes say what was missing.",
            (f"heapdiff snapshot {pid}",),
            "heapdiff advise then looks at all rules.",
            blind=True,
        )
    if len(worker.captured) == 1:
        yield _want_second(worker)
    if summary.process.requests is None:
        yield Lack(
            "Nothing counts requests: growth can't be told per request",
            "Let the extension count them; it's a microsecond each.",
            ("from heapdiff.flask import HeapDiff", "HeapDiff(app)"),
            "heapdiff ps shows the requests of each worker.",
        )
    course = after_loading(follow_memory(worker))
    growth = measure_growth(course.seconds, course.rss)
    grows = growth is not None and growth.is_sure
    if grows and worker.latest.graph is not None and worker.latest.graph.samples is None:
        yield Lack(
            "Memory grows, but no sample says which code allocates it",
            "Switch sampling on for a while; it takes about 2 % more CPU time.",
            (f"heapdiff sample {pid} on --every 64kB --for 30m",),
            "heapdiff compare then names lines and views beside the holders.",
        )
    if summary.memory.trigger_rss_bytes is None:
        yield _want_trigger(worker)


def _want_second(worker: Worker) -> Lack:
    pid, seconds = worker.latest.summary.process.pid, float(follow_memory(worker).seconds[-1])
    warm = seconds >= WARM_S
    wait = format_period(max(seconds / 10, WARM_S / 2) if warm else WARM_S)
    said = "It has warmed up." if warm else "It's still young: caches and imports fill first."
    return Lack(
        "One snapshot shows what is there, not what grows",
        f"{said} Take a second one under traffic in {wait}.",
        (f"heapdiff snapshot {pid} --wait 60", "heapdiff compare FIRST.json SECOND.json"),
        "heapdiff compare names what grew in between, and who holds it.",
    )


def _want_trigger(worker: Worker) -> Lack:
    memory, family = worker.latest.summary.memory, find_family(worker)
    ceiling = find_ceiling(memory, 1 if family is None else len(family))
    wanted = max(THRESHOLD * ceiling.rss if ceiling else 0.0, 1.2 * memory.rss_bytes)
    return Lack(
        "Nothing takes a snapshot when memory runs high",
        "Set a threshold for resident memory, so that a snapshot is taken before the process is killed.",
        (f"HEAPDIFF_AT_RSS={round(wanted / 2**20)}MiB",),
        "The snapshot's trigger says threshold.",
    )
