"""What samples say, as a sentence to read at night."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from heapdiff.analysis.naming.amounts import count, format_bytes
from heapdiff.analysis.witnesses.agreement import AGREE, LEAST, Testimony
from heapdiff.answers import Allocated

MOST_SITES: Final = 3
MOST_ENTRIES: Final = 3
MORE: Final = "Sample more often, or let it grow further."
OTHERS: Final = (
    "The rest was allocated by the server or by libraries, before or after the application's own code."
)
DOUBT: Final = "Python reuses the memory of such objects, so a sample may name the code that had it before."
LITTLE: Final = 0.1  # of the samples that agree


def tell(testimony: Testimony, closer: str = "Allocated") -> str:
    """`Allocated at shop/cache.py:31 in session_for, view shop.product: 28 of 30 samples, about 459 kB.`

    It begins with `closer` where what they keep isn't meant.
    """
    doubt = DOUBT if testimony.doubtful else ""
    if agreeing := testimony.agreeing:
        number = sum(row.samples for row in agreeing)
        size = format_bytes(sum(row.bytes for row in agreeing))
        agree = f"{number:,} of {testimony.samples:,} samples"
        named = f"{name_agreed(agreeing)}: {agree}, about {size}"
        told = (
            f"{closer} at {named}; what they keep comes from elsewhere, too."
            if testimony.closer
            else f"Allocated at {named}."
        )
        others = OTHERS if number < AGREE * testimony.samples else ""
        return " ".join(filter(None, (told, others, doubt)))
    if not testimony.rows:
        return ""
    if testimony.samples < LEAST:
        are = "is" if testimony.samples == 1 else "are"
        few = f"{count(testimony.samples, 'sample')} {are} too few to say what allocated it"
        return f"{few}: {_list_sites(testimony)}. {MORE}"
    disagree = f"The samples disagree on what allocated it: {_list_sites(testimony)}."
    return f"{disagree} {doubt}".rstrip()


def tell_of_none(interval: int, grown: int) -> str:
    """Why there is no sample of something that grew by so many bytes, where there are samples of other things."""
    if not interval or grown > LEAST * interval:
        return (
            "No sample is of it: it was allocated before sampling began, or not through Python's allocators."
        )
    return f"No sample is of it: one is taken per {format_bytes(interval)} on average. {MORE}"


def name_agreed(rows: Sequence[Allocated]) -> str:
    """The site that samples agree on, with its entry, or with those that share it; empty if they don't agree."""
    agreeing = [row for row in rows if row.agrees]
    return ", ".join(filter(None, (agreeing[0].site, _name_entries(agreeing)))) if agreeing else ""


def _name_entries(agreeing: Sequence[Allocated]) -> str:
    """The one that nearly all have, or the first few with their shares."""
    said: Counter[str] = Counter()
    for row in agreeing:
        said[str(row.entry or "")] += row.samples
    total, without = said.total(), said.pop("", 0)
    often = sorted(said.items(), key=lambda each: (-each[1], each[0]))
    if not often or without > (1 - LITTLE) * total:
        return ""
    if often[0][1] >= (1 - LITTLE) * total:
        return often[0][0]
    shares = [f"{name} ({number / total:.0%})" for name, number in often[:MOST_ENTRIES]]
    rest = [f"{len(often) - len(shares)} more"] if len(often) > len(shares) else []
    *first, last = [*shares, *rest]
    return " and ".join(filter(None, (", ".join(first), last)))


def _list_sites(testimony: Testimony) -> str:
    rows = testimony.rows[:MOST_SITES]
    listed = [f"{row.samples:,} at {_name_row(row)}" for row in rows]
    rest = testimony.samples - sum(row.samples for row in rows)
    return "; ".join([*listed, *([f"{rest:,} elsewhere"] if rest else [])])


def _name_row(row: Allocated) -> str:
    return row.site if row.entry is None else f"{row.site}, {row.entry}"
