"""Reads a `.heapsnapshot` by what its own head says of its rows, as its readers do. Knows nothing of how it's written."""

from __future__ import annotations

import io
import json
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

from heapdiff.export.chrome import write_document
from heapdiff.graph.heap import HeapGraph


@dataclass(frozen=True)
class Node:
    """A row of nodes."""

    type: str
    name: str
    id: int
    size: int
    edges: int


@dataclass(frozen=True)
class Reference:
    """A row of edges; `name` is a text or an index."""

    source: int
    type: str
    name: str | int
    target: int


class Read:
    """A document, checked for what every reader relies on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.document: dict[str, Any] = json.loads(text)
        self.head = self.document["snapshot"]
        self.strings: list[str] = self.document["strings"]
        assert text.isascii()
        assert [*self.document][:3] == ["snapshot", "nodes", "edges"]
        assert [*self.document][-1] == "strings"
        assert len(self.nodes) == self.head["node_count"]
        assert len(self.references) == self.head["edge_count"] == sum(node.edges for node in self.nodes)

    @cached_property
    def nodes(self) -> list[Node]:
        types = self.head["meta"]["node_types"][0]
        rows = self._rows("nodes", self.head["meta"]["node_fields"])
        return [
            Node(
                types[row["type"]], self.strings[row["name"]], row["id"], row["self_size"], row["edge_count"]
            )
            for row in rows
        ]

    @cached_property
    def references(self) -> list[Reference]:
        types, width = self.head["meta"]["edge_types"][0], len(self.head["meta"]["node_fields"])
        sources = [number for number, node in enumerate(self.nodes) for _ in range(node.edges)]
        found = []
        for source, row in zip(sources, self._rows("edges", self.head["meta"]["edge_fields"]), strict=True):
            kind, called = types[row["type"]], row["name_or_index"]
            assert row["to_node"] % width == 0
            name = called if kind in ("element", "hidden") else self.strings[called]
            found.append(Reference(source, kind, name, row["to_node"] // width))
        return found

    @cached_property
    def by_source(self) -> dict[int, list[Reference]]:
        found = defaultdict(list)
        for each in self.references:
            found[each.source].append(each)
        return found

    @cached_property
    def first_object(self) -> int:
        """How many nodes are no objects."""
        return sum(node.type == "synthetic" for node in self.nodes)

    def called(self, node: int) -> list[tuple[str, str | int, int]]:
        """The references of one object of the graph, to others of it."""
        before = self.first_object
        return [(each.type, each.name, each.target - before) for each in self.by_source[node + before]]

    def _rows(self, what: str, fields: list[str]) -> list[dict[str, int]]:
        numbers = self.document[what]
        assert all(type(number) is int and 0 <= number < 2**32 for number in numbers)
        ends = accumulate([len(fields)] * (len(numbers) // len(fields)))
        return [dict(zip(fields, numbers[end - len(fields) : end], strict=True)) for end in ends]


def read(graph: HeapGraph) -> Read:
    """What is written of a graph."""
    file = io.BytesIO()
    write_document(graph, file)
    return Read(file.getvalue().decode("ascii"))
