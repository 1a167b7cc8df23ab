"""Tuples and frozensets that hold the same, compared with what Python says of drawn ones."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest

from heapdiff.analysis.waste.copies.contents import LEVELS, number_contents
from heapdiff.analysis.waste.copies.equal_tuples import find_equal_tuples
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Finding
from heapdiff.format import EdgeKind, RootKind
from heapdiff.graph.heap import HeapGraph
from tests.analysis.summaries import summarize
from tests.builder import GraphBuilder, Handle
from tests.heaps import heap
from tests.together import together


def find(graph: HeapGraph) -> list[Finding]:
    return list(find_equal_tuples(Heap(graph, summarize(graph))))


def test_tuples_with_the_same_objects_are_one_finding() -> None:
    """
    ROWS ──► 1,000 tuples ──► RED, LARGE
    """
    graph = heap(
        """
        shop.RED: shop.Colour $red
        shop.LARGE: shop.Size $large
        shop.ROWS: list -> tuple * 1000 $row size=72 -> $red
        shop.ROWS -> tuple * 1000 size=72 -> $large
        """
    )
    (found,) = find(graph)
    assert found.title == "2,000 tuples at shop.ROWS[…], and only 2 different"
    assert (found.bytes, found.saves_bytes, found.holder) == (2000 * 80, 1998 * 80, "shop.ROWS")
    assert found.example == "one with 1 item, 1,000 times, at shop.ROWS[…]"


def test_texts_that_only_a_copy_refers_to_go_with_it() -> None:
    graph = heap("shop.ROWS: list -> tuple * 1000 size=64 -> str text=5 size=60")
    (found,) = find(graph)
    assert found.title == "1,000 tuples at shop.ROWS[…], all equal"
    assert found.saves_bytes == 999 * (64 + 64)


@pytest.mark.parametrize(
    "drawn",
    [
        "shop.ROWS: list -> tuple * 1000 -> float",
        "shop.ROWS: list -> tuple * 1000 -> str text=0\nshop.A: str text=1",
        "shop.ROWS: list -> frozenset * 1000 -> float",
        "shop.ROWS: list -> tuple * 1000 -> tuple -> list",
    ],
    ids=["numbers", "texts without a hash", "frozensets", "lists in tuples"],
)
def test_what_may_differ_is_no_copy(drawn: str) -> None:
    assert find(heap(drawn)) == []


class Drawn:
    """Random tuples and frozensets of texts, numbers and each other; `equal` is what Python says of each."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.builder = GraphBuilder()
        self.keeper = self.builder.add_object("list")
        self.builder.add_root(RootKind.INTERPRETER, "modules", self.keeper)
        self.equal: dict[Handle, object] = {}
        self.leaves = [*map(self.leaf, range(12))]
        for _ in range(400):
            self.grow()
        self.graph = self.builder.build()

    def leaf(self, number: int) -> Handle:
        kind = self.random.choice(("str", "bytes", "float"))
        made = self.builder.add_object(kind)
        self.equal[made] = made if kind == "float" else (kind, number % 3)
        if kind != "float":
            self.builder.set_hash(made, 1 + number % 3 + 10 * (kind == "bytes"))
        return made

    def grow(self) -> None:
        """Of items that aren't nested too deep, in any order."""
        kind = self.random.choice(("tuple", "frozenset"))
        known = [*self.equal]
        items = self.random.choices(known[:12] + known[-4:], k=self.random.randrange(3))
        items = [item for item in items if depth(self.equal[item]) < LEVELS]
        content = [self.equal[item] for item in items]
        if kind == "frozenset":  # what it holds is different
            items = [item for at, item in enumerate(items) if content[at] not in content[:at]]
        made = self.builder.add_object(kind, size=40 + 8 * len(items))
        for index, item in enumerate(items):
            if kind == "tuple":
                self.builder.add_edge(made, item, EdgeKind.ELEMENT, index=index)
            else:
                self.builder.add_edge(made, item, EdgeKind.MEMBER)
        inner = [self.equal[item] for item in items]
        self.equal[made] = Nest(tuple(inner)) if kind == "tuple" else Nest(frozenset(inner))
        self.builder.add_edge(self.keeper, made, EdgeKind.UNNAMED)


class Nest:
    """A tuple or frozenset that is told apart from a leaf's own tuple."""

    def __init__(self, content: tuple[object, ...] | frozenset[object]) -> None:
        self.content = content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Nest) and self.content == other.content

    def __hash__(self) -> int:
        return hash(self.content)


def depth(content: object) -> int:
    return 1 + max(map(depth, content.content), default=0) if isinstance(content, Nest) else 0


def groups(keys: dict[Handle, object]) -> Iterator[frozenset[Handle]]:
    found = defaultdict(list)
    for handle, key in keys.items():
        found[key].append(handle)
    return map(frozenset, found.values())


@together("seed", range(20))
def test_the_same_are_equal_that_python_finds_equal(seed: int) -> None:
    drawn = Drawn(seed)
    heap_ = Heap(drawn.graph, summarize(drawn.graph))
    numbers = number_contents(drawn.graph, heap_.of_type("tuple"), heap_.of_type("frozenset"))
    node_of = {handle: drawn.graph.index_of(drawn.builder.address(handle)) for handle in drawn.equal}
    nests: dict[Handle, object] = {
        handle: content for handle, content in drawn.equal.items() if isinstance(content, Nest)
    }
    by_number: dict[Handle, object] = {handle: int(numbers[node_of[handle]]) for handle in nests}
    assert set(groups(by_number)) == set(groups(nests))
    assert max(Counter(by_number.values()).values()) > 1
    assert not numbers[[node_of[handle] for handle in drawn.leaves]].any()
