"""Finds what somebody typed: a type by part of its name, an object by address or path, all objects from a size on."""

from __future__ import annotations

from typing import Final

import numpy as np

from heapdiff.analysis.browsing.listing import (
    FIRST,
    Window,
    find_heaviest,
    list_types,
    page_of,
    take_heaviest,
)
from heapdiff.analysis.browsing.prepared import Prepared
from heapdiff.analysis.holders.lookup import find_objects
from heapdiff.answers import Found, ObjectPage, TypeRow
from heapdiff.errors import UsageError
from heapdiff.graph.narrow import blocks

SHOWN_TYPES: Final = 100
LONGEST: Final = 2_000  # longer texts name nothing that anybody would type
NOTHING: Final = ObjectPage(0, 0, 0, ())
WEIGHTS: Final = ("retained", "bytes")


def search(prepared: Prepared, what: str, window: Window = FIRST) -> Found:
    """A hint where nothing is found. O(types), and what a path leads through."""
    what = what.strip()[:LONGEST]
    types: tuple[TypeRow, ...] = ()
    if not what.lower().startswith("0x"):
        types = list_types(prepared, "retained", what)[:SHOWN_TYPES] if what else ()
        if types and what in prepared.kind_numbers:
            return Found(what, types, page_of(prepared, prepared.of_kind(what), window=window))
    try:
        nodes = find_objects(prepared.routes, what) if what else np.zeros(0, np.int64)
    except UsageError as error:
        return Found(what, types, NOTHING, "" if types else f"{error.message}. {error.hint}")
    heaviest = take_heaviest(nodes, prepared.dominance.retained[nodes])
    found = page_of(prepared, heaviest, window=window)
    return Found(what, types, ObjectPage(len(nodes), found.listed, found.start, found.rows))


def list_from_size(
    prepared: Prepared, least: int, by: str = "retained", window: Window = FIRST
) -> ObjectPage:
    """Objects of at least so many bytes, by themselves or with what they retain; the MOST_SORTED largest. One pass over n."""
    if by not in WEIGHTS:
        raise UsageError(f"{by}: no size", f"Choose one of {', '.join(WEIGHTS)}.")
    weights = prepared.dominance.retained if by == "retained" else prepared.graph.sizes
    page = page_of(prepared, find_heaviest(weights, least), window=window)
    total = sum(int(np.count_nonzero(weights[some] >= least)) for some in blocks(len(weights)))
    return ObjectPage(total, page.listed, page.start, page.rows)
