"""What types, roots and references are called in the document, and the table of these texts. Knows no rows.

Names read as they do in holder paths, with the same escapes, and what is masked there is masked here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.naming.steps import MASKED, MASKED_TEXT, SUBCLASSES, write_reference
from heapdiff.analysis.reach.namespaces import find_namespaces
from heapdiff.escaping import escape_terminal
from heapdiff.export.chrome.layout import MOST_INDEX
from heapdiff.format import NAMED_KINDS, EdgeKind
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.narrow import distinct

Numbers = NDArray[np.int64]

SPECIAL: Final = re.compile(
    r"<|Object\(|Detached |system / "
)  # at its start, they mean something to a reader
TO_CLASS: Final = "__class__"


class Wording:
    """The texts of a document, in parts: each part's numbers follow those of the part before it."""

    def __init__(self) -> None:
        self._parts: list[Callable[[], Iterable[str]]] = []
        self._count = 0

    def add(self, size: int, texts: Callable[[], Iterable[str]]) -> int:
        """Room for some texts, which are made when the table is written; the number of the first."""
        self._parts.append(texts)
        self._count += size
        return self._count - size

    def add_all(self, *texts: str) -> int:
        return self.add(len(texts), lambda: texts)

    def lines(self) -> Iterator[str]:
        """The table: each text as JSON, in ASCII."""
        before = ""
        for part in self._parts:
            for text in part():
                said = json.dumps(escape_terminal(text), ensure_ascii=True)
                yield f"{before}{said}"
                before = ",\n"


class ReferenceNames:
    """What each reference is called: a number of the table, or an index."""

    def __init__(self, graph: HeapGraph, wording: Wording) -> None:
        self.graph = graph
        self.by_kind = np.zeros(16, np.int64)
        self.by_kind[[*EdgeKind]] = wording.add_all(*map(_fixed, EdgeKind)) + np.arange(len(EdgeKind))
        self.names = wording.add(len(graph.names), lambda: map(_own_name, graph.names))
        self.masked = wording.add_all(MASKED)
        self.masked_text = wording.add_all(MASKED_TEXT)
        self.nothing = wording.add_all("[None]")
        self.singletons = {
            int(node): wording.add_all(f"[{name.capitalize()}]")
            for name, address in graph.info.get("singletons", {}).items()
            if (node := graph.index_of(address)) >= 0
        }
        self.outside = np.flatnonzero(~fits_an_element(graph.int_keys))
        self.int_keys = wording.add(
            len(self.outside), lambda: (f"[{int(graph.int_keys[at])}]" for at in self.outside)
        )
        self.values = wording.add(
            len(self.shown), lambda: (f"[{graph.values[node]}]" for node in self.shown.tolist())
        )

    @cached_property
    def shown(self) -> Numbers:
        """The nodes whose values the file has, ascending."""
        return distinct(np.fromiter(self.graph.values, np.int64, len(self.graph.values)))

    @cached_property
    def named(self) -> tuple[Numbers, Numbers]:
        """The nodes that have a name of their own, ascending, and the numbers of the names."""
        known = self.graph.node_names
        nodes = np.fromiter(known.keys(), np.int64, len(known))
        names = np.fromiter((name for _, name in known.items()), np.int64, len(known))
        order = np.argsort(nodes, kind="stable")
        return nodes[order], names[order]

    @cached_property
    def namespaces(self) -> NDArray[np.bool_]:
        return find_namespaces(self.graph)

    @cached_property
    def texts(self) -> NDArray[np.bool_]:
        """By type: whether its objects are strings."""
        return self._called("str")

    @cached_property
    def nothings(self) -> NDArray[np.bool_]:
        return self._called("NoneType")

    def _called(self, name: str) -> NDArray[np.bool_]:
        return np.array([*(kind.name == name for kind in self.graph.types), False], np.bool_)

    def of_keys(self, owners: Numbers, keys: Numbers) -> Numbers:
        """How entries of dicts read, by the dict and the key: its name in a namespace, its value if that's known, else masked."""
        types = self.graph.type_ids[keys]
        is_text = self.texts[types]
        called = np.where(is_text, self.masked_text, self.masked)
        called[self.nothings[types]] = self.nothing
        for node, number in self.singletons.items():
            called[keys == node] = number
        called = _where_known(self.shown, self.values + np.arange(len(self.shown)), keys, called)
        open_ = np.flatnonzero(is_text & self.namespaces[owners])
        nodes, names = self.named
        called[open_] = _where_known(nodes, self.names + names, keys[open_], called[open_])
        return called


def fits_an_element(keys: Numbers) -> NDArray[np.bool_]:
    """Which integers can be an index."""
    return (keys >= 0) & (keys <= MOST_INDEX)


def _where_known(nodes: Numbers, numbers: Numbers, asked: Numbers, otherwise: Numbers) -> Numbers:
    """The numbers of those asked for that stand among the nodes."""
    if not len(nodes):
        return otherwise
    at = np.minimum(np.searchsorted(nodes, asked), len(nodes) - 1)
    return np.where(nodes[at] == asked, numbers[at], otherwise)


def _fixed(kind: EdgeKind) -> str:
    """A reference that reads by its kind alone; of the others, what is there without a name."""
    if kind is EdgeKind.TYPE:
        return TO_CLASS
    fixed = kind not in (EdgeKind.ELEMENT, EdgeKind.VALUE, EdgeKind.INT_VALUE, *NAMED_KINDS)
    return write_reference(kind).removeprefix(".") if fixed else ""


def _own_name(name: str) -> str:
    return "__subclasses__" if name == SUBCLASSES else name or "<reference>"


def name_type(name: str) -> str:
    """A class's name as the Memory panel groups by it."""
    return f"type {name}" if SPECIAL.match(name) else name
