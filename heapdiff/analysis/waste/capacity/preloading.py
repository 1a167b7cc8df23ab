"""What workers would share if the application was loaded once, before they are forked, and then left alone by the collector."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from heapdiff.analysis.naming.amounts import format_bytes
from heapdiff.analysis.waste.capacity.courses import after_loading, follow_memory
from heapdiff.analysis.waste.capacity.family import Family, find_family
from heapdiff.analysis.waste.ground.rule import Elsewhere, Rule
from heapdiff.analysis.waste.ground.worker import Worker
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.knowledge.advice.capacity import PRELOAD_HEADLINE, PRELOAD_LEAST, PRIVATE_AFTER_FREEZE
from heapdiff.knowledge.advice.servers import PRELOADING

RULE: Final = Rule("preload-and-freeze", Topic.RESTARTS)
PRELOADED: Final = 0.25  # of a worker's dirty memory is shared: its parent has loaded the application


def find_unshared(worker: Worker) -> Iterator[Finding]:
    """Of servers that can load before they fork, with two workers or more."""
    family, summary = find_family(worker), worker.latest.summary
    server = summary.process.server or ""
    if family is None or not family.forked or len(family) < 2 or server not in PRELOADING:
        return
    if summary.collector is not None and summary.collector.is_frozen:
        return
    loaded = [max(each.private_dirty - _grown(worker), 0) for each in family.workers]
    preloaded = _is_preloaded(family)
    one_copy = 0 if preloaded else max(loaded)
    saves = sum(max(each - PRIVATE_AFTER_FREEZE, 0) for each in loaded)
    saves -= max(one_copy - PRIVATE_AFTER_FREEZE, 0)
    if saves < PRELOAD_LEAST:
        return
    done = (
        "share less and less of what was loaded" if preloaded else "each load the application for themselves"
    )
    yield RULE.found(
        Elsewhere(),
        f"{len(family)} workers {done}: {format_bytes(sum(loaded))}",
        bytes=sum(loaded),
        saves=saves,
        count=len(family),
        example=f"PID {family.own.pid} keeps {format_bytes(family.own.private_dirty)} for itself",
        change=(
            "Freeze what's loaded: the collector writes to every object it looks at, which copies the page for each worker."
            if preloaded
            else "Load the application once, before the workers are forked, and freeze it, or the collector's writes undo that."
        )
        + " Open connections and start threads after the fork.",
        code=PRELOADING[server],
        check="heapdiff snapshot of a new worker: memory.private_bytes in its .json, or PSS in the system's smaps_rollup.",
        confidence=Confidence.MEDIUM,
        reason="Objects that requests use still become private: using one writes to its reference count.",
        headline=saves >= PRELOAD_HEADLINE,
    )


def _is_preloaded(family: Family) -> bool:
    shared, private = family.own.shared_dirty, family.own.private_dirty
    return shared >= PRELOADED * (shared + private)


def _grown(worker: Worker) -> int:
    """What this worker has taken since it began to serve: that can't be shared."""
    rss = after_loading(follow_memory(worker)).rss
    return round(max(float(rss[-1] - np.min(rss)), 0.0)) if len(rss) > 1 else 0
