"""Growth is divided, and counted once: on seeded random heaps, against walking up from each object."""

from __future__ import annotations

from collections import defaultdict
from random import Random

import numpy as np
import pytest

from heapdiff.analysis.growth.attribution import divide, divide_growth
from heapdiff.analysis.growth.survivors import Survivors, find_survivors
from heapdiff.analysis.reach.routes import Routes, compute_routes
from heapdiff.format import EdgeKind, RootKind
from heapdiff.graph.heap import HeapGraph
from tests.builder import GraphBuilder
from tests.together import together

KINDS = (EdgeKind.UNNAMED, EdgeKind.ELEMENT, EdgeKind.ATTRIBUTE, EdgeKind.MEMBER, EdgeKind.WEAK)
TYPES = ("list", "dict", "shop.A", "shop.B", "set")


def draw_random(random: Random, names: list[int], grown: set[int]) -> HeapGraph:
    """Objects at fixed addresses by name; orphans, cycles and self-references come by themselves."""
    builder = GraphBuilder()
    handles = {
        name: builder.add_object(
            TYPES[name % len(TYPES)],
            size=16 + 16 * (name % 7) + (64 if name in grown else 0),
            address=0x10000 + 32 * name,
            extra_refs=int(name % 29 == 0),
        )
        for name in names
    }
    for name in names:
        choice = Random(name)  # an object refers to the same ones in both heaps, and sometimes to more
        for _ in range(choice.randrange(5)):
            target = handles.get(choice.randrange(choice.choice((60, 200))))
            if target is not None:
                kind = choice.choice(KINDS)
                builder.add_edge(handles[name], target, kind, name="attr", index=choice.randrange(9))
        if random.random() < 0.3:
            builder.add_edge(handles[name], handles[random.choice(names)], EdgeKind.ELEMENT, index=50)
    for name in names[:4]:
        builder.add_root(RootKind.MODULE, f"shop.m{name}", handles[name])
    return builder.build()


def draw_pair(seed: int) -> tuple[Routes, Routes]:
    random = Random(seed)
    common = list(range(random.randrange(5, 60)))
    old = common + random.sample(range(60, 130), random.randrange(40))
    new = common + random.sample(range(100, 200), random.randrange(60))
    before = draw_random(random, old, set())
    after = draw_random(random, new, set(random.sample(common, 3)))
    return compute_routes(before), compute_routes(after)


def keeper_of(routes: Routes, node: int, survived: np.ndarray) -> int:
    while node >= 0 and not survived[node]:
        node = int(routes.parent[node])
    return node


def divide_by_hand(before: Routes, after: Routes, survivors: Survivors) -> dict[int, tuple[int, int]]:
    """Objects and bytes for each keeper, walking up from every object alone."""
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for node in np.flatnonzero(after.reached & (survivors.before_of < 0)).tolist():
        keeper = keeper_of(after, node, survivors.before_of >= 0)
        sums[keeper][0] += 1
        sums[keeper][1] += int(after.graph.sizes[node])
    for node in np.flatnonzero(before.reached & (survivors.after_of < 0)).tolist():
        old = keeper_of(before, node, survivors.after_of >= 0)
        keeper = int(survivors.after_of[old]) if old >= 0 else -1
        sums[keeper][0] -= 1
        sums[keeper][1] -= int(before.graph.sizes[node])
    for node in np.flatnonzero(survivors.before_of >= 0).tolist():
        change = int(after.graph.sizes[node]) - int(before.graph.sizes[survivors.before_of[node]])
        if change:
            sums[node][1] += change
    return {keeper: (count, size) for keeper, (count, size) in sums.items()}


@pytest.mark.slow
@together("seed", range(150))
def test_growth_is_divided_as_by_hand_and_adds_up(seed: int) -> None:
    before, after = draw_pair(seed)
    survivors = find_survivors(before, after)
    growth = divide_growth(before, after, survivors)
    sums = np.stack(divide(before, after, survivors).sums, axis=1)
    assert [[group.objects, group.bytes] for group in growth.groups] == sums.tolist()
    found: dict[int, tuple[int, int]] = {}
    for group in growth.groups:
        count, size = found.get(group.keeper, (0, 0))
        found[group.keeper] = (count + group.objects, size + group.bytes)
        assert group.bytes == group.own_bytes + sum(size for _, size in group.held.values())
    assert found == divide_by_hand(before, after, survivors)
    reached = [int(routes.graph.sizes[routes.reached].sum()) for routes in (before, after)]
    assert sum(group.bytes for group in growth.groups) == reached[1] - reached[0]
    assert sum(group.objects for group in growth.groups) == after.reached.sum() - before.reached.sum()


@together("seed", range(20))
def test_a_heap_compared_with_itself_has_no_groups(seed: int) -> None:
    before, _ = draw_pair(seed)
    assert divide_growth(before, before, find_survivors(before, before)).groups == ()


@together("seed", range(60))
def test_survivors_are_exactly_what_a_common_way_from_a_common_root_leads_to(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heapdiff.graph.narrow.BLOCK", 1 + seed % 9)
    before, after = draw_pair(seed)
    old, new = before.graph, after.graph

    def ways(graph: HeapGraph) -> dict[int, set[int]]:
        return {
            int(graph.addresses[node]): {
                int(graph.addresses[edge.target])
                for edge in graph.edges(node)
                if edge.kind is not EdgeKind.WEAK
            }
            for node in range(len(graph))
        }

    was, now = ways(old), ways(new)
    starts = [{int(routes.graph.addresses[node]) for node in routes.starts} for routes in (before, after)]
    proven, pending = set[int](), sorted(starts[0] & starts[1])
    while pending:
        address = pending.pop()
        if address not in proven:
            proven.add(address)
            pending += was[address] & now[address]
    found = find_survivors(before, after)
    assert {int(new.addresses[node]) for node in np.flatnonzero(found.before_of >= 0)} == proven
