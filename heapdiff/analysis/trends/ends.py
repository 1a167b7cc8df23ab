"""What is known to end a holder's growth: one function for each, and the order in which they are asked."""

from collections.abc import Callable
from typing import Final

import numpy as np

from heapdiff.analysis.holders.holder import is_frame
from heapdiff.analysis.naming.reading import WEAK_REFERENCES
from heapdiff.analysis.trends.bounds import find_claim, find_full, find_limit, find_pool
from heapdiff.analysis.trends.imports import find_first_use, find_imports
from heapdiff.analysis.trends.judgement import End
from heapdiff.analysis.trends.measuring import Measured
from heapdiff.analysis.trends.trend import MANY
from heapdiff.answers import Confidence
from heapdiff.format import EdgeKind, RootKind
from heapdiff.graph.heap import HeapGraph

SAMPLE: Final = 64
OF_THREADS: Final = (RootKind.THREAD, RootKind.THREAD_STATE)
SAMPLED_CODE: Final = "sampled_code"  # the agent's name for what only the sampler holds
PER_CODE: Final = 4  # entries of a table that one module or class may bring
GROWS_WITH_CODE: Final = "tables like this grow as modules and classes are loaded"


def find_ends(found: Measured) -> tuple[End, ...]:
    """All known ends of a finding's growth, the most telling first; `_ENDS` is their order."""
    return tuple(end for find in _ENDS if (end := find(found)) is not None)


def _find_sampler(found: Measured) -> End | None:
    """It's ours: code that the application has let go of and that samples still name."""
    root = found.finding.place.trail.root
    if root is None or root.kind is not RootKind.INTERPRETER or root.name != SAMPLED_CODE:
        return None
    return End("sampler", ": code that heapdiff's sampler keeps for as long as a sample of it lives.")


def _find_weak(found: Measured) -> End | None:
    """It keeps weak references to objects that live: what keeps those is another holder."""
    types = {entry.type for entry in found.held}
    if not types & WEAK_REFERENCES or not types <= WEAK_REFERENCES | {"int", "str", "tuple"}:
        return None
    graph, growth = found.graph, found.last.growth
    numbers = [number for number, kind in enumerate(graph.types) if kind.name in WEAK_REFERENCES]
    members = growth.members_of(found.finding.groups)
    weak = members[np.isin(graph.type_ids[members], numbers)]
    sample = weak[:: max(1, len(weak) // SAMPLE)].tolist()
    alive = [any(edge.kind is EdgeKind.WEAK for edge in graph.edges(node)) for node in sample]
    if 2 * sum(alive) <= len(alive):
        return None
    return End("weak", ", but holds them only weakly: another holder keeps them alive.")


def _find_table(found: Measured) -> End | None:
    """It fills as code comes; what is far more than the code that came has another cause."""
    if not any(pattern.table for pattern in found.patterns):
        return None
    total, code = found.reading.total, found.code
    if total <= PER_CODE * code:
        return End("table", f": {GROWS_WITH_CODE}, and {_describe_loaded(code)}.")
    few = f"only {_describe_loaded(code)}" if code else "none were loaded between the snapshots"
    known = f"{GROWS_WITH_CODE.capitalize()}, but {few}."
    most = Confidence.MEDIUM if len(found.reading.units) < 2 else Confidence.HIGH
    return End("table", known, most, known=False)


def _describe_loaded(code: int) -> str:
    return f"{code:,} {'was' if code == 1 else 'were'} loaded between the snapshots"


def _find_foreign(found: Measured) -> End | None:
    """In one step only: libraries have caches that fill, and only what comes with requests is surely none of these."""
    if len(found.reading.units) > 1 or found.own or found.reading.follows_requests:
        return None
    return End("foreign", "It may be a library's cache that is still filling.", known=False)


def _find_thread(found: Measured) -> End | None:
    """In one step only, of what has no entries: servers start threads as needed, each with variables and a context."""
    root, reading = found.finding.place.trail.root, found.reading
    if len(reading.units) > 1 or reading.by_length or root is None or root.kind not in OF_THREADS:
        return None
    before, after = (_count_threads(each.graph) for each in (found.lengths.first, found.last.routes))
    started = "It may belong to a thread that started in between."
    return End("thread", started, known=False) if after > before else None


def _find_call(found: Measured) -> End | None:
    """In one step only: the little that a library's call has in its variables is of the request it is serving."""
    root, reading, graph = found.finding.place.trail.root, found.reading, found.graph
    if len(reading.units) > 1 or found.own or reading.reaches(MANY):
        return None
    if root is None or root.kind is not RootKind.THREAD:
        return None
    keepers = [found.last.growth.groups[number].keeper for number in found.finding.groups]
    if reading.by_length and not all(keeper < 0 or is_frame(graph, keeper) for keeper in keepers):
        return None
    return End("call", ": a call that was still running has it, and gives it up when it ends.")


def _count_threads(graph: HeapGraph) -> int:
    return len({root.name for root in graph.roots if root.kind is RootKind.THREAD})


def _find_places(found: Measured) -> End | None:
    """What has no more places than before may just fill or change those it has."""
    trend = found.trend
    if not trend.lengths or trend.lengths[-1] != trend.lengths[0] or not trend.lengths[0]:
        return None
    if trend.by_length:
        places = f"{trend.lengths[0]:,}"
        return End("places", f", in slots that were empty: it stops once all {places} are taken.")
    if trend.kept is False:
        return End("replaced", ", but has no more entries than before: larger ones replaced others.")
    if trend.kept is True or len(found.reading.units) > 1:
        return None
    return End(
        "refilled",
        ", but gained no entries: it may be filling empty slots. Take a third snapshot to find out.",
    )


_ENDS: Final[tuple[Callable[[Measured], End | None], ...]] = (
    _find_sampler,
    _find_weak,
    find_imports,
    find_first_use,
    find_limit,
    find_pool,
    find_full,
    _find_table,
    _find_places,
    _find_call,
    _find_thread,
    find_claim,
    _find_foreign,
)
