"""The answer to `advise`: every rule is asked about one process, and what they found is put in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from heapdiff.analysis.comparison.captured import Captured, keep_distinct, process_of
from heapdiff.analysis.waste import caching, capacity, connections, copies, held, modules, structures
from heapdiff.analysis.waste.arranging import arrange, find_waste, warn_of_overlap
from heapdiff.analysis.waste.ground.worker import HeapRule, Worker
from heapdiff.answers import Advice, Finding, SnapshotRef
from heapdiff.errors import UsageError
from heapdiff.graph.heap import HeapGraph
from heapdiff.model import Summary

HEAP_RULES: Final[tuple[HeapRule, ...]] = (
    *structures.HEAP_RULES,
    *copies.HEAP_RULES,
    *connections.HEAP_RULES,
    *caching.HEAP_RULES,
    *held.HEAP_RULES,
    *modules.HEAP_RULES,
    *capacity.HEAP_RULES,
)
WORKER_RULES: Final[tuple[Callable[[Worker], Iterable[Finding]], ...]] = (
    *caching.WORKER_RULES,
    *capacity.WORKER_RULES,
)


def advise(
    summaries: Sequence[Summary], load: Callable[[int], HeapGraph | None], paths: Sequence[str] | None = None
) -> Advice:
    """What the process that was captured last could do without.

    `load` is given the numbers of the snapshots whose graphs are needed, two at most: the process's latest and its earliest.
    Of other processes only the summaries count. Raises UsageError where there is no snapshot.
    """
    if not summaries:
        raise UsageError("no snapshot to look at", "Name at least one snapshot.")
    order = sorted(
        range(len(summaries)), key=lambda number: (summaries[number].captured_at, summaries[number].id)
    )
    mine = [number for number in order if process_of(summaries[number]) == process_of(summaries[order[-1]])]
    drawn = [number for number in mine if summaries[number].graph is not None]
    graphs = {number: load(number) for number in {*drawn[:1], *drawn[-1:]}}

    def captured(number: int) -> Captured:
        summary = summaries[number]
        return Captured(summary, graphs.get(number), summary.id if paths is None else paths[number])

    newest = {process_of(summaries[number]): number for number in order if number not in mine}
    worker = Worker(
        keep_distinct([captured(number) for number in mine]), [captured(number) for number in newest.values()]
    )
    return advise_worker(worker)


def advise_worker(worker: Worker) -> Advice:
    """The same for a process whose snapshots are gathered already."""
    heap = worker.heap
    notes = []
    if heap is None:
        notes.append("The snapshot has no references, so only what its summary shows was looked at.")
    findings = find_waste(heap, HEAP_RULES) if heap is not None else []
    for rule in WORKER_RULES:
        findings += rule(worker)
    findings = arrange(findings)
    if sum(1 for each in findings if each.headline and each.saves_bytes) > 1:
        notes.append(warn_of_overlap(findings))
    return Advice(
        tuple(SnapshotRef.of(each.summary, each.path) for each in worker.captured),
        tuple(findings),
        tuple(notes),
    )
