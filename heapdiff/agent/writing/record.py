"""One object record of the `.heap` format while it is put together: its references in encoded groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from heapdiff.format import EdgeKind, GroupKind, write_varint, zigzag

PART_BYTES: Final = 1 << 18
GROUP_ENTRIES: Final = 1 << 14
ABSENT: Final = 0


class Record:
    """The references of the object at `address`, as groups in the order they are added; target 0 is absent.

    A long container becomes several parts, which the writer writes as one record and its continuations.
    """

    __slots__ = ("_last", "address", "parts", "references")

    def __init__(self, address: int) -> None:
        self.address = address
        self.parts: list[tuple[int, bytearray]] = [(0, bytearray())]
        self.references = 0
        self._last = address

    def elements(self, targets: list[int], first: int = 0) -> None:
        """Consecutive elements of a sequence, from index `first` on."""
        for at in range(0, len(targets), GROUP_ENTRIES):
            some = targets[at : at + GROUP_ENTRIES]
            out = self._group(GroupKind.ELEMENTS, len(some))
            write_varint(out, first + at)
            self._targets(out, some)

    def items(self, items: list[tuple[int, int]]) -> None:
        """Keys and values of a dict."""
        for at in range(0, len(items), GROUP_ENTRIES):
            some = items[at : at + GROUP_ENTRIES]
            self._targets(
                self._group(GroupKind.ITEMS, len(some)), (target for item in some for target in item)
            )

    def int_items(self, items: list[tuple[int, int, int]]) -> None:
        """Entries of a dict whose keys are integers of 64 bits: the number, the key object, the value."""
        for at in range(0, len(items), GROUP_ENTRIES):
            some = items[at : at + GROUP_ENTRIES]
            out = self._group(GroupKind.INT_ITEMS, len(some))
            for number, key, value in some:
                write_varint(out, zigzag(number))
                self._targets(out, (key, value))

    def named(self, kind: EdgeKind, references: list[tuple[int, int]]) -> None:
        """References of one kind, each with the id of its name."""
        for at in range(0, len(references), GROUP_ENTRIES):
            some = references[at : at + GROUP_ENTRIES]
            out = self._group(GroupKind.NAMED, len(some))
            for name, target in some:
                write_varint(out, kind)
                write_varint(out, name)
                self._targets(out, (target,))

    def bare(self, kind: GroupKind, targets: list[int]) -> None:
        """References without a label of their own: UNNAMED, WEAK, MEMBERS or STACK."""
        for at in range(0, len(targets), GROUP_ENTRIES):
            some = targets[at : at + GROUP_ENTRIES]
            self._targets(self._group(kind, len(some)), some)

    def declares(self, layout: int, positional: int, keyword_only: int) -> None:
        """A code object's variables."""
        out = self._group(GroupKind.DECLARES, 0)
        for number in (layout, positional, keyword_only):
            write_varint(out, number)

    def _group(self, kind: GroupKind, count: int) -> bytearray:
        groups, out = self.parts[-1]
        if len(out) >= PART_BYTES:
            groups, out, self._last = 0, bytearray(), self.address
            self.parts.append((0, out))
        self.parts[-1] = (groups + 1, out)
        write_varint(out, count << 4 | kind)
        return out

    def _targets(self, out: bytearray, targets: Iterable[int]) -> None:
        for target in targets:
            if target == ABSENT:
                out.append(0)
                continue
            delta = (target - self._last) >> 3
            write_varint(out, zigzag(delta) + 1)
            self._last = target
            self.references += 1
