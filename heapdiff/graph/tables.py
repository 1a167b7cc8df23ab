"""The tables of one file, gathered section by section. Ids are checked once all of them are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heapdiff.format import LABEL_PAYLOAD, Section
from heapdiff.graph.heap import Declaration, HeapType, Owner
from heapdiff.graph.layouts import Layouts
from heapdiff.model import Address
from heapdiff.snapshot.tables import (
    ModuleEntry,
    RootEntry,
    TailEntry,
    TypeEntry,
    decode_bounds,
    decode_json,
    decode_modules,
    decode_names,
    decode_roots,
    decode_tail,
    decode_types,
    display_type,
)

__all__ = ["HeapTables"]


@dataclass(slots=True)
class HeapTables:
    """Everything in a file but its object records."""

    info: dict[str, Any] = field(default_factory=dict)
    names: list[str] = field(default_factory=lambda: [""])
    types: list[TypeEntry] = field(default_factory=list)
    layout_payloads: list[bytes] = field(default_factory=list)
    roots: list[RootEntry] = field(default_factory=list)
    bounds: dict[int, int] = field(default_factory=dict)
    modules: list[ModuleEntry] = field(default_factory=list)
    value_payloads: list[bytes] = field(default_factory=list)
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
            self.layout_payloads.append(payload)
        elif tag == Section.ROOT:
            self.roots.extend(decode_roots(payload))
        elif tag == Section.BOUNDS:
            self.bounds.update(decode_bounds(payload))
        elif tag == Section.MODULES:
            self.modules.extend(decode_modules(payload))
        elif tag == Section.VALUES:
            self.value_payloads.append(payload)
        elif tag == Section.TAIL:
            self.tail = decode_tail(payload)

    def check(self, objects: int) -> None:
        """Compare the ids with the tables, and the totals with what was read."""
        if len(self.names) > LABEL_PAYLOAD:
            raise ValueError("too many names")
        named = [root.name for root in self.roots] + [module.name for module in self.modules]
        if max(named, default=0) >= len(self.names):
            raise ValueError("a name that is not in the table of names")
        if self.tail is None or self.tail.records != objects or self.tail.roots != len(self.roots):
            raise ValueError("its end section counts other records or roots than there are")

    def heap_types(self) -> list[HeapType]:
        return [
            HeapType(display_type(entry.module, entry.qualname), Address(entry.address), entry.flags)
            for entry in self.types
        ]

    def owners(self) -> dict[str, Owner]:
        return {self.names[entry.name]: Owner(entry.owner, entry.distribution) for entry in self.modules}

    def layouts(self) -> Layouts:
        return Layouts.decode(self.layout_payloads, len(self.names))

    def declarations(self, declared: NDArray[np.uint32], layouts: Layouts) -> Mapping[int, Declaration]:
        """From rows of code object, layout, positional and keyword-only arguments."""
        rows = {
            node: (layout, positional, keyword) for node, layout, positional, keyword in declared.tolist()
        }
        return _Declarations(rows, layouts, self.names)


class _Declarations(Mapping[int, Declaration]):
    """Makes a code object's declaration when it is asked for: few are, of tens of thousands."""

    def __init__(self, rows: dict[int, tuple[int, int, int]], layouts: Layouts, names: Sequence[str]) -> None:
        self._rows, self._layouts, self._names = rows, layouts, names

    def __getitem__(self, node: int) -> Declaration:
        layout, positional, keyword_only = self._rows[node]
        return Declaration(self._layouts.variables(layout, self._names), positional, keyword_only)

    def __iter__(self) -> Iterator[int]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)
