"""Objects built to break a walker: all are captured, none of their code runs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.agent.compiled import sized_type
from tests.agent.heapread import Heap, read_heap
from tests.agent.target import NATIVE, Target

pytest.importorskip("heapdiff.agent._native", reason="no compiler here: the native engine was not built")

HOSTILE = r"""
import os
calls = []
def boom(*args, **named):
    calls.append(args[1:] or "called")
    raise RuntimeError("code of the application ran")
class Hostile:
    __class__ = property(boom)
    __sizeof__ = __hash__ = __repr__ = __str__ = __len__ = __iter__ = __eq__ = __bool__ = __getattr__ = __del__ = boom
    __getattribute__ = boom
class Proxy:
    def __init__(self, to): object.__setattr__(self, "to", to)
    @property
    def __class__(self): boom(self)
    def __getattribute__(self, name): boom(self, name)
    def __instancecheck__(self, other): boom(self)
class Liar(type):
    @property
    def __name__(cls): boom(cls)
    @property
    def __module__(cls): boom(cls)
    def __sizeof__(cls): boom(cls)
class Lying(metaclass=Liar): pass
class Dict(dict):
    __getitem__ = keys = items = values = __iter__ = __contains__ = __len__ = boom
class List(list):
    __getitem__ = __iter__ = __len__ = boom
names = ["new\nline", "<b>&\"'", "[bold]red[/]", "\x1b[31mred\x1b[0m", "n" * 10000, "\u202egnirts", "\ud800 surrogate", "\u4e2d\u6587"]
odd = [type(name.encode("utf-8", "replace").decode() if "\ud800" in name else name, (), {}) for name in names]
odd[0].__module__ = 42
odd_objects = [kind() for kind in odd]
zoo = [Hostile(), Proxy([1]), Lying(), Dict({"a": [1]}), List([[2]])]
ids = [id(one) for one in zoo] + [id(one) for one in odd_objects]
loop = []; loop.append(loop)
tangle = {}; tangle["self"] = tangle; tangle[0] = (tangle,)
"""


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with Target(NATIVE + f"configure({str(tmp_path_factory.mktemp('out'))!r})\n" + HOSTILE) as running:
        yield running


def test_hostile_objects_are_captured_and_none_of_their_code_runs(target: Target) -> None:
    status = target.evaluate("snapshot()")
    assert status["state"] == "done", status
    assert target.evaluate("len(calls)") == 0
    heap = read_heap(Path(status["path"]).with_suffix(".heap"))
    assert [address for address in target.evaluate("ids") if address not in heap.types] == []
    assert heap.types[target.evaluate("id(zoo[0])")] == "__main__.Hostile"
    assert heap.types[target.evaluate("id(zoo[2])")] == "__main__.Lying"


def test_of_odd_names_only_those_that_code_has_arrive(target: Target) -> None:
    """Seven classes, one of which has no module that could be read."""
    status = target.evaluate("snapshot(graph=False)")
    summary = json.loads(Path(status["path"]).read_text())
    assert summary["graph"] is None
    assert summary["capture"]["faults"] == 0
    counts = {one["type"]: one["count"] for one in summary["types"]}
    assert counts["__main__.\u4e2d\u6587"] == 1
    assert counts["__main__.<hidden>"] == 6
    assert counts["<hidden>"] == 1


def test_a_snapshot_without_graph_counts_the_same_types(target: Target) -> None:
    target.execute("snapshot()")
    with_graph = json.loads(Path(target.evaluate("snapshot()")["path"]).read_text())
    without = json.loads(Path(target.evaluate("snapshot(graph=False)")["path"]).read_text())
    counts = [{one["type"]: one["count"] for one in summary["types"]} for summary in (with_graph, without)]
    differences = {name: counts[1][name] - counts[0][name] for name in counts[0]}
    assert {
        name: delta for name, delta in differences.items() if abs(delta) > 4
    } == {}  # the calls' own code objects
    assert without["graph"] is None


def test_an_object_whose_own_c_code_crashes_costs_only_its_references(tmp_path: Path) -> None:
    setup = NATIVE + f"configure({str(tmp_path)!r})\n"
    setup += r"""
import array, ctypes, gc
gc.disable()
class Holder(Exception): pass
broken, fine = Holder([1]), [[2] for _ in range(10)]
# The exception's args now point into unmapped memory: reading its type crashes.
offset = next(n for n in range(16, 64, 8) if ctypes.c_void_p.from_address(id(broken) + n).value == id(broken.args))
kept = broken.args
ctypes.c_void_p.from_address(id(broken) + offset).value = 0x10
"""
    with Target(setup) as target:
        status = target.evaluate("snapshot()")
        assert status["state"] == "done", status
        heap = read_heap(Path(status["path"]).with_suffix(".heap"))
        assert heap.types[target.evaluate("id(broken)")] == "__main__.Holder"
        assert all(address in heap.types for address in target.evaluate("[id(one) for one in fine]"))
        assert json.loads(Path(status["path"]).read_text())["capture"]["faults"] >= 1
        target.execute("ctypes.c_void_p.from_address(id(broken) + offset).value = id(kept)")


def test_structures_far_deeper_than_a_stack_are_walked_without_a_deep_stack(tmp_path: Path) -> None:
    setup = NATIVE + f"configure({str(tmp_path)!r})\n"
    setup += """
deep_list, deep_tuple = [], ()
for _ in range(300_000):  # 8 MB for calls of 27 bytes each
    deep_list = [deep_list]
    deep_tuple = (deep_tuple,)
"""
    with Target(setup) as target:
        status = target.evaluate("snapshot()")
        assert status["state"] == "done", status
        types = {one["type"]: one["count"] for one in json.loads(Path(status["path"]).read_text())["types"]}
        assert types["list"] >= 300_000
        assert types["tuple"] >= 300_000


LOCKED_ALLOCATOR = r"""
#include <unistd.h>
static pid_t parent;
static PyMemAllocatorEx original;
static void *locked_malloc(void *context, size_t bytes)
{
    while (getpid() != parent) {
        pause();
    }
    return original.malloc(original.ctx, bytes);
}
__attribute__((constructor)) static void hold(void)
{
    PyMem_GetAllocator(PYMEM_DOMAIN_OBJ, &original);
    PyMemAllocatorEx locked = original;
    locked.malloc = locked_malloc;
    parent = getpid();
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &locked);
}
static PyObject *sized(PyObject *self, PyObject *ignored)
{
    return PyLong_FromLong(1 << 20);
}
"""


def test_children_wait_for_no_lock_of_the_applications_allocator(tmp_path: Path) -> None:
    setup = NATIVE + sized_type(tmp_path / "code", "locked", LOCKED_ALLOCATOR) + "held = Sized()\n"
    with Target(setup + f"configure({str(tmp_path)!r})") as target:
        assert target.evaluate("_native.self_check()") is None
        assert target.evaluate("snapshot()['state']") == "done"


ALLOCATING = """
static PyObject *sized(PyObject *self, PyObject *ignored)
{
    for (int i = 0; i < 5000; i++) {
        PyList_New(0);
    }
    return PyLong_FromLong(1000);
}
"""


def test_c_code_that_allocates_brings_no_collection_into_the_child(tmp_path: Path) -> None:
    setup = NATIVE + sized_type(tmp_path / "code", "allocating", ALLOCATING)
    setup += f"""
import gc, os
parent, mark = os.getpid(), {str(tmp_path / "mark")!r}
class Node:
    __slots__ = ("other",)
    def __del__(self):
        if os.getpid() != parent:
            open(mark, "w").close()
held = Sized()
gc.collect()
one, other = Node(), Node()
one.other, other.other = other, one
del one, other
"""
    with Target(setup + f"configure({str(tmp_path)!r})") as target:
        assert target.evaluate("snapshot()['state']") == "done"
        assert not (tmp_path / "mark").exists()


PRINTING = """
static PyObject *sized(PyObject *self, PyObject *ignored)
{
    fprintf(stderr, "an error");
    printf("a word");
    fflush(stdout);
    return PyLong_FromLong(1000);
}
"""


def test_what_c_code_prints_in_the_child_goes_nowhere(tmp_path: Path) -> None:
    setup = NATIVE + sized_type(tmp_path / "code", "printing", PRINTING) + f"configure({str(tmp_path)!r})\n"
    with Target(setup + "held = Sized()") as target:
        status = target.evaluate("snapshot()")
        assert status["state"] == "done"
        heap = read_heap(Path(status["path"]).with_suffix(".heap"))
        assert heap.types[target.evaluate("id(held)")] == "printing.Sized"
        assert "an error" not in target.errors()


def test_a_slot_whose_name_exceeds_every_identifier_is_walked_without_its_name(target: Target) -> None:
    target.execute("""
long = ["a" * 1_021, "b" * 70_000, "c" * 1_000_000]
class Wordy: __slots__ = ("short", *long)
wordy = Wordy(); wordy.short = [0]
for number, name in enumerate(long): object.__setattr__(wordy, name, [number])
""")
    status = target.evaluate("snapshot()")
    assert status["state"] == "done", status
    heap = read_heap(Path(status["path"]).with_suffix(".heap"))
    wordy = target.evaluate("id(wordy)")
    labels = [label for owner, _, label, _ in heap.references if owner == wordy]
    assert sorted(labels) == ["", "", "", "short"]


def test_a_class_named_as_numpys_array_is_not_read_as_one(target: Target) -> None:
    target.execute("""
slots = [f"slot_{number}" for number in range(6)]
Posing = type("numpy.ndarray", (), {"__slots__": slots})
posing = Posing()
for name in slots: object.__setattr__(posing, name, [name])
""")
    status = target.evaluate("snapshot()")
    assert status["state"] == "done", status
    labels = read_heap(Path(status["path"]).with_suffix(".heap")).labels_of(target.evaluate("id(posing)"))
    assert sorted(labels) == target.evaluate("slots")


STALE = """
import ctypes, gc
gc.disable()
def stale(kind=0x10):
    "A list whose item points to memory that is no object any more: its type cannot be read."
    memory, owner = (ctypes.c_uint64 * 4)(5, kind), [None]
    item = ctypes.c_uint64.from_address(id(owner) + list.__basicsize__ - 16)
    ctypes.c_uint64.from_address(item.value).value = ctypes.addressof(memory)
    return owner, memory
def break_sizes(kind, code=0x10):
    "From now on the type's own C code crashes when it is asked for a size."
    method = ctypes.c_uint64.from_address(id(vars(kind)["__sizeof__"]) + 40)
    ctypes.c_uint64.from_address(method.value + 8).value = code
"""


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[Target]:
    """A process for broken objects: it is killed before anything of its own reads them."""
    with Target(NATIVE + f"configure({str(tmp_path)!r})\n" + STALE) as running:
        yield running


def captured(target: Target, expression: str = "snapshot()") -> tuple[Heap, dict[str, Any]]:
    status = target.evaluate(expression)
    assert status["state"] == "done", status
    path = Path(status["path"])
    return read_heap(path.with_suffix(".heap")), json.loads(path.read_text())


def test_types_keep_their_numbers_after_one_that_cannot_be_read(broken: Target) -> None:
    broken.execute("""
remains = [stale() for _ in range(3)]
class Late: pass
class Later: pass
late, later = [Late() for _ in range(10)], [Later() for _ in range(10)]
addresses = [ctypes.addressof(memory) for _, memory in remains]
""")
    heap, summary = captured(broken)
    assert {heap.types[at] for at in broken.evaluate("[id(one) for one in late]")} == {"__main__.Late"}
    assert {heap.types[at] for at in broken.evaluate("[id(one) for one in later]")} == {"__main__.Later"}
    counts = {one["type"]: one["count"] for one in summary["types"]}
    assert (counts["__main__.Late"], counts["__main__.Later"]) == (10, 10)
    assert summary["capture"]["objects"] == sum(counts.values())
    assert summary["capture"]["faults"] == 1
    known = [heap.types.get(at) for at in broken.evaluate("addresses")]
    assert sorted(known, key=str) == [None, "unreadable object", "unreadable object"]


@pytest.mark.slow
def test_a_crash_over_a_local_variable_costs_no_root(broken: Target) -> None:
    broken.execute("def ask(variable): return snapshot()")
    whole, _ = captured(broken, "ask(1)")
    broken.execute("held = bytearray(9); break_sizes(bytearray)")
    heap, summary = captured(broken, "ask(held)")
    assert summary["capture"]["faults"] >= 1
    held = broken.evaluate("id(held)")
    assert heap.types[held] == "bytearray"
    assert "variable" in {label for _, _, label, to in heap.references if to == held}
    assert Counter((kind, name) for kind, name, _ in heap.roots) == Counter(
        (kind, name) for kind, name, _ in whole.roots
    )


def test_a_broken_thread_object_costs_the_threads_name(broken: Target) -> None:
    broken.execute("""
import threading
class Thread: pass
thread = threading._active[threading.get_ident()] = Thread()
ctypes.c_uint64.from_address(id(thread) + 8).value = 0x10
""")
    heap, summary = captured(broken)
    assert summary["capture"]["faults"] >= 1
    assert {name.rstrip("0123456789") for kind, name, _ in heap.roots if kind == 3} == {"thread-"}
    assert "threading" in {name for kind, name, _ in heap.roots if kind == 1}


def test_a_crash_over_one_of_many_elements_costs_no_reference_to_the_others(broken: Target) -> None:
    broken.execute("""
import collections
held = collections.deque([bytearray(9), *map(str, range(3000))])
break_sizes(bytearray)
""")
    heap, summary = captured(broken)
    assert summary["capture"]["faults"] >= 1
    held = broken.evaluate("id(held)")
    elements = {int(label): to for owner, _, label, to in heap.references if owner == held}
    assert [elements[at] for at in range(3001)] == broken.evaluate("[id(one) for one in held]")


def test_an_object_whose_size_cannot_be_read_costs_no_other_its_size(broken: Target) -> None:
    broken.execute("""
import array, sys
held = [array.array("d", range(100)) for _ in range(10)]
size = sys.getsizeof(held[0])
# The first array's description of its items now points into unmapped memory: asking for its size crashes.
ctypes.c_uint64.from_address(id(held[0]) + 40).value = 0x10
""")
    heap, summary = captured(broken)
    sizes = [heap.sizes[at] for at in broken.evaluate("[id(one) for one in held]")]
    assert sizes[1:] == [broken.evaluate("size")] * 9
    assert 0 < sizes[0] < sizes[1]
    assert summary["capture"]["faults"] == 1


def test_c_code_that_aborts_costs_only_its_object_a_size(broken: Target) -> None:
    broken.execute("""
held = bytearray(9)
break_sizes(bytearray, ctypes.cast(ctypes.CDLL(None).abort, ctypes.c_void_p).value)
""")
    heap, summary = captured(broken)
    assert heap.types[broken.evaluate("id(held)")] == "bytearray"
    assert summary["capture"]["faults"] >= 1
