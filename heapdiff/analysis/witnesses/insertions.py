"""Which code put entries into a watched dict: its stacks read like those of samples, and each is certain."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from heapdiff.analysis.naming.amounts import count
from heapdiff.answers import Entry, InsertingFrame, InsertingStack, InsertionSite, Watched, name_site
from heapdiff.knowledge.libraries.entries import find_entry, is_own, name_entry

MOST_SITES: Final = 3
GONE: Final = "The dict was deleted meanwhile; if the holder has a new one now, watch that."


def find_sites(stacks: Iterable[InsertingStack]) -> tuple[InsertionSite, ...]:
    """By place and entry, most insertions first. The place is the innermost of the application's own, inside the entry; else the
    innermost of all."""
    counts: Counter[tuple[InsertingFrame, Entry | None]] = Counter()
    for stack in stacks:
        if stack.frames:
            counts[_read(stack)] += stack.count
    rows = [
        InsertionSite(frame.file, frame.line, frame.function, entry, number)
        for (frame, entry), number in counts.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.count, row.file, row.line, row.function, str(row.entry))))


def _read(stack: InsertingStack) -> tuple[InsertingFrame, Entry | None]:
    """An entry is named by what its decorator wraps."""
    frames = list(stack.frames)
    for place, wrapped in stack.wraps:
        frames[place] = wrapped
    entered = find_entry(frames)
    inside = stack.frames if entered is None else stack.frames[: entered.at + 1]
    site = next((frame for frame in inside if is_own(frame)), stack.frames[0])
    return site, name_entry(frames, entered)


def place_of(site: InsertionSite) -> str:
    """`shop/cache.py:31`"""
    return name_site(site.file, site.line, "")


def tell(watched: Watched) -> str:
    """`Of 290 insertions, 290 by remember (shop/cache.py:31) in view shop.product; 0 removed.`"""
    removed = f"{watched.removed:,} removed."
    if not watched.inserted:
        said = f"No insertions; {removed}"
    else:
        said = f"Of {count(watched.inserted, 'insertion')}, {_list(watched)}; {removed}"
    return f"{said} {GONE}" if watched.ended == "gone" else said


def _list(watched: Watched) -> str:
    shown = watched.sites[:MOST_SITES]
    rest = watched.inserted - sum(site.count for site in shown)
    return ", ".join([*map(_tell_site, shown), *([f"{rest:,} elsewhere"] if rest else [])])


def _tell_site(site: InsertionSite) -> str:
    place, function = place_of(site), site.function or "code without a name"
    where = f"{function} ({place})" if place else function
    return f"{site.count:,} by {where}" + (f" in {site.entry}" if site.entry else "")
