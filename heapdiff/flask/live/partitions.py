"""Heapy's partition of the whole heap, by type or by what refers to it: guppy3 looks in a forked child."""

from __future__ import annotations

import gc
import json
from itertools import islice
from typing import Final

from heapdiff.agent.system.code_names import HIDDEN, is_code_name
from heapdiff.errors import CaptureError
from heapdiff.flask.live.shortened import is_made_by_python, parts_of_name

TYPE, REFERRER = "type", "referrer"
ROWS_MOST: Final = 30
NAME_MOST: Final = 300


def partition_heap(by: str, values: bool) -> bytes:
    """Its largest parts, as JSON. Runs in a child only: guppy3 leaves 60 MB behind wherever it looked."""
    from guppy import hpy

    hidden = [] if values else list_hidden_names()
    heap = hpy().heap()
    parts = heap.bytype if by == TYPE else heap.byrcs
    try:
        rows = [
            {"name": hide(str(row.name), hidden)[:NAME_MOST], "count": int(row.count), "bytes": int(row.size)}
            for row in islice(parts.stat.get_rows(), ROWS_MOST)
        ]
    except RecursionError:
        raise CaptureError("Heapy recursed too deeply on this heap") from None
    return json.dumps({"by": by, "count": int(heap.count), "bytes": int(heap.size), "rows": rows}).encode()


def list_hidden_names() -> list[str]:
    """What a class of this process, or its module, is called and no code calls it. The longest first: one may be in another."""
    found = set[str]()
    for thing in gc.get_objects():
        if issubclass(type(thing), type) and is_made_by_python(thing):
            found.update(part for part in parts_of_name(thing) if part and not is_code_name(part))
    return sorted(found, key=len, reverse=True)


def hide(text: str, names: list[str]) -> str:
    for name in names:
        text = text.replace(name, HIDDEN)
    return text
