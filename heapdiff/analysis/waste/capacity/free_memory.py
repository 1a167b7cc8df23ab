"""Memory that Python has freed and malloc keeps, and whether one large request left it behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from heapdiff.analysis.naming.amounts import format_bytes, format_period
from heapdiff.analysis.waste.capacity.courses import Course, after_loading, follow_memory
from heapdiff.analysis.waste.ground.rule import Elsewhere, Rule
from heapdiff.analysis.waste.ground.worker import Worker
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.knowledge.advice.capacity import FREE_LEAST, FREE_SHARE, GIVING_BACK, ONE_STEP

RULE: Final = Rule("free-memory", Topic.RESTARTS)
PIECES: Final = "let the large request work in pieces: files and result sets as streams"
MOMENT: Final = "find what needs so much for a moment: heapdiff sample, then snapshots under load"


def find_free_memory(worker: Worker) -> Iterator[Finding]:
    """Where it's much, and much of the process. What would come back isn't known before it was tried."""
    summary = worker.latest.summary
    free, rss = summary.memory.allocator.get("malloc_free_bytes", 0), summary.memory.rss_bytes
    if free < max(FREE_LEAST, FREE_SHARE * rss):
        return
    advised = GIVING_BACK[summary.memory.malloc or "glibc"]
    step = _find_step(after_loading(follow_memory(worker)), free)
    yield RULE.found(
        Elsewhere(),
        f"malloc keeps {format_bytes(free)} free, of {format_bytes(rss)} RSS",
        bytes=free,
        saves=None,
        example=step,
        change=advised.change.format(more=PIECES if step else MOMENT),
        code=tuple(line.format(pid=summary.process.pid) for line in advised.code),
        check="RSS after a day under the same load, beside a worker without the change.",
        confidence=Confidence.MEDIUM,
        reason="malloc says so itself, but counts pages with anything alive on them, and those it has given back, too.",
    )


def _find_step(course: Course, free: int) -> str:
    """The one rise that most of it came with, after which memory stayed as it was; empty if there is none."""
    if len(course) < 3:
        return ""
    rises = np.diff(course.rss)
    at = int(np.argmax(rises))
    if rises[at] < ONE_STEP * free or course.rss[-1] < course.rss[at + 1] - rises[at] / 2:
        return ""
    ago = format_period(float(course.seconds[-1] - course.seconds[at + 1]))
    within = format_period(float(course.seconds[at + 1] - course.seconds[at]))
    return f"RSS rose by {format_bytes(round(rises[at]))} within {within}, {ago} before the snapshot: one large request"
