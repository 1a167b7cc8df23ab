"""All live samples of one recording, added up by the code or the entry that they name."""

from collections import defaultdict
from typing import Final

import numpy as np

from heapdiff.analysis.naming.amounts import count, format_bytes
from heapdiff.analysis.witnesses.stacks import Pile, Stacks
from heapdiff.answers import Share, name_site
from heapdiff.format import SampleSource
from heapdiff.graph.narrow import distinct
from heapdiff.graph.samples import Recording

KINDS: Final = ("site", "entry")
NO_ENTRY: Final = "(no entry)"
UNKNOWN: Final = "(unknown)"


def add_up(stacks: Stacks, by: str) -> tuple[list[Share], str]:
    """Rows with the number of samples and the bytes that these stand for, most first, and a sentence on what they are.

    `by` is one of KINDS. Of the sampler's samples, if there are any.
    """
    samples = stacks.samples
    used = distinct(samples.recording).tolist()
    number = min(used, key=lambda each: (samples.recordings[each].source is not SampleSource.SAMPLER, each))
    chosen = np.flatnonzero(samples.recording == number)
    totals: defaultdict[str, list[Pile]] = defaultdict(list)
    for pile in stacks.pile_up(chosen):
        totals[_name(pile, by)].append(pile)
    rows = [
        Share(name, sum(each.samples for each in piles), round(sum(each.bytes for each in piles)))
        for name, piles in totals.items()
    ]
    rows.sort(key=lambda row: (-row.bytes, row.name))
    return rows, _describe(samples.recordings[number], len(chosen))


def _name(pile: Pile, by: str) -> str:
    if by == "entry":
        return NO_ENTRY if pile.reading.entry is None else str(pile.reading.entry)
    frame = pile.reading.within[0]
    return name_site(frame.place.file, frame.line, frame.place.function) or UNKNOWN


def _describe(recording: Recording, samples: int) -> str:
    """Where the rows come from, and what they leave out."""
    if recording.source is SampleSource.TRACEMALLOC:
        told = f"From {count(samples, 'trace')} of tracemalloc"
    else:
        each = format_bytes(recording.interval)
        told = f"Estimated from {count(samples, 'live sample')}, one per {each} allocated on average"
    span = _name_span(round(recording.since_ms / 1000))
    return f"{told}, in the last {span}; what was allocated before that isn't in any row."


def _name_span(seconds: int) -> str:
    if seconds < 120:
        return count(max(1, seconds), "second")
    return count(seconds // 60, "minute") if seconds < 7200 else count(seconds // 3600, "hour")
