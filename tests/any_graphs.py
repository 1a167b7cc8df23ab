"""Any small graph that a valid file may hold, sensible or not: as the heap of a program nobody would write."""

from __future__ import annotations

import random
from pathlib import Path

from hypothesis import strategies as st

from heapdiff.format import NAMED_KINDS, EdgeKind, ModuleOwner, RootKind, TypeFlag
from heapdiff.graph.heap import HeapGraph, Owner
from tests.builder import GraphBuilder, Handle
from tests.heapfiles import write_snapshot

__all__ = ["TYPES", "any_graphs", "write_any"]

TYPES = (
    "dict", "list", "tuple", "set", "str", "int", "NoneType", "bool", "type", "module", "function", "code", "cell",
    "frame", "method", "generator", "coroutine", "shop.models.Session", "shop.models.Meta", "",
    "collections.OrderedDict", "collections.defaultdict", "collections.deque", "functools._lru_cache_wrapper",
    "functools._lru_list_elem", "weakref.ReferenceType", "weakref.KeyedRef", "weakref.WeakKeyDictionary",
    "_thread._local", "_thread._localdummy", "threading.Thread", "_asyncio.Task", "_asyncio.Future",
    "_contextvars.ContextVar", "concurrent.futures.thread.ThreadPoolExecutor", "greenlet.greenlet",
    "logging.Logger", "queue.Queue", "cachetools.LRUCache", "traceback", "builtin_function_or_method", "hamt",
)  # fmt: skip
NAMES = (
    "", "shop", "shop.models", "builtins", "sys", "__main__", "SESSIONS", "__dict__", "__globals__", "__module__",
    "__defaults__", "__kwdefaults__", "__closure__", "__code__", "__func__", "__self__", "__wrapped__", "__base__",
    "__callback__", "__class__", "__traceback__", "__weakref__", "f_globals", "f_code", "f_back", "f_builtins",
    "tb_frame", "_threads", "_mapping", "_max_workers", "cache", "root", "queue", "data", "_data", "mutex", "self",
    "x" * 300,
)  # fmt: skip
FLAGS = (None, None, None, TypeFlag.TYPE | TypeFlag.GC, TypeFlag.DICT, TypeFlag.PSEUDO, TypeFlag(0))
OWNERS = (
    Owner(ModuleOwner.STANDARD), Owner(ModuleOwner.APPLICATION), Owner(ModuleOwner.BUILT_IN),
    Owner(ModuleOwner.DISTRIBUTION, "flask"),
)  # fmt: skip
MOST_OBJECTS = 24


@st.composite
def any_graphs(draw: st.DrawFn) -> tuple[HeapGraph, HeapGraph]:
    """Two of one process, of which the later one may hold more: from none at all to some dozen objects."""
    seed = draw(st.integers(0, 1 << 32))
    objects = draw(st.integers(0, MOST_OBJECTS))
    more = draw(st.sampled_from((0, 1, 5, MOST_OBJECTS)))
    references = draw(st.sampled_from((0, 0, 1, 2, 4)))
    types = draw(st.integers(1, len(TYPES)))
    make = _Maker(seed, types, references)
    return make.graph(objects), make.graph(objects + more)


class _Maker:
    """The same seed gives the same objects at the same places, so that those of the first graph survive."""

    def __init__(self, seed: int, types: int, references: int) -> None:
        self.seed = seed
        self.types = random.Random(seed).sample(TYPES, types)
        self.references = references

    def graph(self, objects: int) -> HeapGraph:
        chance, builder = random.Random(self.seed), GraphBuilder()
        made = [self._object(chance, builder, number) for number in range(objects)]
        for name in self.types:
            if made and chance.random() < 0.4:
                builder.set_type(name, flags=chance.choice(FLAGS), node=chance.choice(made))
            elif chance.random() < 0.3:
                builder.set_type(name, flags=chance.choice(FLAGS))
        for owner in made:
            for _ in range(chance.randint(0, self.references)):
                self._reference(chance, builder, owner, made)
        for handle in made:
            if chance.random() < 0.2:
                builder.add_root(chance.choice(list(RootKind)), chance.choice(NAMES), handle)
            if chance.random() < 0.1:
                builder.set_bound(handle, chance.choice((0, 1, 1000)))
            if chance.random() < 0.1:
                kinds = [(EdgeKind.LOCAL, chance.choice(NAMES)) for _ in range(chance.randint(0, 3))]
                builder.declare(handle, kinds, chance.randint(0, 4), chance.randint(0, 4))
        for name in chance.sample(NAMES, chance.randint(0, 4)):
            builder.set_owner(name, chance.choice(OWNERS))
        if made and chance.random() < 0.5:
            builder.singleton(chance.choice(("None", "True", "False")))
        for handle in made:
            if chance.random() < 0.1:
                builder.set_fact(handle, chance.choice(NAMES), chance.choice((0, -1, 500, -(1 << 60) + 1)))
        return builder.build()

    def _object(self, chance: random.Random, builder: GraphBuilder, number: int) -> Handle:
        return builder.add_object(
            chance.choice(self.types),
            size=chance.choice((0, 16, 5000, 1 << 40)),
            refcount=chance.choice((None, None, 0, 1, 2**32 - 1)),
            name=chance.choice(NAMES) if chance.random() < 0.4 else "",
            key=f"any {number}",
        )

    def _reference(
        self, chance: random.Random, builder: GraphBuilder, owner: Handle, made: list[Handle]
    ) -> None:
        target = chance.choice(made)
        kind = chance.choice(list(EdgeKind))
        if kind in (EdgeKind.KEY, EdgeKind.VALUE):
            builder.add_item(owner, chance.choice(made), target)
        elif kind is EdgeKind.INT_VALUE:
            builder.add_int_item(owner, chance.choice((-(1 << 62), 0, 7)), target)
        elif kind is EdgeKind.ELEMENT:
            builder.add_edge(owner, target, kind, index=chance.choice((0, 1, 1 << 30)))
        elif kind is not EdgeKind.TYPE:  # those are there without being said
            builder.add_edge(owner, target, kind, name=chance.choice(NAMES) if kind in NAMED_KINDS else "")


def write_any(graph: HeapGraph, directory: Path, number: int) -> Path:
    """Its files, as those of the snapshot with that number."""
    return write_snapshot(
        graph, directory, f"any-{number}", captured_at=f"2026-11-22T14:0{number}:07.123456Z"
    )
