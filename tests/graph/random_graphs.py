"""Seeded random graphs with orphans, cycles, chains, weak references, several roots; brute force on them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

import numpy as np

from heapdiff.format import LABEL_SHIFT, EdgeKind, RootKind, TypeFlag
from heapdiff.graph.heap import HeapGraph, HeapType, Root
from heapdiff.graph.narrow import Narrow
from heapdiff.model import Address, NodeIndex

Row = Sequence[tuple[int, EdgeKind]]


def graph_of(rows: Sequence[Row], roots: Iterable[int], sizes: Sequence[int] | None = None) -> HeapGraph:
    """A graph of the references given, nodes 16 bytes apart."""
    n = len(rows)
    return HeapGraph(
        addresses=np.arange(1, n + 1, dtype=np.uint64) * np.uint64(16),
        type_ids=np.zeros(n, np.uint16),
        sizes=Narrow.of(sizes if sizes is not None else [1] * n, np.uint16),
        refcounts=Narrow.of([1] * n, np.uint8),
        first_edge=np.cumsum([0, *map(len, rows)], dtype=np.int32),
        targets=np.array([target for row in rows for target, _ in row], np.uint32),
        labels=np.array([kind << LABEL_SHIFT for row in rows for _, kind in row], np.uint32),
        types=[HeapType("list", Address(0), TypeFlag.GC)],
        names=[""],
        roots=tuple(Root(RootKind.MODULE, str(node), NodeIndex(node)) for node in roots),
    )


def random_graph(seed: int) -> HeapGraph:
    """Up to 14 nodes; about a third of the seeds give chains, a third sparse and a third dense graphs."""
    chance = random.Random(seed)
    n = chance.randint(1, 14)
    rows: list[list[tuple[int, EdgeKind]]] = [[] for _ in range(n)]
    if seed % 3 == 0:
        for node in range(n - 1):
            rows[node].append((node + 1, EdgeKind.ELEMENT))
    for _ in range(chance.randint(0, n * (3 if seed % 3 == 1 else 1) + 2)):
        kind = EdgeKind.WEAK if chance.random() < 0.1 else EdgeKind.ELEMENT
        rows[chance.randrange(n)].append((chance.randrange(n), kind))
    roots = [chance.randrange(n) for _ in range(chance.randint(0, 3))]
    return graph_of(rows, roots, [chance.randint(0, 100) for _ in range(n)])


def big_random_graph(seed: int, nodes: int, references: int) -> HeapGraph:
    """A graph with hubs, of which about a tenth is unreachable."""
    chance = np.random.default_rng(seed)
    owners = np.sort(chance.integers(0, nodes, references))
    targets = (chance.integers(0, nodes, references) * chance.random(references) ** 2).astype(np.uint32)
    first = np.searchsorted(owners, np.arange(nodes + 1)).astype(np.int32)
    graph = graph_of(
        [()] * nodes, chance.integers(0, nodes, 5).tolist(), chance.integers(0, 100, nodes).tolist()
    )
    labels = np.where(chance.random(references) < 0.02, EdgeKind.WEAK, EdgeKind.ELEMENT).astype(np.uint32)
    return HeapGraph(
        graph.addresses,
        graph.type_ids,
        graph.sizes,
        graph.refcounts,
        first,
        targets,
        labels << np.uint32(LABEL_SHIFT),
        graph.types,
        graph.names,
        roots=graph.roots,
    )


def strong_rows(graph: HeapGraph) -> list[list[int]]:
    return [
        [edge.target for edge in graph.edges(node) if edge.kind is not EdgeKind.WEAK]
        for node in range(len(graph))
    ]


def reached_by(rows: Sequence[Sequence[int]], starts: Iterable[int], without: int = -1) -> set[int]:
    """What is reached from the starts when one node is gone."""
    seen: set[int] = set()
    stack = [node for node in starts if node != without]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack += [target for target in rows[node] if target != without]
    return seen


def brute_dominators(graph: HeapGraph) -> tuple[list[int], list[int]]:
    """Immediate dominators and retained sizes: remove each node and see what is no longer reached."""
    n, rows, roots = len(graph), strong_rows(graph), [root.node for root in graph.roots]
    alive = reached_by(rows, roots)
    freed = {node: alive - reached_by(rows, roots, without=node) for node in alive}
    over = {node: {other for other in alive if node in freed[other] and other != node} for node in alive}
    idom = [n + 1] * n
    for node in alive:
        # the nearest dominator is the one that all others dominate
        idom[node] = max(over[node], key=lambda other: len(over[other]), default=n)
    retained = [sum(int(graph.sizes[other]) for other in freed.get(node, ())) for node in range(n)]
    return idom, retained
