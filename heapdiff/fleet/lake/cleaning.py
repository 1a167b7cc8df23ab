"""What nobody needs any more: files of a writer that ended before its entry, files that were taken out, entries that a whole
state replaced. Each only when it's so old that nobody can be about to use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from heapdiff.fleet.lake.log import list_log
from heapdiff.fleet.lake.manifest import State
from heapdiff.fleet.lake.schemas import COLUMNS, INTERNAL, OWN
from heapdiff.fleet.lake.stores import Found, Store

SAFE_S: Final = 24 * 3600.0  # far more than committing.HOLD_S, and than a question takes
PLACES: Final = (
    *(f"{OWN}/{name[1:]}" if name in INTERNAL else name for name in COLUMNS),
    f"{OWN}/written",
    f"{OWN}/claims",
)


@dataclass(frozen=True, slots=True)
class Cleaned:
    files: int = 0
    bytes: int = 0


def clean(store: Store, state: State, safe_s: float = SAFE_S) -> Cleaned:
    """Delete what is of no use since `safe_s`, by the storage's clock. Cost: it lists the whole lake."""
    logged = list_log(store)
    now_s = max((each.found.modified_s for each in logged), default=0.0)  # it's later, if anything
    gone: list[Found] = []
    for place in PLACES:
        for each in store.find(place, deep=True):
            since = max(each.modified_s, state.removed.get(each.name, 0.0))
            if each.name not in state.files and now_s - since > safe_s:
                gone.append(each)
    whole = max((each.number for each in logged if each.full), default=0)
    replaced = (
        each.found for each in logged if each.number < whole or (each.number == whole and not each.full)
    )
    gone += [each for each in replaced if now_s - each.modified_s > safe_s]
    for each in gone:
        store.remove(each.name)
    return Cleaned(len(gone), sum(each.size for each in gone))
