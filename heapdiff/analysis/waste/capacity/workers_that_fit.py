"""How many workers the memory limit has room for, by what one keeps for itself at its peak."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from heapdiff.analysis.naming.amounts import format_bytes
from heapdiff.analysis.waste.capacity.family import find_family, limit_of, total_private, used_of
from heapdiff.analysis.waste.ground.rule import Elsewhere, Rule
from heapdiff.analysis.waste.ground.worker import Worker
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.knowledge.advice.capacity import FULL

RULE: Final = Rule("workers-that-fit", Topic.RESTARTS)
CODE: Final = {
    "gunicorn": ("# gunicorn.conf.py", "workers = {fit}"),
    "uwsgi": ("; uwsgi.ini", "processes = {fit}"),
}


def find_misfit(worker: Worker) -> Iterator[Finding]:
    """A headline where more run than fit; a hint where more would."""
    family, memory = find_family(worker), worker.latest.summary.memory
    limit = limit_of(memory)
    if family is None or limit is None:
        return
    shared = max(used_of(memory) - total_private(family.workers), 0)
    seen = [each.summary.memory.private_bytes or 0 for each in worker.captured]
    peak = max(*seen, *(each.private for each in family.workers), 1)
    fit = max(int((FULL * limit - shared) / peak), 0)
    running = len(family)
    if fit == running:
        return
    needed = shared + running * peak
    server = worker.latest.summary.process.server or ""
    yield RULE.found(
        Elsewhere(),
        f"{running} {'worker' if running == 1 else 'workers'} of {format_bytes(peak)} each: {fit} fit into the limit of "
        f"{format_bytes(limit)}",
        bytes=needed,
        saves=None,
        count=running,
        example=f"{format_bytes(shared)} are shared, and {round(100 * FULL)} % of the limit is counted on",
        change=(
            f"Run {fit} workers at most, or raise the limit; fewer workers with threads share more."
            if fit < running
            else "More workers would fit. That only helps if requests wait for one."
        ),
        code=tuple(each.format(fit=max(fit, 1)) for each in CODE.get(server, ())),
        check="Take a snapshot at the busiest time: the private memory in it is the peak to count with.",
        confidence=Confidence.MEDIUM,
        reason="The peak is the largest in these snapshots; a larger one may come.",
        headline=fit < running,
    )
