"""What pages are tried with: `python -m tests.viewer.growing DIRECTORY` takes three snapshots of itself, which leaks."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

import heapdiff
from heapdiff.graph.heap import HeapGraph, HeapType
from tests.heaps import heap

HOSTILE: Final = (
    "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'[bold]x[/bold]\x1b[31m\u202egnp",
    "=cmd|' /C calc'!A0",
    "L" + "x" * 10_000,
)
LEAK: list[object] = []
CACHE: dict[int, object] = {}


class Session:
    def __init__(self, number: int) -> None:
        self.number = 1_000_000 + number
        self.tags = [f"tag {number} {each}" for each in range(3)]


def hostile_heap() -> HeapGraph:
    """Types, attributes and classes whose names try to be markup, a formula, or very long."""
    graph = heap(
        """
        shop.A: list $a -> []: shop.Evil * 150 size=100 -> .evil: shop.Formula -> .long: shop.Long
        shop.Evil: type
        """
    )
    names = dict(zip(("shop.Evil", "shop.Formula", "shop.Long"), HOSTILE, strict=True))
    types = [HeapType(names.get(kind.name, kind.name), kind.address, kind.flags) for kind in graph.types]
    bare = {"evil": HOSTILE[0], "long": HOSTILE[2], "Evil": HOSTILE[0]}
    return replace(graph, types=types, names=[bare.get(name, name) for name in graph.names])


def main(directory: Path) -> None:
    shared = "shared by all sessions " * 100
    for number in range(3):
        LEAK.extend([Session(each), shared] for each in range(1_500))
        CACHE.update((each, bytes(100)) for each in range(500 * number))
        print(heapdiff.snapshot(directory))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
