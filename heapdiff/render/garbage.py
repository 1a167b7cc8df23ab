"""What waits for the collector, in a sentence that every document shows alike."""

from __future__ import annotations

from typing import Final

from heapdiff.answers import Garbage
from heapdiff.render.amounts import count, plural, size

TYPES: Final = 3


def describe_garbage(garbage: Garbage) -> str:
    """`Garbage waiting for the collector: 12 objects, 1.3 kB (4 shop.Node, 8 dict).`"""
    types = ", ".join(f"{count(entry.count)} {entry.type}" for entry in garbage.types[:TYPES])
    more = ", …" if len(garbage.types) > TYPES else ""
    parts = f" ({types}{more})" if types else ""
    return f"Garbage waiting for the collector: {plural(garbage.objects, 'object')}, {size(garbage.bytes)}{parts}."
