"""The tables of one file, gathered section by section. Ids are checked once all of them are there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.format import LABEL_PAYLOAD, LABEL_SHIFT, EdgeKind, Section
from heapdiff.graph.heap import NAMED_KINDS, Declaration, HeapType
from heapdiff.model import Address
from heapdiff.snapshot.tables import (
    RootEntry,
    TailEntry,
    TypeEntry,
    decode_json,
    decode_layouts,
    decode_names,
    decode_roots,
    decode_tail,
    decode_types,
    display_type,
)

__all__ = ["HeapTables"]

EMPTY_LAYOUT: Final[tuple[tuple[EdgeKind, int], ...]] = ()


@dataclass(slots=True)
class HeapTables:
    """Everything in a file but its object records."""

    info: dict[str, Any] = field(default_factory=dict)
    names: list[str] = field(default_factory=lambda: [""])
    types: list[TypeEntry] = field(default_factory=list)
    layouts: list[tuple[tuple[EdgeKind, int], ...]] = field(default_factory=lambda: [EMPTY_LAYOUT])
    roots: list[RootEntry] = field(default_factory=list)
    tail: TailEntry | None = None

    def add(self, tag: bytes, payload: bytes) -> None:
        """Take one section in; those of no table are left alone. Raises ValueError."""
        if tag == Section.INFO:
            self.info = decode_json(payload)
        elif tag == Section.NAME:
            self.names.extend(decode_names(payload))
        elif tag == Section.TYPE:
            self.types.extend(decode_types(payload))
        elif tag == Section.LAYOUT:
            self.layouts.extend(decode_layouts(payload))
        elif tag == Section.ROOT:
            self.roots.extend(decode_roots(payload))
        elif tag == Section.TAIL:
            self.tail = decode_tail(payload)

    def check(self, objects: int) -> None:
        """Compare the ids with the tables, and the totals with what was read."""
        if len(self.names) > LABEL_PAYLOAD:
            raise ValueError("too many names")
        used = [name for layout in self.layouts for _, name in layout]
        used += [root.name for root in self.roots]
        if used and max(used) >= len(self.names):
            raise ValueError("a name that is not in the table of names")
        if self.tail is None or self.tail.records != objects or self.tail.roots != len(self.roots):
            raise ValueError("its end section counts other records or roots than there are")

    def heap_types(self) -> list[HeapType]:
        return [
            HeapType(display_type(entry.module, entry.qualname), Address(entry.address), entry.flags)
            for entry in self.types
        ]

    def layout_rows(self) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """The layouts as compressed rows of labels."""
        lengths = [len(layout) for layout in self.layouts]
        first = np.concatenate(([0], np.cumsum(lengths)))
        if first[-1] > LABEL_PAYLOAD:
            raise ValueError("too many labels in layouts")
        labels = [
            kind << LABEL_SHIFT | (name if kind in NAMED_KINDS else 0)
            for layout in self.layouts
            for kind, name in layout
        ]
        return first.astype(np.uint32), np.array(labels, np.uint32)

    def declarations(self, declared: NDArray[np.uint32]) -> dict[int, Declaration]:
        """From rows of code object, layout, positional and keyword-only arguments."""
        variables = {
            layout: tuple((kind, self.names[name]) for kind, name in self.layouts[layout])
            for layout in set(declared[:, 1].tolist())
        }
        return {
            node: Declaration(variables[layout], positional, keyword_only)
            for node, layout, positional, keyword_only in declared.tolist()
        }
