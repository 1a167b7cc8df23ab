"""One answer for several processes: what they share, else what the worst off of them says."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from heapdiff.analysis.naming.amounts import count, format_bytes
from heapdiff.answers import Comparison, Confidence, SharedLeak, Verdict, VerdictKind

WORST_FIRST: Final = {  # what one process does, and several
    VerdictKind.LEAK: ("leaks", "leak"),
    VerdictKind.GROWTH: ("is growing", "are growing"),
    VerdictKind.NATIVE: ("is growing outside its Python objects", "are growing outside their Python objects"),
    VerdictKind.FRAGMENTATION: ("holds on to free memory", "hold on to free memory"),
    VerdictKind.GARBAGE: ("accumulates garbage", "accumulate garbage"),
    VerdictKind.INCONCLUSIVE: ("is inconclusive", "are inconclusive"),
    VerdictKind.STABLE: ("is stable", "are stable"),
}
SAME_RATE: Final = 1.1  # the highest to the lowest
SENTENCES: Final = 3


def sum_up(comparisons: Sequence[Comparison], shared: Sequence[SharedLeak], noun: str) -> Verdict:
    """The verdict of the worst off, with up to three sentences. `noun`: what a process is called."""
    kinds = Counter(comparison.verdict.kind for comparison in comparisons)
    kind = next(each for each in WORST_FIRST if kinds[each])
    if len(comparisons) == 1:
        return comparisons[0].verdict
    several = f"{len(comparisons):,} {noun}"
    if not shared or kind not in _EXPLAINED_BY[shared[0].confidence]:
        sentences = [_describe_worst(comparisons, kind, several)]
    else:
        sentences = [_describe_shared(shared[0], several), *_UNDECIDED.get(shared[0].confidence, ())]
        if len(shared) > 1:
            more = count(len(shared) - 1, "other holder")
            sentences.append(
                f"{more} {'is' if len(shared) == 2 else 'are'} growing in more than one of them."
            )
        if len(kinds) > 1:
            sentences.append(f"Of the {len(comparisons):,}, {_list_kinds(kinds)}.")
    return Verdict(kind, " ".join(sentences[:SENTENCES]))


_EXPLAINED_BY: Final = {
    Confidence.HIGH: (VerdictKind.LEAK, VerdictKind.GROWTH),
    Confidence.MEDIUM: (VerdictKind.GROWTH,),
    Confidence.LOW: (VerdictKind.INCONCLUSIVE,),
}
_UNDECIDED: Final = {
    Confidence.LOW: ("Each grew too little to judge: take another snapshot of each after more requests.",)
}


def _describe_shared(leak: SharedLeak, several: str) -> str:
    what = "leak" if leak.confidence is Confidence.HIGH else "growth"
    held = f" keeps more {leak.held}" if leak.held else ""
    return (
        f"The same {what} in {len(leak.processes):,} of {several}: {leak.path}{held}, {_describe_rate(leak)}."
    )


def _describe_rate(leak: SharedLeak) -> str:
    """`568 bytes per request in each`, `between 500 bytes and 1.2 kB per request`, or how much in all."""
    least, most = leak.least_per_request, leak.most_per_request
    if leak.bytes_per_request is None or least is None or most is None:
        return f"{format_bytes(leak.bytes_delta)} in all"
    if most <= SAME_RATE * least:
        return f"{format_bytes(round(leak.bytes_per_request))} per request in each"
    return f"between {format_bytes(round(least))} and {format_bytes(round(most))} per request"


def _describe_worst(comparisons: Sequence[Comparison], kind: VerdictKind, several: str) -> str:
    """How many of them, and what the first says."""
    worst = [each for each in comparisons if each.verdict.kind is kind]
    one, many = WORST_FIRST[kind]
    if len(worst) == len(comparisons):
        how_many = f"All {several} {many}."
    else:
        how_many = f"{len(worst):,} of {several} {one if len(worst) == 1 else many}."
    if kind is VerdictKind.STABLE:
        return how_many
    return f"{how_many} PID {worst[0].snapshots[-1].pid}: {worst[0].verdict.text}"


def _list_kinds(kinds: Counter[VerdictKind]) -> str:
    """`3 leak and 1 is stable`"""
    *first, last = (
        f"{kinds[kind]:,} {forms[0] if kinds[kind] == 1 else forms[1]}"
        for kind, forms in WORST_FIRST.items()
        if kinds[kind]
    )
    return " and ".join(filter(None, (", ".join(first), last)))
