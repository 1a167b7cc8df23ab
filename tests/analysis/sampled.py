"""Samples of a graph, by lines of text.

    sampled(graph, '''
        12 x shop/models.py:7 Session.__init__ <- shop/cache.py:31 session_for <- shop/views.py:12 product <- FLASK
    ''', nodes)

Each line is so many samples of one stack, innermost first; `FLASK` is what calls a view. They are of the nodes one after the
other, or of no object. Files below `shop` are the application's, and so are
those below `heapdiff`, as where it isn't installed; those in no folder are the standard library's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from heapdiff.format import ModuleOwner, SampleSource
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.samples import CodePlace, Recording, Samples
from heapdiff.model import NodeIndex

__all__ = ["INTERVAL", "Sampling", "sampled"]

INTERVAL = 16_384
SHORT = {
    "FLASK": "flask/app.py:900 Flask.dispatch_request <- flask/app.py:950 Flask.wsgi_app",
    "HOOK": "flask/app.py:1290 Flask.preprocess_request <- flask/app.py:950 Flask.wsgi_app",
    "THREAD": "threading.py:982 Thread.run <- threading.py:1041 Thread._bootstrap_inner",
}
LINE = re.compile(r"(\d+) x (.+)")


@dataclass
class Sampling:
    """Collects samples; `bytes`, `age_ms` and `direct` are those of the samples that are added next."""

    recordings: tuple[Recording, ...] = (Recording(SampleSource.SAMPLER, INTERVAL, 600_000),)
    codes: dict[str, int] = field(default_factory=dict)
    code_nodes: dict[str, int] = field(default_factory=dict)
    places: list[CodePlace] = field(default_factory=list)
    stacks: list[tuple[int, int, int]] = field(default_factory=lambda: [(0, 0, 0)])
    rows: list[tuple[int, int, bool, int, int, int]] = field(default_factory=list)

    def add(
        self,
        text: str,
        nodes: Sequence[int] = (),
        *,
        size: int = 1000,
        age_ms: int = 30_000,
        direct: bool = False,
        recording: int = 0,
    ) -> Sampling:
        for line in filter(None, map(str.strip, text.splitlines())):
            match = LINE.fullmatch(line)
            assert match, line
            stack = self.stack(match[2])
            for number in range(int(match[1])):
                node = nodes[number % len(nodes)] if nodes else -1
                self.rows.append((recording, node, direct, size, age_ms, stack))
        return self

    def stack(self, text: str) -> int:
        for name, meaning in SHORT.items():
            text = text.replace(name, meaning)
        caller = 0
        for frame in reversed(text.split("<-")):
            where, _, function = frame.strip().partition(" ")
            file, _, line = where.rpartition(":")
            row = (caller, self.code(file, function), int(line))
            if row not in self.stacks:
                self.stacks.append(row)
            caller = self.stacks.index(row)
        return caller

    def code(self, file: str, function: str) -> int:
        key = f"{file} {function}"
        if key not in self.codes:
            installed = ModuleOwner.DISTRIBUTION if "/" in file else ModuleOwner.STANDARD
            node = self.code_nodes.get(function)
            owner = ModuleOwner.APPLICATION if file.startswith(("shop", "heapdiff")) else installed
            self.codes[key] = len(self.places)
            self.places.append(
                CodePlace(file, function, owner, "", None if node is None else NodeIndex(node))
            )
        return self.codes[key]

    def put_into(self, graph: HeapGraph) -> HeapGraph:
        columns = list(zip(*self.rows, strict=True)) if self.rows else [()] * 6
        callers, codes, lines = zip(*self.stacks, strict=True)
        return replace(
            graph,
            samples=Samples(
                recordings=self.recordings,
                recording=np.array(columns[0], np.uint8),
                nodes=np.array(columns[1], np.int64),
                direct=np.array(columns[2], np.bool_),
                bytes=np.array(columns[3], np.int64),
                ages_ms=np.array(columns[4], np.int64),
                stacks=np.array(columns[5], np.uint32),
                callers=np.array(callers, np.uint32),
                codes=np.array(codes, np.uint32),
                lines=np.array(lines, np.uint32),
                places=tuple(self.places),
            ),
        )


def sampled(graph: HeapGraph, text: str, nodes: Sequence[int] = ()) -> HeapGraph:
    """The graph with one kind of samples."""
    return Sampling().add(text, nodes).put_into(graph)
