"""Samples find the objects that they are of, by every block that an object owns, and say which code made it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from heapdiff.format import ModuleOwner, RootKind, SampleSource
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.loading import load
from heapdiff.graph.samples import CodePlace, Samples
from heapdiff.snapshot import read_snapshot
from tests.agent.heapread import read_heap
from tests.agent.seccomp import ON_X86, REFUSE
from tests.agent.target import NATIVE, Target

pytest.importorskip("heapdiff.agent._native", reason="no compiler here: the native engine was not built")

BUFFER_BYTES = sys.getsizeof(b"") if sys.version_info >= (3, 15) else 1  # of a bytearray, beyond its content
SETUP = """
import array, collections, ctypes, gc, io, sys
from heapdiff.agent.engines.choice import load_native
load_native()
gc.disable()
class Plain:
    def __init__(self, n): self.number, self.items = n, None
class Text(str): pass
def cached(text):
    ctypes.pythonapi.PyUnicode_AsUTF8(ctypes.py_object(text))
    return text
def written(n):
    stream = io.BytesIO()
    stream.write(bytes([n]) * 2000)
    return stream
MAKERS = dict(
    list=lambda n: [n] * 100,
    dict=lambda n: {(n, i): i for i in range(100)},
    emptied=lambda n: collections.defaultdict(list, {str(n): n}),
    ordered=lambda n: collections.OrderedDict.fromkeys(range(n, n + 50)),
    set=lambda n: set(range(n, n + 200)),
    frozenset=lambda n: frozenset(range(n, n + 200)),
    tuple=lambda n: (n,) * 100,
    bytearray=lambda n: bytearray(2000),
    bytes=lambda n: bytes(2000),
    text=lambda n: cached("\\u20ac" * 500 + str(n)),
    subclass=lambda n: Text("x" * 500 + str(n)),
    array=lambda n: array.array("d", range(200)),
    deque=lambda n: collections.deque(range(300)),
    stream=lambda n: written(n),
    plain=lambda n: Plain(n),
    klass=lambda n: type("Made", (), {"__doc__": "x" * 200}),
)
def make():
    return {name: [maker(n) for n in range(3)] for name, maker in MAKERS.items()}
def made():
    global KEPT, RESERVE
    RESERVE = [([], {}, {n: 1}, {str(n): 1}) for n in range(200)]  # no object comes from a list of free ones
    KEPT = make()
    return {name: [id(one) for one in those] for name, those in KEPT.items()}
"""
# Bytes in buffers of each object, besides the object itself.
BUFFERS = {
    "list": (1, 800),
    "dict": (1, 1700),
    "emptied": (1, 100),
    "ordered": (52, 50 * 32 + 1000),
    "set": (1, 512 * 16),
    "frozenset": (1, 512 * 16),
    "tuple": (0, 0),
    "bytearray": (1, 2001),
    "bytes": (0, 0),
    "text": (1, 1501),
    "subclass": (1, 500),
    "array": (1, 1600),
    "deque": (5, 5 * 528),
    "stream": (1, 2000),
    "plain": (1 if sys.version_info < (3, 13) else 0, 16 if sys.version_info < (3, 13) else 0),
    "klass": (2, 232),
}


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    with Target(NATIVE + SETUP + f"configure({str(tmp_path)!r})") as running:
        yield running


def take(target: Target) -> Path:
    status = target.evaluate("snapshot()")
    assert status["state"] == "done", status
    return Path(status["path"])


def graph_of(path: Path) -> tuple[HeapGraph, Samples]:
    graph = load(read_snapshot(path))
    assert graph.samples is not None
    return graph, graph.samples


def stack_of(samples: Samples, sample: int) -> list[tuple[CodePlace, int]]:
    frame, found = int(samples.stacks[sample]), []
    while frame:
        found.append((samples.places[int(samples.codes[frame])], int(samples.lines[frame])))
        frame = int(samples.callers[frame])
    return found


def require_all_joined(graph: HeapGraph, samples: Samples, made: dict[str, list[int]]) -> None:
    for name, addresses in made.items():
        for address in addresses:
            own = np.flatnonzero(samples.nodes == graph.index_of(address))
            buffers = samples.bytes[own[~samples.direct[own]]]
            blocks, least = BUFFERS[name]
            assert (name, samples.direct[own].sum()) == (name, 1)
            assert (name, len(buffers)) == (name, blocks)
            assert buffers.sum() >= least, name


def test_every_block_of_an_object_is_joined_to_it(target: Target) -> None:
    target.execute("assert _native.sample(1, 0) is None")
    made = target.evaluate("made()")
    graph, samples = graph_of(take(target))
    (recording,) = samples.recordings
    assert (recording.source, recording.interval) == (SampleSource.SAMPLER, 1)
    assert recording.taken >= len(samples)
    require_all_joined(graph, samples, made)
    one = np.flatnonzero(samples.nodes == graph.index_of(made["bytearray"][0]))
    for sample in one.tolist():
        functions = [place.function for place, _ in stack_of(samples, sample)]
        assert functions[0] == "<lambda>"
        assert functions[-3:] == ["made", "<module>", "<module>"]
        assert 0 <= samples.ages_ms[sample] <= recording.since_ms


def test_a_block_that_no_object_owns_is_told_as_well(target: Target) -> None:
    target.execute("assert _native.sample(1, 0) is None")
    target.execute(
        "KEPT = ctypes.py_object([1]); KEPT = [[n] for n in range(9)]; KEPT[0].append(KEPT); del KEPT"
    )
    _, samples = graph_of(take(target))
    gone = samples.nodes < 0
    assert not gone.all()
    assert {place.file for at in np.flatnonzero(gone).tolist() for place, _ in stack_of(samples, at)} <= {""}


@pytest.mark.slow
def test_what_the_samplers_stacks_hold_of_code_is_not_the_applications(target: Target) -> None:
    target.execute("counted = {name: sys.getrefcount(f.__code__) - 1 for name, f in MAKERS.items()}")
    target.execute("codes = {name: id(f.__code__) for name, f in MAKERS.items()}")
    target.execute("assert _native.sample(1, 0) is None; made()")
    assert target.evaluate("all(sys.getrefcount(f.__code__) - 1 > counted[n] for n, f in MAKERS.items())")
    codes, counted = target.evaluate("codes"), target.evaluate("counted")
    refcounts = read_heap(take(target).with_suffix(".heap")).refcounts
    assert {name: refcounts[code] for name, code in codes.items()} == counted


def test_code_that_only_the_sampler_holds_is_told_as_that(target: Target) -> None:
    """Such as that of a module after its import: its constants are memory, too."""
    target.execute("assert _native.sample(1, 0) is None")
    target.execute(
        "exec(compile('KEPT = bytearray(99); long = ' + repr('x' * 900), 'made', 'exec'), globals())"
    )
    graph, samples = graph_of(take(target))
    roots = {root.node: root.kind for root in graph.roots if root.name == "sampled_code"}
    (place,) = {
        stack_of(samples, at)[0][0]
        for at in np.flatnonzero(samples.nodes == graph.index_of(target.evaluate("id(KEPT)"))).tolist()
    }
    assert place.node is not None
    assert roots[place.node] is RootKind.INTERPRETER
    assert graph.refcounts[place.node] == 1
    assert graph.type_name(place.node) == "code"


def test_a_code_object_is_found_in_the_graph(target: Target) -> None:
    target.execute("assert _native.sample(1, 0) is None; made()")
    graph, samples = graph_of(take(target))
    address = target.evaluate("id(make.__code__)")
    (place,) = (place for place in samples.places if place.function == "make")
    assert place == CodePlace("", "make", None, "", graph.index_of(address))


def test_without_a_sampler_a_snapshot_has_no_samples(target: Target) -> None:
    target.execute("assert _native.sample(1, 0) is None; made(); _native.unsample()")
    assert load(read_snapshot(take(target))).samples is None


LIBRARIES = """
import tracemalloc
tracemalloc.start(40)
import json, shop.cache
kept = json.loads('[[1, 2], {"a": "b"}]') + shop.cache.make()
made()
"""


def test_traces_of_tracemalloc_are_read_where_they_stand(target: Target, tmp_path: Path) -> None:
    package = tmp_path / "code" / "shop"
    package.mkdir(parents=True)
    (package / "cache.py").write_text("def make():\n    return [\n        bytearray(4000)]\n")
    target.execute(f"sys.path.insert(0, {str(package.parent)!r})")
    target.execute(LIBRARIES)
    graph, samples = graph_of(take(target))
    (recording,) = samples.recordings
    assert (recording.source, recording.interval, recording.lost) == (SampleSource.TRACEMALLOC, 0, 0)
    assert recording.taken >= len(samples) == (samples.nodes >= 0).sum()
    require_all_joined(
        graph, samples, target.evaluate("{n: [id(o) for o in those] for n, those in KEPT.items()}")
    )
    own = np.flatnonzero(samples.nodes == graph.index_of(target.evaluate("id(kept[-1])")))
    assert sorted(samples.bytes[own].tolist()) == [
        target.evaluate("bytearray.__basicsize__"),
        4000 + BUFFER_BYTES,
    ]
    for sample in own.tolist():
        assert stack_of(samples, sample)[0] == (CodePlace("shop/cache.py", "", ModuleOwner.APPLICATION), 3)
    own = np.flatnonzero(samples.nodes == graph.index_of(target.evaluate("id(kept[0])")))
    files = [place.file for place, _ in stack_of(samples, int(own[0]))]
    assert files[:3] == ["json/decoder.py", "json/decoder.py", "json/__init__.py"]


def test_of_a_traced_stack_that_is_too_deep_the_middle_is_left_out(target: Target) -> None:
    target.execute(
        "import tracemalloc; tracemalloc.start(300)\n"
        "def deep(n):\n"
        "    return deep(n - 1) if n else bytearray(5)\n"
        "kept = deep(250)"
    )
    graph, samples = graph_of(take(target))
    own = np.flatnonzero(samples.nodes == graph.index_of(target.evaluate("id(kept)")))
    assert [len(stack_of(samples, sample)) for sample in own.tolist()] == [128, 128]


def test_both_recorders_may_be_at_work(target: Target) -> None:
    target.execute("import tracemalloc; tracemalloc.start(); assert _native.sample(1, 0) is None; made()")
    _, samples = graph_of(take(target))
    sources = [recording.source for recording in samples.recordings]
    assert sources == [*SampleSource]
    assert set(samples.recording.tolist()) == set(range(len(sources)))


def test_traces_that_are_read_need_no_note(target: Target) -> None:
    target.execute("import tracemalloc; tracemalloc.start(); made()")
    assert json.loads(take(target).read_text())["notes"] == []


@ON_X86
def test_traces_are_read_where_a_sandbox_refuses_to_copy_memory(target: Target) -> None:
    target.execute(REFUSE + "refuse(errno.ENOSYS, 'process_vm_readv')")
    target.execute("import tracemalloc; tracemalloc.start(); made()")
    _, samples = graph_of(take(target))
    assert [recording.source for recording in samples.recordings] == [SampleSource.TRACEMALLOC]


def test_tracemalloc_that_ended_left_nothing(target: Target) -> None:
    target.execute("import tracemalloc; tracemalloc.start(); made(); tracemalloc.stop()")
    path = take(target)
    assert json.loads(path.read_text())["notes"] == []
    assert load(read_snapshot(path)).samples is None


@pytest.mark.skipif(
    sys.version_info < (3, 12), reason="CPython 3.11 can't be told to leave a thread's state alone"
)
def test_tracemalloc_that_ends_while_the_watcher_waits_for_the_gil_crashes_nothing(tmp_path: Path) -> None:
    """Counting holds the GIL until tracemalloc has stopped; meanwhile the watcher has asked for it, with a new thread state."""
    setup = (
        f"{NATIVE}configure({str(tmp_path)!r})\n"
        + """
import _tracemalloc, functools, operator
zeros = bytes(20_000_000)
def captured():
    _tracemalloc.start(1)
    assert _native.request("api", None, None, None, False)
    list(map(operator.call, [functools.partial(zeros.count, b"\\0"), _tracemalloc.stop]))
    return finished()["state"]
"""
    )
    with Target(setup) as target:
        assert target.evaluate("[captured() for _ in range(3)]") == ["done"] * 3
