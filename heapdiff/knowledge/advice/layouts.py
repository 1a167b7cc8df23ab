"""What CPython's objects take while they are empty, the collector's header included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DICT: Final = 64
LIST: Final = 56
SET: Final = 216  # with room for 4 members
ARRAY: Final = 80  # of the module array
SLOTTED: Final = 32  # an instance without attributes, of a class with __slots__
POINTER: Final = 8


@dataclass(frozen=True, slots=True)
class Layout:
    """What differs between versions.

    `tuple` is an empty one. `instance` is an instance of a class without slots, without its attributes, if these are in a
    block of their own; else 0. `weakref` is what it takes that instances with slots can be referred to weakly.
    """

    tuple: int
    instance: int
    weakref: int


LAYOUTS: Final[tuple[tuple[tuple[int, int], Layout], ...]] = (  # from which version on
    ((3, 14), Layout(tuple=48, instance=0, weakref=16)),
    ((3, 13), Layout(tuple=40, instance=0, weakref=16)),
    ((3, 12), Layout(tuple=40, instance=48, weakref=16)),
    ((3, 11), Layout(tuple=40, instance=56, weakref=8)),
)


def layout_of(version: str) -> Layout:
    """Of a version such as `3.12.1`; of one that can't be read, the newest."""
    numbers = version.split(".")[:2]
    if len(numbers) < 2 or not all(each.isdecimal() for each in numbers):
        return LAYOUTS[0][1]
    asked = int(numbers[0]), int(numbers[1])
    return next((layout for since, layout in LAYOUTS if asked >= since), LAYOUTS[-1][1])
