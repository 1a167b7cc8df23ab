"""What the `gc` engine knows about references, sizes and counts; the native walk has the same tests of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from heapdiff.format import RootKind
from heapdiff.snapshot import read_snapshot
from tests.agent.heapread import Heap, read_heap
from tests.agent.setups import engine_setup
from tests.agent.target import Target

PROGRAM = """
import collections, functools, threading, types, weakref
class Session:
    limit = 5
    def __init__(self, n):
        self.names = [n]
        self.parent = None
class Slotted:
    __slots__ = ("left", "__weakref__")
class Materialised:
    def __init__(self): self.items = [1]
class Special(dict): pass
class Node:
    @functools.cached_property
    def heavy(self): return [1]
    def __init__(self): self.light = [2]
session = Session(1)
session.late = ["set from outside"]
slotted = Slotted(); slotted.left = ["left"]
materialised = Materialised(); materialised.__dict__
special = Special(key=["value"])
node = Node(); node.heavy
reference = weakref.ref(slotted, print)
queue = collections.deque([["first"], ["second"]])
table = {"secret@example.org": ["kept"], 7: ["seven"], None: ["none"], (1, 2): ["pair"]}
members = {("a", 1)}
def make(default=["default"], *, option=["option"]):
    free = ["free"]
    def inner(): return free
    return inner
inner = make()
@functools.lru_cache
def quote(number): return [number]
quote(1)
def put(key): return somewhere_unbound[key.attribute_unseen]
names = [id(each) for each in put.__code__.co_names]
def produce(argument):
    local = ["local"]
    yield argument
produced = produce(["argument"]); next(produced)
started = threading.Event()
def serve(backlog):
    request = ["request"]
    started.set()
    threading.Event().wait()
threading.Thread(target=serve, args=(["backlog"],), daemon=True).start()
started.wait()
static = types.SimpleNamespace
shared = ["shared"]
holders = [shared, shared, (shared,)]
gc.collect()
tracked = [id(each) for each in gc.get_objects()]
known = {name: id(value) for name, value in list(globals().items()) if not name.startswith("_")}
"""


@dataclass(frozen=True)
class Taken:
    """One snapshot of the program, and what the program says about itself."""

    target: Target
    heap: Heap
    summary: dict[str, Any]
    known: dict[str, int]

    def address(self, expression: str) -> int:
        return int(self.target.evaluate(f"id({expression})"))

    def label(self, owner: str, part: str) -> tuple[str, str]:
        """Kind and label of the reference from one expression's object to another's."""
        ends = (self.address(owner), self.address(part))
        found = [(kind, label) for source, kind, label, to in self.heap.references if (source, to) == ends]
        assert len(found) == 1, found
        return found[0]


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    directory = tmp_path_factory.mktemp("gc") / "snapshots"
    with Target(engine_setup("gc", directory) + PROGRAM) as target:
        known = target.evaluate("known")
        status = target.evaluate("snapshot()")
        assert (status["state"], status["error"]) == ("done", "")
        path = Path(status["path"])
        yield Taken(target, read_heap(path.with_suffix(".heap")), json.loads(path.read_text()), known)


def test_every_object_that_the_collector_tracks_is_recorded(taken: Taken) -> None:
    before, now = taken.target.evaluate("[tracked, [id(each) for each in gc.get_objects()]]")
    assert len(before) > 5000
    missing = set(before) & set(now) - set(taken.heap.types)
    types = taken.target.evaluate(
        f"[type(each).__qualname__ for each in gc.get_objects() if id(each) in {missing or [0]}]"
    )
    remade_by_a_fork = {"lock", "RLock", "builtin_function_or_method", "set", "tuple", "ReferenceType"}
    thread_locals = {"dict"}  # of other threads, which a fork ends; empty ones are tracked from 3.14 on
    assert set(types) <= remade_by_a_fork | thread_locals  # in the module `threading`
    assert len(types) < 20


@pytest.mark.parametrize(
    ("owner", "part", "kind", "label"),
    [
        ("session", "session.names", "NAMED", "names"),
        ("session", "session.late", "UNNAMED", ""),
        ("slotted", "slotted.left", "NAMED", "left"),
        ("materialised", "materialised.__dict__", "NAMED", "__dict__"),
        ("node", "node.__dict__", "NAMED", "__dict__"),
        ("special", "special['key']", "ITEMS", ""),
        ("queue", "queue[1]", "ELEMENTS", "1"),
        ("table", "table['secret@example.org']", "ITEMS", ""),
        ("table", "table[7]", "INT_ITEMS", ""),
        ("members", "next(iter(members))", "MEMBERS", ""),
        ("make", "make.__defaults__", "NAMED", "__defaults__"),
        ("make", "make.__kwdefaults__", "NAMED", "__kwdefaults__"),
        ("inner", "inner.__closure__", "NAMED", "__closure__"),
        ("inner.__closure__", "inner.__closure__[0]", "ELEMENTS", "0"),
        ("inner.__closure__[0]", "inner.__closure__[0].cell_contents", "NAMED", "cell_contents"),
        ("quote", "quote.__wrapped__", "NAMED", "func"),
        ("produced", "produced.gi_frame.f_locals['local']", "NAMED", "local"),
        ("reference", "print", "NAMED", "__callback__"),
        ("make", "make.__code__", "NAMED", "__code__"),
        ("Session", "Session.__mro__", "NAMED", "__mro__"),
    ],
)
def test_references_have_the_names_that_python_code_uses(
    taken: Taken, owner: str, part: str, kind: str, label: str
) -> None:
    assert taken.label(owner, part) == (kind, label)


def test_a_weak_reference_is_weak(taken: Taken) -> None:
    ends = (taken.known["reference"], taken.known["slotted"])
    assert [kind for source, kind, _, to in taken.heap.references if (source, to) == ends] == ["WEAK"]


def test_names_that_code_refers_to_are_recorded(taken: Taken) -> None:
    names = taken.target.evaluate("names")
    assert [taken.heap.names.get(address) for address in names] == ["somewhere_unbound", "attribute_unseen"]


def test_variables_of_a_running_thread_are_named_and_rooted(taken: Taken) -> None:
    frames = [address for kind, _, address in taken.heap.roots if kind == RootKind.THREAD]
    serving = next(address for address in frames if taken.heap.names.get(address) == "serve")
    labels = taken.heap.labels_of(serving)
    assert {"backlog", "request", "code"} <= set(labels)
    assert taken.heap.types[labels["backlog"]] == "list"
    assert serving in taken.heap.pseudo


def test_modules_are_roots_under_their_names(taken: Taken) -> None:
    roots = {name for kind, name, _ in taken.heap.roots if kind == RootKind.MODULE}
    assert {"sys", "builtins", "collections", "collections.abc"} <= roots


def test_reference_counts_are_those_of_the_process(taken: Taken) -> None:
    objects = ("shared", "table", "queue", "holders", "slotted", "Session", "make", "Special")
    counts = taken.target.evaluate(f"[sys.getrefcount(each) for each in ({', '.join(objects)})]")
    ours = [taken.heap.refcounts[taken.address(name)] for name in objects]
    extra = [count - known for count, known in zip(counts, ours, strict=True)]
    passed = 0 if sys.version_info >= (3, 14) else 1  # from 3.14 on an argument may borrow from the variable
    assert extra == [2 + passed] * len(objects)  # the tuple, the variable, and the argument of getrefcount


def test_sizes_are_those_of_sys_getsizeof(taken: Taken) -> None:
    objects = ("table", "queue", "holders", "slotted", "Session", "make", "members", "special", "quote")
    sizes = taken.target.evaluate(f"[sys.getsizeof(each) for each in ({', '.join(objects)})]")
    assert [taken.heap.sizes[taken.address(name)] for name in objects] == sizes


def test_the_text_of_keys_and_values_is_in_no_file(taken: Taken) -> None:
    folder = Path(taken.target.evaluate("engine.status()['path']")).parent
    written = b"".join(path.read_bytes() for path in folder.glob("host-*"))
    assert b"secret@example.org" not in written
    assert b"names" in written


def test_no_attribute_dict_is_made_in_the_process_or_the_file(taken: Taken) -> None:
    assert (
        taken.target.evaluate("[type(each).__name__ for each in gc.get_referents(session)]").count("dict")
        == 0
    )
    owned = [
        taken.heap.types[to] for source, _, _, to in taken.heap.references if source == taken.known["session"]
    ]
    assert "dict" not in owned


def test_the_captures_own_bookkeeping_is_not_in_the_snapshot(taken: Taken) -> None:
    ours = [each["type"] for each in taken.summary["types"] if each["type"].startswith("heapdiff.")]
    assert ours == []
    assert "heapdiff.agent.writing.job.Job" not in set(taken.heap.types.values())


@pytest.mark.slow
def test_a_type_that_is_not_ready_is_walked(tmp_path: Path) -> None:
    with Target("import heapdiff, os, _socket\nos.environ['HEAPDIFF_ENGINE'] = 'gc'") as target:
        path = target.evaluate(f"str(heapdiff.snapshot({str(tmp_path / 'a.json')!r}))")
    assert read_snapshot(Path(path)).summary.capture.engine == "gc"


@pytest.mark.gc_engine
def test_another_allocator_of_python_works(tmp_path: Path) -> None:
    """The walk marks addresses in steps of 16 bytes; those of malloc are behind what the debug hooks put before them."""
    with Target(engine_setup("gc", tmp_path / "snapshots"), PYTHONMALLOC="malloc_debug") as target:
        target.execute("held = [[n] for n in range(1000)]")
        addresses = target.evaluate("[id(each) for each in held]")
        heap = read_heap(Path(target.evaluate("snapshot()['path']")).with_suffix(".heap"))
    assert [address for address in addresses if heap.types.get(address) != "list"] == []
