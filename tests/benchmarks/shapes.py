"""Heaps to measure on: each shape makes about `objects` objects, the same ones in each process."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from typing import Final


class Record:
    """An instance whose attributes live inline, as those of most objects of an application do."""

    def __init__(self, number: int) -> None:
        self.name = f"record number {number}"
        self.tags = ["new", self.name, None]
        self.measures = {"weight": number + 0.5, "size": (number % 7, "cm", self.name)}


class Plain:
    def __init__(self, number: int) -> None:
        self.number = number % 100
        self.label = "plain"


def mixed(objects: int) -> list[object]:
    """Six objects each: an instance, a string, a list, a dict with string keys, a float and a tuple."""
    return [Record(number) for number in range(objects // 6)]


def instances(objects: int) -> list[object]:
    return [Plain(number) for number in range(objects)]


def dicts(objects: int) -> list[object]:
    """Dicts of ten entries with string keys of their own: eleven objects each."""
    return [{f"key {number} {entry}": entry for entry in range(10)} for number in range(objects // 11)]


def strings(objects: int) -> list[object]:
    return [f"string number {number}" for number in range(objects)]


def chain(objects: int) -> list[object]:
    """One linked list: each cell holds the one before, so that nothing but depth is to be seen."""
    last: list[object] = []
    for _ in range(objects):
        last = [last]
    return [last]


SHAPES: Final[Mapping[str, Callable[[int], list[object]]]] = {
    shape.__name__: shape for shape in (mixed, instances, dicts, strings, chain)
}


def build(shape: str, objects: int) -> list[object]:
    """The heap; built with the collector off, as an application's start often is, and on again afterwards."""
    gc.disable()
    try:
        return SHAPES[shape](objects)
    finally:
        gc.enable()
