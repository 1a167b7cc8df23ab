"""What each installed package takes and who brought it; a heavy one of which only a function or two make use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from heapdiff.analysis.naming.amounts import count, format_bytes
from heapdiff.analysis.waste.ground.rule import Rule, least_headline
from heapdiff.analysis.waste.ground.wording import shell_word
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.analysis.waste.modules.importers import Imports
from heapdiff.analysis.waste.modules.usage import (
    Usage,
    find_packages,
    is_warm,
    list_words,
    name_with_others,
    weigh_together,
)
from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.graph.narrow import distinct

RULE: Final = Rule("import-weight", Topic.LIBRARIES)
MOST: Final = 10
HEAVY: Final = 4_000_000  # with all that's imported only for it
HEAVY_SHARE: Final = 0.05
FEW: Final = 3  # functions
DIRECT: Final = 2  # the application's module and the package: it's a choice of the application's, not of another package's


def find_import_weight(heap: Heap) -> Iterator[Finding]:
    """The heaviest distributions, each object counted once. A headline only where few functions that ran use a heavy one:
    whether a package is needed, a heap can't say.
    """
    packages = heap.once(find_packages)
    imports, below = packages.imports, packages.below
    little = {each.unit: each for each in packages.usages if each.ran and len(each.ran) <= FEW}
    weights: Counter[str] = Counter()
    for name, bytes_ in below.items():
        if distribution := imports.routes.ownership.distribution(name):
            weights[distribution] += bytes_
    least = least_headline(heap.bytes)
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:MOST]
    for unit, bytes_ in ranked:
        usage = little.get(unit)
        if usage is not None and is_heavy(heap, sum(below[name] for name in usage.modules)):
            yield _tell_little_used(heap, imports, usage)
        elif bytes_ >= least and unit != heap.summary.process.server:
            chain = imports.chain_to(unit)
            if len(chain) == DIRECT or bytes_ >= HEAVY:
                yield _tell(heap, imports, unit, bytes_, chain)


def is_heavy(heap: Heap, bytes_: int) -> bool:
    return bytes_ >= max(HEAVY, HEAVY_SHARE * heap.bytes) and is_warm(heap)


def _tell_little_used(heap: Heap, imports: Imports, usage: Usage) -> Finding:
    bytes_ = weigh_together(heap, imports, usage.modules)
    ran = usage.ran or ()
    return RULE.found(
        heap,
        f"{name_with_others(imports, usage)}, {format_bytes(bytes_)}: used by {count(len(ran), 'function')}, {list_words(ran)}",
        bytes=bytes_,
        saves=None,
        holder=usage.unit,
        type="module",
        count=len(usage.modules),
        example=tell_ran(heap, imports, usage.unit),
        change=f"Look whether {list_words(ran)} can do without it: with the standard library, or with a lighter package. Or do "
        "the work in another process, such as a job queue's worker.",
        code=EXAMPLES.get(
            usage.unit,
            (f"$ heapdiff imports -- {shell_word(usage.unit)} ANOTHER   # compare what they cost",),
        ),
        check=f"Restart a worker, take a snapshot, and look for {usage.unit} in heapdiff show --by distribution.",
        confidence=Confidence.MEDIUM,
        reason="No other function that ran names it, and the application has no instance of its classes. Whether something "
        "lighter would do, a snapshot can't tell.",
    )


EXAMPLES: Final[Mapping[str, tuple[str, ...]]] = {
    "numpy": ("mean = statistics.fmean(prices)   # not numpy.mean(prices)",),
    "pandas": (
        "with open(path, newline='') as file:         # not pandas.read_csv(path)",
        "    rows = list(csv.DictReader(file))",
    ),
}


def _tell(heap: Heap, imports: Imports, unit: str, bytes_: int, chain: Sequence[str]) -> Finding:
    brought = f", imported by {' → '.join(reversed(chain[:-1]))}" if chain else ""
    return RULE.found(
        heap,
        f"{unit}, {format_bytes(bytes_)}: {count(len(imports.units[unit]), 'module')}{brought}",
        bytes=bytes_,
        saves=None,
        holder=unit,
        type="module",
        count=len(imports.units[unit]),
        example=tell_ran(heap, imports, unit),
        change="If you need only a little of one, look for a lighter package, or import it only where it's needed.",
        code=(f"$ heapdiff imports -- {shell_word(unit)}",),
        check="Compare what each costs with heapdiff imports -- THIS THAT.",
        confidence=Confidence.LOW,
        reason="That's what its modules keep, data included, each object counted once. Its shared libraries aren't included.",
        headline=False,
    )


def tell_ran(heap: Heap, imports: Imports, unit: str) -> str:
    """How many of its functions have run, where the interpreter tells; importing it runs some."""
    graph = heap.graph
    if graph.idle is None:
        return ""
    numbers = [number for number, name in enumerate(imports.nodes) if imports.unit(name) == unit]
    edges = graph.attributes("__code__")
    inside = np.isin(imports.home[graph.owners_of(edges)], numbers)
    code = distinct(graph.targets[edges[inside]])
    ran = len(code) - int(np.isin(code, graph.idle).sum())
    return (
        f"{ran:,} of its {count(len(code), 'function')} {'has' if len(code) == 1 else 'have'} run, during the import or since"
        if len(code)
        else ""
    )
