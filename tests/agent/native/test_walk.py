"""What the native walk records, checked against what the process knows of itself."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from heapdiff.agent.engines.selfcheck import find_moved
from tests.agent.heapread import Heap, read_heap
from tests.agent.setups import ON_GLIBC
from tests.agent.target import NATIVE, Target

pytest.importorskip("heapdiff.agent._native", reason="no compiler here: the native engine was not built")


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    with Target(NATIVE + f"configure({str(tmp_path)!r})") as running:
        yield running


def take(target: Target) -> Path:
    """The graph of a new snapshot."""
    status = target.evaluate("snapshot()")
    assert status["state"] == "done", status
    return Path(status["path"]).with_suffix(".heap")


def take_summary(target: Target) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads(take(target).with_suffix(".json").read_text())
    return summary


ORACLE = """
import collections, decimal, gc, io, random, sqlite3, sys, types, weakref
import xml.etree.ElementTree as ElementTree
class Plain:
    def __init__(self, n): self.number, self.items, self.table = n, [n], {"n": n}
class Slotted:
    __slots__ = ("left", "__weakref__")
class Special(dict): pass
class Meta(type): pass
class WithMeta(metaclass=Meta): pass
plain = [Plain(n) for n in range(400)]
for one in plain[:50]: one.__dict__
zoo = [Slotted(), Special(a=[1]), WithMeta(), {n: str(n) for n in range(3000)}, {str(n): (n, (n,)) for n in range(3000)},
    collections.OrderedDict((str(n), [n]) for n in range(60)), collections.defaultdict(list, {"a": [1]}),
    collections.deque(range(3000, 3400)), set(map(str, range(500))), frozenset({(1,)}), decimal.Decimal(3),
    sqlite3.connect(":memory:"), io.BytesIO(b"x" * 5000), io.StringIO("y"), random.Random(1), types.SimpleNamespace(a=1),
    ElementTree.fromstring("<a><b/></a>"), weakref.WeakValueDictionary({1: plain[0]}), (n for n in plain), ValueError([1]),
    collections.namedtuple("Point", "x y")(1, [2]), memoryview(bytearray(9)), range(10**9), slice([1], [2]), 1 << 900]
gc.collect(); gc.disable()

def reachable(roots):
    seen, todo = {}, list(roots)
    while todo:
        one = todo.pop()
        if id(one) not in seen:
            seen[id(one)] = one
            todo.extend(gc.get_referents(one))
            todo.append(type(one))
            if issubclass(type(one), dict):
                todo.extend(dict.keys(one))
    return seen

def name(kind):
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
"""


SIZES = """
import array
class Count(int): pass
# attributes inline in the instance count for us; for getsizeof only from 3.13 on
parts = [one for probe in zoo for one in (probe, *gc.get_referents(probe))]
parts += [array.array("d", range(100)), bytearray(77), "\\u4e2d" * 50, b"bytes", 1.5, 2j, 1 << 500, True, Count(7), print, len, str.join, type, int]
def has_inline_attributes(one): return type(one).__flags__ & (1 << 4) != 0
exact = {id(one): sys.getsizeof(one) for one in parts if not has_inline_attributes(one)}
# before 3.13 getsizeof adds the collector's header to static types, which have none
header = 16 if sys.version_info < (3, 13) else 0
exact |= {id(one): sys.getsizeof(one) - header for one in parts if type(one) is type and not one.__flags__ & (1 << 9)}
names = {id(one): name(type(one)) for one in parts}
"""
VIEW = """
gc.collect(); seen = reachable(gc.get_objects()); view = {address: name(type(one)) for address, one in seen.items()}
import json; text = json.dumps(view); del seen, view; gc.collect()
"""


@dataclass(frozen=True)
class Known:
    """What a process knows of itself, by address, and its snapshot."""

    view: dict[int, str]
    sizes: dict[int, int]
    names: dict[int, str]
    heap: Heap


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Known:
    """The types of what the collector's view reaches, and sizes; the view itself is gone when the snapshot is taken."""
    setup = NATIVE + f"configure({str(tmp_path_factory.mktemp('oracle'))!r})\n" + ORACLE + SIZES
    with Target(setup) as target:
        target.execute(VIEW)
        heap = read_heap(take(target))
        view, sizes, names = (
            {int(address): each for address, each in found.items()}
            for found in target.evaluate("[json.loads(text), exact, names]")
        )
    return Known(view, sizes, names, heap)


def test_everything_that_the_collectors_view_reaches_is_recorded_under_the_same_type(known: Known) -> None:
    oracle, heap = known.view, known.heap
    missed = {kind for address, kind in oracle.items() if address not in heap.types}
    of_the_oracle_itself = {
        "dict",
        "list",
        "tuple",
        "int",
        "str",
        "frame",
        "function",
        "code",
        "bytes",
        "cell",
    }
    assert missed <= of_the_oracle_itself
    lasting = {address: kind for address, kind in oracle.items() if kind not in of_the_oracle_itself}
    assert {address: heap.types.get(address) for address in lasting} == lasting
    assert len(lasting) > 5000


def test_counts_by_type_exceed_the_collectors_view_only_where_it_cannot_follow(known: Known) -> None:
    oracle, heap = known.view, known.heap
    owners: dict[int, set[tuple[str, str]]] = {}
    for owner, kind, label, referent in heap.references:
        owners.setdefault(referent, set()).add((heap.types[owner], kind if kind != "NAMED" else label))
    more = set(heap.types) - set(oracle) - heap.pseudo - {address for _, _, address in heap.roots}
    unexplained = set(more)
    pending = {address for address in more if any(is_blind_spot(*why) for why in owners.get(address, ()))}
    while pending:  # what hangs below a blind spot is as invisible as the spot
        unexplained -= pending
        below = {to for owner, _, _, to in heap.references if owner in pending}
        pending = below & unexplained
    allowed = {
        "str",
        "int",
        "dict",
        "list",
        "tuple",
        "list_iterator",
        "bytes",
    }  # alive for the snapshot call only
    assert {heap.types[address] for address in unexplained} <= allowed
    assert len(unexplained) < 40


def is_blind_spot(owner: str, how: str) -> bool:
    """References that `gc.get_referents` does not report, each for a reason of CPython's own."""
    return (
        owner == "code"  # code objects do not take part in collection
        or owner == "running frame"  # frames of running code are no objects
        or how == "ITEMS"  # tp_traverse of a dict with only string keys skips them
        or how == "WEAK"  # alive through somebody else, who is native
        or how
        in {
            "__name__",
            "__qualname__",
            "__slots__",
            "tp_subclasses",
            "__dict__",
            "__bases__",
            "__mro__",
            "tp_cache",
        }
        or how
        in {
            "INT_ITEMS",
            "LAYOUT",
        }  # inline values of types whose tp_traverse leaves them out; range's members
    )


@pytest.mark.slow
def test_sizes_equal_getsizeof_where_it_tells_all(known: Known) -> None:
    ours = known.heap.sizes
    wrong = {(known.names[at], ours[at] - size) for at, size in known.sizes.items() if ours[at] != size}
    # getsizeof leaves out the head of a split table's values: one byte an attribute, rounded up, and from 3.13 on 8 more
    assert wrong - {("dict", head) for head in (8, 16, 24, 32, 40)} == set()
    assert len(known.sizes) > 200


NEWER_KINDS = {
    (3, 11): "async def made():\n    kept = [1]; held.append(kept); yield\n"
    "probe = made()\ntry: probe.__anext__().send(None)\nexcept StopIteration: pass",
    (
        3,
        12,
    ): "held.append([1]); scope = {'held': held}; exec('type probe = held[0]', scope); probe = scope['probe']; probe.__value__",
    (3, 14): "held.append([1]); probe = eval('t\"{held[0]}\"').interpolations[0]",
    (3, 15): "held.append([1]); probe = frozendict(key=held[0])",
}
LABELS = {(3, 11): "kept", (3, 12): "", (3, 14): "value", (3, 15): ""}
HERE = [version for version in NEWER_KINDS if sys.version_info >= version]
PROGRAMS = {
    "keys": "cache = {f'key {n}': [n] for n in range(1000)}",
    "attributes": """
class Session:
    def __init__(self): self.user, self.cart = [1], [2]
session = Session()
""",
    "names": """
class Slotted:
    __slots__ = ("left", "right")
    held = [0]
slotted = Slotted(); slotted.left = [1]
def outer():
    cellar = [2]
    def inner(extra=[3], *, only=[4]): return cellar
    return inner
inner = outer()
""",
    "threads": """
import threading
started, ended = threading.Event(), threading.Event()
def serve():
    backlog = [1]
    addresses["backlog"] = id(backlog)
    started.set(); ended.wait()
def produce():
    pending = [2]
    addresses["pending"] = id(pending)
    yield pending
async def answer():
    body = [3]
    addresses["body"] = id(body)
    await forever()
class forever:
    def __await__(self): yield
addresses = {}
thread = threading.Thread(target=serve, daemon=True, name="s3cret name"); thread.start(); started.wait()
named = threading.Thread(target=ended.wait, daemon=True, name="collector"); named.start()
generator = produce(); next(generator)
coroutine = answer(); coroutine.send(None)
""",
    "counts": "import sys; class_of = None; held = [object()]; again = [held, held, held]; before = sys.getrefcount(held)",
    "borrowed": """
import threading
ended, started = threading.Event(), threading.Event()
def pause(one):
    started.set(); ended.wait()
def serve(backlog, numbers):
    max(numbers, key=pause)
def main():
    held, counts = [[1]], [1, 2]
    addresses.update(held=id(held), counts=id(counts))
    serve(held, counts)
addresses = {}
thread = threading.Thread(target=main, daemon=True); thread.start(); started.wait()
""",
    "interned": "import sys; held = sys.intern('not a constant of any code'.replace('any', 'some'))",
    "untracked": "untracked = (1.5, ('text', (2.5,)))",
    "items": """
import enum
class Number(int): pass
class Pair(tuple): pass
class Raw(bytes): pass
class Colour(enum.IntEnum): RED = 1 << 70
many = [Number(0), Number(-(1 << 200)), Pair((1, 2, 3)), Raw(b"four bytes"), Pair()]
for one in many: one.held = [1]
""",
    "code": """
import os.path
def put(key): return somewhere_unbound[key.attribute_unseen]
def load():
    import package_unseen.module_unseen
posing = put.__code__.replace(co_names=("s3cret text", "attribute_unseen"))
""",
    "structures": "import gc, os, time; held = [os.stat('/'), time.localtime()]",
    "own": "from heapdiff.agent.engines.selfcheck import Plain; held = [Plain(1) for _ in range(5)]",
    "frozen": "import gc; frozen = [[n] for n in range(10)]; gc.freeze()",
    **{f"newer {version}": "held = []\n" + NEWER_KINDS[version] for version in HERE},
}
RUN = """
import gc
spaces = {}
for name, code in programs.items():
    spaces[name] = {"__name__": name}
    exec(code, spaces[name])
gc.collect()
"""


@dataclass(frozen=True)
class Taken:
    """One process in which all the programs ran, and its snapshot."""

    target: Target
    heap: Heap
    summary: dict[str, Any]

    def ask(self, program: str, expression: str) -> Any:
        return self.target.evaluate(f"eval({expression!r}, spaces[{program!r}])")


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    setup = (
        NATIVE + f"configure({str(tmp_path_factory.mktemp('programs'))!r})\nprograms = {PROGRAMS!r}\n" + RUN
    )
    with Target(setup) as target:
        path = take(target)
        yield Taken(target, read_heap(path), json.loads(path.with_suffix(".json").read_text()))


def test_nothing_that_the_programs_make_is_faulty(taken: Taken) -> None:
    assert taken.summary["capture"]["faults"] == 0


def test_string_keys_of_dicts_are_recorded(taken: Taken) -> None:
    assert all(taken.heap.types[key] == "str" for key in taken.ask("keys", "[id(key) for key in cache]"))


def test_attributes_are_named_and_no_dict_is_made_for_them(taken: Taken) -> None:
    session, user, cart = taken.ask("attributes", "[id(session), id(session.user), id(session.cart)]")
    assert taken.heap.labels_of(session) == {"user": user, "cart": cart}
    code = "[type(one).__name__ for one in __import__('gc').get_referents(session)]"
    assert "dict" not in taken.ask("attributes", code)


def test_slots_closures_defaults_and_namespaces_are_named(taken: Taken) -> None:
    def ask(expression: str) -> int:
        return int(taken.ask("names", expression))

    heap = taken.heap
    assert heap.labels_of(ask("id(slotted)")) == {"left": ask("id(slotted.left)")}
    function = heap.labels_of(ask("id(inner)"))
    assert function["__defaults__"] == ask("id(inner.__defaults__)")
    assert function["__closure__"] == ask("id(inner.__closure__)")
    assert function["__kwdefaults__"] == ask("id(inner.__kwdefaults__)")
    cell = ask("id(inner.__closure__[0])")
    assert heap.labels_of(cell) == {"cell_contents": ask("id(inner.__closure__[0].cell_contents)")}
    namespace = heap.labels_of(ask("id(Slotted)"))["__dict__"]
    keys = {
        heap.names.get(at) for owner, kind, _, at in heap.references if owner == namespace and kind == "ITEMS"
    }
    assert {"held", "left", "right", "__slots__"} <= keys
    assert heap.names[ask("id(inner)")] == "outer.<locals>.inner"


def test_names_that_code_refers_to_are_recorded_and_no_other_text_in_their_place(taken: Taken) -> None:
    def names(code: str) -> list[str]:
        return [taken.heap.names.get(at, "") for at in taken.ask("code", f"[*map(id, {code}.co_names)]")]

    assert names("put.__code__") == ["somewhere_unbound", "attribute_unseen"]
    assert names("load.__code__")[0] == "package_unseen.module_unseen"
    assert names("posing") == ["", "attribute_unseen"]


def test_locals_of_every_thread_and_of_suspended_generators_are_named(taken: Taken) -> None:
    addresses = taken.ask("threads", "addresses")
    named = {(label, at) for _, _, label, at in taken.heap.references}
    assert {(name, addresses[name]) for name in ("backlog", "pending", "body")} <= named
    threads = {name for kind, name, _ in taken.heap.roots if kind == 3}
    assert {"MainThread", "collector"} <= threads
    assert not any("s3cret" in name for name in threads)


def test_a_leak_of_a_thousand_objects_with_three_strings_is_exactly_that(target: Target) -> None:
    target.execute("""
import gc
class Session:
    def __init__(self, n): self.user, self.token, self.agent = f"user {n}", f"token {n}", f"agent {n}"
SESSIONS = {}
def leak(count):
    base = len(SESSIONS)
    for n in range(base, base + count): SESSIONS[f"key {n}"] = Session(n)
leak(10); gc.collect()
""")
    take(target)
    before = take_summary(target)
    target.execute("leak(1000)")
    after = take_summary(target)
    counts = [{one["type"]: one["count"] for one in summary["types"]} for summary in (before, after)]
    grown = {name: counts[1][name] - counts[0].get(name, 0) for name in counts[1]}
    assert {name: delta for name, delta in grown.items() if delta} == {"__main__.Session": 1000, "str": 4000}


def test_two_snapshots_of_an_idle_process_have_the_same_types(target: Target) -> None:
    target.execute("import gc; gc.collect(); gc.disable()")
    for _ in range(2):
        take(target)
    first, second, third = (take_summary(target)["types"] for _ in range(3))
    assert first == second == third


def test_twenty_snapshots_leave_nothing_in_the_process(target: Target) -> None:
    target.execute("""
import gc, os, sys
def visible():
    gc.collect()
    return len(gc.get_objects()), sys.getallocatedblocks(), len(os.listdir("/proc/self/fd"))
for _ in range(3): snapshot()
visible()
""")
    before = target.evaluate("before", "before = visible()")
    after = target.evaluate("visible()", "for _ in range(20): snapshot()")
    assert after[0] == before[0]
    assert abs(after[1] - before[1]) <= 2
    assert after[2] == before[2]


def test_reference_counts_are_recorded_and_unchanged(taken: Taken) -> None:
    now, before, held = taken.ask("counts", "[sys.getrefcount(held), before, id(held)]")
    assert now == before
    assert taken.heap.refcounts[held] == before - 1


def strong_references(heap: Heap) -> Counter[int]:
    """How often each object is referred to, weak references aside."""
    return Counter(target for _, kind, _, target in heap.references if kind != "WEAK")


def test_arguments_that_a_frame_borrows_from_its_caller_count_as_references(taken: Taken) -> None:
    heap, addresses = taken.heap, taken.ask("borrowed", "addresses")
    referred = strong_references(heap)
    assert referred[addresses["held"]] == heap.refcounts[addresses["held"]] == 2
    below_max = heap.refcounts[addresses["counts"]] - referred[addresses["counts"]]
    assert below_max == 0 or (
        below_max == 1 and sys.version_info < (3, 14)
    )  # where a running frame's stack is not saved


@pytest.mark.parametrize("version", HERE)
def test_kinds_that_newer_versions_brought_refer_to_what_they_hold(
    taken: Taken, version: tuple[int, int]
) -> None:
    code = "[id(probe), id(held[0]), __import__('sys').getsizeof(probe)]"
    probe, held, size = taken.ask(f"newer {version}", code)
    assert LABELS[version] in {
        name for owner, _, name, to in taken.heap.references if (owner, to) == (probe, held)
    }
    assert taken.heap.sizes[probe] == size


def test_interned_strings_are_not_held_by_the_table_of_them(taken: Taken) -> None:
    heap, interned = taken.heap, taken.ask("interned", "id(held)")
    assert heap.refcounts[interned] == (
        0 if sys.version_info[:2] == (3, 12) else 1
    )  # there they are immortal
    assert strong_references(heap)[interned] == 1
    tables = {address for _, name, address in heap.roots if name == "interned_strings"}
    assert len(tables) == int(sys.version_info >= (3, 14))
    assert not any(owner in tables for owner, _, _, _ in heap.references)


def test_frozen_and_untracked_objects_are_found(taken: Taken) -> None:
    addresses = taken.ask("frozen", "[*map(id, frozen)]")
    addresses += taken.ask("untracked", "[id(untracked), id(untracked[1]), id(untracked[1][1])]")
    assert [address for address in addresses if address not in taken.heap.types] == []


def test_heapdiffs_own_types_are_not_counted(taken: Taken) -> None:
    counts = taken.summary["types"]
    assert [one for one in counts if one["type"].startswith("heapdiff")] == []
    assert taken.summary["capture"]["objects"] == sum(one["count"] for one in counts)
    assert taken.summary["capture"]["bytes"] == sum(one["bytes"] for one in counts)


def test_every_extension_of_the_standard_library_can_be_read_without_a_fault(target: Target) -> None:
    target.execute("""
import importlib, sys, warnings
warnings.simplefilter("ignore")
for module in sorted(sys.stdlib_module_names):
    if module not in ("antigravity", "this", "idlelib", "turtledemo", "turtle", "tkinter", "__main__"):
        try: importlib.import_module(module)
        except ImportError: pass
class Point(__import__("ctypes").Structure): _fields_ = [("x", __import__("ctypes").c_int)]
point = Point(3)
""")
    assert target.evaluate("_native.self_check()") is None
    assert take_summary(target)["capture"]["faults"] == 0


def malloc_uses(figures: dict[str, int], least: int) -> bool:
    """So many bytes at least, by glibc's own word; another malloc says nothing."""
    return figures["malloc_used_bytes"] >= least if ON_GLIBC else "malloc_used_bytes" not in figures


def test_memory_that_the_allocators_keep_free_is_told_apart(target: Target) -> None:
    target.execute("small = [object() for _ in range(400_000)]; kept = small[::50]")
    before = take_summary(target)
    target.execute("del small")
    after = take_summary(target)
    figures = [summary["memory"]["allocator"] for summary in (before, after)]
    assert figures[0]["pymalloc_used_bytes"] - figures[1]["pymalloc_used_bytes"] > 5_000_000
    assert figures[1]["pymalloc_free_bytes"] - figures[0]["pymalloc_free_bytes"] > 4_000_000
    assert malloc_uses(figures[1], 1)


WITHOUT_PYMALLOC = ("malloc", "malloc_debug", *(("mimalloc",) if sys.version_info >= (3, 13) else ()))


@pytest.mark.parametrize("allocator", WITHOUT_PYMALLOC)
def test_allocators_figures_are_missing_not_wrong_without_pymalloc(tmp_path: Path, allocator: str) -> None:
    with Target(NATIVE + f"configure({str(tmp_path)!r})", PYTHONMALLOC=allocator) as target:
        summary = take_summary(target)
    assert not {name for name in summary["memory"]["allocator"] if name.startswith("pymalloc")}
    least = 1_000_000 if allocator.startswith("malloc") else 1
    assert malloc_uses(summary["memory"]["allocator"], least)


def test_allocators_figures_are_there_with_a_debugging_pymalloc(tmp_path: Path) -> None:
    with Target(NATIVE + f"configure({str(tmp_path)!r})", PYTHONMALLOC="debug") as target:
        summary = take_summary(target)
    assert summary["memory"]["allocator"]["pymalloc_used_bytes"] > 1_000_000


def test_attributes_of_subclasses_with_items_are_found(taken: Taken) -> None:
    for owner, held in taken.ask("items", "[(id(one), id(one.held)) for one in many]"):
        namespace = taken.heap.labels_of(owner).get("__dict__")
        found = {to for source, _, _, to in taken.heap.references if source in (owner, namespace)}
        assert held in found


@pytest.mark.parametrize(
    ("expectation", "reason"),
    [
        ("[(id(probe), sys.getsizeof(probe) + 8)], [], []", "an unexpected size"),
        ("[(16, 8)], [], []", "test objects were not found"),
        (
            "[], [(id(probe), 'missing', id(probe))], []",
            "references of test objects were not found, such as missing",
        ),
        ("[], [], [4096]", "tracked by the collector were not found"),
    ],
)
def test_the_self_check_says_what_does_not_fit(target: Target, expectation: str, reason: str) -> None:
    target.execute("import sys; probe = [1]")
    assert reason in target.evaluate(f"_native._verify({expectation})")
    assert target.evaluate("_native._verify([(id(probe), sys.getsizeof(probe))], [], [id(probe)])") is None


def test_offsets_that_the_interpreter_publishes_are_those_built_in(target: Target) -> None:
    layout = target.evaluate("_native._layout()")
    assert (len(layout) >= 38) == (sys.version_info >= (3, 13))
    assert find_moved(layout) is None


def test_a_build_for_another_release_is_refused_with_what_moved() -> None:
    layout = [("PyThreadState.next", 8, 8), ("PyThreadState.current_frame", 72, 80), ("frame.owner", 74, 70)]
    reason = find_moved(layout)
    assert reason is not None
    assert "PyThreadState.current_frame, frame.owner differ here" in reason


def test_each_item_of_a_struct_sequence_is_one_reference_with_its_name(taken: Taken) -> None:
    for number, name in enumerate(("st_mode", "tm_year")):
        address = taken.ask("structures", f"id(held[{number}])")
        references = [each for each in taken.heap.references if each[0] == address]
        referents = f"(one for one in gc.get_referents(held[{number}]) if one is not type(held[{number}]))"
        expected = taken.ask("structures", f"sorted(map(id, {referents}))")
        assert sorted(to for _, _, _, to in references) == expected
        assert name in {label for _, _, label, _ in references}
