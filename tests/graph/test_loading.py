"""A file becomes the graph it was written from, over both kernels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heapdiff.agent.writing.heapfile import HeapWriter
from heapdiff.agent.writing.record import Record
from heapdiff.errors import SnapshotError
from heapdiff.format import (
    LABEL_SHIFT,
    EdgeKind,
    GroupKind,
    RootKind,
    Section,
    TypeFlag,
    encode_varint,
    write_varint,
    zigzag,
)
from heapdiff.graph import _kernels, fallback, load, loading
from heapdiff.graph.heap import HeapGraph
from heapdiff.snapshot import read_snapshot
from tests.builder import GraphBuilder, Handle
from tests.forged import FIRST, LIST, Forged
from tests.heapfiles import add_layout, summarize, write_heap, write_snapshot
from tests.heaps import heap

over_both_kernels = pytest.mark.usefixtures("kernels")
SHOP = """
    shop.cache.SESSIONS: dict -> [*]: shop.models.Session * 3 size=56 $s -> .tags: list -> str * 2
    shop.models.Session: type -> ._instances: dict -> [-7]: $s
    shop.views.search: function -> default acc: list
    shop.views.search -> closure pending: set -> {}: shop.tasks.Job * 2 refcount=0
    shop.pricing.quote: lru_cache -> [None]: shop.pricing.Price
    thread MainThread -> frame serve -> local backlog: list -> [0]: $s
    $s -> weak: $s
    native: list extra=1 -> stack: bytes * 4 size=1000
    module shop.cache of application
    module flask.app of flask
    module sys of built-in
"""


def contents(graph: HeapGraph) -> list[object]:
    """Everything a graph says, free of the numbering of names and types."""
    return [
        graph.addresses.tolist(),
        [(graph.types[number].name, graph.types[number].flags) for number in graph.type_ids],
        graph.sizes.tolist(),
        graph.refcounts.tolist(),
        [list(graph.edges(node)) for node in range(len(graph))],
        [graph.name_of(node) for node in range(len(graph))],
        list(graph.roots),
        dict(graph.declarations),
        dict(graph.modules),
        {node: dict(facts) for node, facts in graph.facts.items()},
        None if graph.hashes is None else graph.hashes.tolist(),
    ]


def read(path: Path) -> HeapGraph:
    return load(read_snapshot(path))


@over_both_kernels
def test_a_shop_survives_writing_and_reading(tmp_path: Path) -> None:
    graph = heap(SHOP)
    after = read(write_snapshot(graph, tmp_path))
    assert contents(after) == contents(graph)
    assert after.info["singletons"] == graph.info["singletons"]
    assert after.dropped == 0


@over_both_kernels
def test_progress_counts_up_to_the_bytes_of_all_passes(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    snapshot = read_snapshot(write_snapshot(heap(SHOP), tmp_path))
    load(snapshot, lambda done, size: seen.append((done, size)))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert snapshot.heap is not None
    assert seen[-1] == (3 * snapshot.heap.stat().st_size,) * 2


def test_a_summary_without_its_graph_says_what_is_missing(tmp_path: Path) -> None:
    path = write_snapshot(heap(SHOP), tmp_path)
    path.with_suffix(".heap").unlink()
    with pytest.raises(SnapshotError, match=r"no \.heap file next to it"):
        load(read_snapshot(path))


@over_both_kernels
def test_a_graph_of_another_capture_is_refused(tmp_path: Path) -> None:
    path = write_snapshot(heap(SHOP), tmp_path)
    other = heap("shop.A: dict")
    write_heap(other, path.with_suffix(".heap"), replace(summarize(other), id="other"))
    with pytest.raises(SnapshotError, match=r"belong to the \.json"):
        load(read_snapshot(path))


class File:
    """A heap file put together record by record."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.out = path.open("wb")
        self.writer = HeapWriter(self.out, {"schema": "heap/1"})
        self.dict = self.writer.type(0x10, TypeFlag.DICT, 64, "builtins", "dict")

    def record(self, address: int, *items: tuple[int, int], type_id: int | None = None) -> Record:
        record = Record(address)
        record.items(list(items))
        self.writer.write(record, self.dict if type_id is None else type_id)
        return record

    def load(self) -> HeapGraph:
        self.writer.finish({})
        self.out.close()
        summary = replace(summarize(heap("a.B: dict")), graph=None)
        return loading._Loading(self.path, None).run(summary)


@pytest.fixture
def file(tmp_path: Path) -> File:
    return File(tmp_path / "made.heap")


def kinds(graph: HeapGraph, node: int) -> list[tuple[EdgeKind, int]]:
    return [(edge.kind, int(edge.target)) for edge in graph.edges(node)]


@over_both_kernels
def test_an_item_that_lost_its_key_or_its_value_is_an_unnamed_reference(file: File) -> None:
    # 0x999990 has no record; 0 is absent
    file.record(0x1000, (0x2000, 0x999990), (0x999990, 0x3000), (0, 0x2000), (0x2000, 0x3000))
    file.record(0x2000)
    file.record(0x3000)
    graph = file.load()
    unnamed = EdgeKind.UNNAMED
    assert kinds(graph, 0) == [
        (unnamed, 1),
        (unnamed, 2),
        (unnamed, 1),
        (EdgeKind.KEY, 1),
        (EdgeKind.VALUE, 2),
    ]
    assert graph.dropped == 2


@over_both_kernels
def test_an_address_in_the_middle_of_an_object_is_not_that_object(file: File) -> None:
    file.record(0x1000, (0x2000, 0x2008), (0x2010, 0x2010))
    file.record(0x2008)
    assert file.load().dropped == 3


@over_both_kernels
def test_continued_records_follow_in_file_order_and_may_bring_a_name(file: File) -> None:
    record = file.record(0x1000, (0x1000, 0x2000))
    file.record(0x2000)
    more = Record(record.address)
    more.bare(GroupKind.MEMBERS, [0x2000])
    file.writer.continue_(more, file.writer.name("late"))
    graph = file.load()
    assert kinds(graph, 0) == [(EdgeKind.KEY, 0), (EdgeKind.VALUE, 1), (EdgeKind.MEMBER, 1)]
    assert graph.name_of(0) == "late"


@pytest.mark.slow
@over_both_kernels
def test_a_list_longer_than_a_section_is_read_whole(file: File) -> None:
    record = Record(0x1000)
    targets = [0x1000, 0x2000] * 140_000
    record.elements(targets)
    assert len(record.parts) > 1
    file.writer.write(record, file.dict)
    file.record(0x2000)
    graph = file.load()
    assert graph.targets.tolist() == [0, 1] * 140_000
    assert [graph.edge(at).index for at in (0, 16_384, 279_999)] == [0, 16_384, 279_999]


@over_both_kernels
def test_an_instance_refers_to_its_type_before_anything_else(file: File) -> None:
    session = file.writer.type(0x2000, TypeFlag.HEAP_TYPE, 48, "shop", "Session")
    lost = file.writer.type(0x9990, TypeFlag.HEAP_TYPE, 48, "shop", "Lost")
    file.record(0x1000, (0x1000, 0x1000), type_id=session)
    file.record(0x2000)
    file.record(0x3000, type_id=lost)
    graph = file.load()
    assert kinds(graph, 0) == [(EdgeKind.TYPE, 1), (EdgeKind.KEY, 0), (EdgeKind.VALUE, 0)]
    assert (kinds(graph, 2), graph.dropped) == ([], 1)


@over_both_kernels
def test_a_layout_labels_its_targets_and_skips_absent_ones(file: File) -> None:
    layout = file.writer.layout(
        [(EdgeKind.ATTRIBUTE, "a"), (EdgeKind.LOCAL, "b"), (EdgeKind.WEAK, "ignored"), (EdgeKind.CELL, "c")]
    )
    record = Record(0x1000)
    add_layout(record, layout, [0x1000, 0, 0x1000, 0x1000])
    file.writer.write(record, file.dict)
    graph = file.load()
    assert [(edge.kind, edge.name) for edge in graph.edges(0)] == [
        (EdgeKind.ATTRIBUTE, "a"),
        (EdgeKind.WEAK, ""),
        (EdgeKind.CELL, "c"),
    ]


@over_both_kernels
def test_numbers_at_their_limits_survive(file: File) -> None:
    keys = [-(2**63), 2**63 - 1, 0, -1]
    record = Record(0x1000)
    record.int_items([(key, 0x1000, 0x1000) for key in keys])
    record.elements([0x1000], first=2**40)
    file.writer.write(record, file.dict, size=2**48 - 1, refcount=2**40)
    graph = file.load()
    assert [edge.index for edge in graph.edges(0) if edge.kind is EdgeKind.INT_VALUE] == keys
    assert list(graph.edges(0))[-1].index == 2**28 - 1
    assert (int(graph.sizes[0]), int(graph.refcounts[0])) == (2**48 - 1, 2**32 - 1)


def two_objects_at_one_address(file: File) -> None:
    file.record(0x1000)
    file.record(0x1008)


def a_continuation_of_nothing(file: File) -> None:
    file.writer.continue_(Record(0x1000))


def a_type_that_is_not_in_the_table(file: File) -> None:
    file.writer._types.append((64, 0))
    file.record(0x1000, type_id=1)


def a_layout_of_another_length(file: File) -> None:
    record = Record(0x1000)
    add_layout(record, file.writer.layout([(EdgeKind.LOCAL, "a")]), [0x1000, 0x1000])
    file.writer.write(record, file.dict)


def a_layout_that_is_not_in_the_table(file: File) -> None:
    record = Record(0x1000)
    add_layout(record, 7, [0x1000])
    file.writer.write(record, file.dict)


def a_declaration_of_no_layout(file: File) -> None:
    record = Record(0x1000)
    record.declares(1, 0, 0)
    file.writer.write(record, file.dict)


def a_name_that_is_not_in_the_table(file: File) -> None:
    record = Record(0x1000)
    record.named(EdgeKind.ATTRIBUTE, [(99, 0x1000)])
    file.writer.write(record, file.dict)


def an_own_name_that_is_not_in_the_table(file: File) -> None:
    file.writer.write(Record(0x1000), file.dict, name=99)


def a_named_key(file: File) -> None:
    record = Record(0x1000)
    record.named(EdgeKind.KEY, [(0, 0x1000)])
    file.writer.write(record, file.dict)


def an_object_larger_than_memory(file: File) -> None:
    file.writer.write(Record(0x1000), file.dict, size=2**48)


def an_address_no_process_has(file: File) -> None:
    file.record(0x1000, (2**60, 0x1000))


def a_root_without_a_name(file: File) -> None:
    file.writer._names["ghost"] = 5
    file.writer.root(RootKind.MODULE, "ghost", 0x1000)


@pytest.mark.parametrize(
    "wrong",
    [
        two_objects_at_one_address,
        a_continuation_of_nothing,
        a_type_that_is_not_in_the_table,
        a_layout_of_another_length,
        a_layout_that_is_not_in_the_table,
        a_declaration_of_no_layout,
        a_name_that_is_not_in_the_table,
        an_own_name_that_is_not_in_the_table,
        a_named_key,
        an_object_larger_than_memory,
        an_address_no_process_has,
        a_root_without_a_name,
    ],
)
@over_both_kernels
def test_a_file_that_contradicts_itself_is_refused(file: File, wrong) -> None:  # type: ignore[no-untyped-def]
    wrong(file)
    with pytest.raises(ValueError, match=r"\w"):
        file.load()


@st.composite
def heaps(draw: st.DrawFn) -> HeapGraph:
    """Any heap of up to nine objects with references of every kind."""
    builder = GraphBuilder()
    count = draw(st.integers(1, 9))
    places = draw(st.lists(st.integers(1, 2**50), min_size=count, max_size=count, unique=True))
    numbers = st.integers(0, 2**32 - 1)
    nodes = [
        builder.add_object(
            draw(st.sampled_from(["dict", "list", "shop.Session", "a.b.C"])),
            size=draw(st.integers(0, 2**48 - 1)),
            refcount=draw(numbers),
            name=draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=5)),
            address=place * 16 + 8 * draw(st.booleans()),
        )
        for place in places
    ]
    some = st.sampled_from(nodes)
    for _ in range(draw(st.integers(0, 20))):
        owner, target, key = draw(some), draw(some), draw(some)
        kind = draw(st.sampled_from([kind for kind in EdgeKind if kind not in (EdgeKind.KEY, EdgeKind.TYPE)]))
        if kind in (EdgeKind.VALUE, EdgeKind.INT_VALUE):
            builder.add_edge(owner, key, EdgeKind.KEY)
        index = draw(
            st.integers(-(2**63), 2**63 - 1) if kind is EdgeKind.INT_VALUE else st.integers(0, 2**28 - 1)
        )
        builder.add_edge(owner, target, kind, name=draw(st.sampled_from(["", "a", "tags"])), index=index)
    for _ in range(draw(st.integers(0, 3))):
        builder.add_root(
            draw(st.sampled_from(list(RootKind))), draw(st.text("xyz\n", max_size=3)), draw(some)
        )
    if draw(st.booleans()):
        builder.set_type("shop.Session", node=Handle(0))
    if draw(st.booleans()):
        builder.declare(
            draw(some), [(EdgeKind.LOCAL, "a"), (EdgeKind.FREE, "b")], draw(numbers), draw(numbers)
        )
    return builder.build()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(graph=heaps())
def test_any_heap_survives_writing_and_reading(
    graph: HeapGraph, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = write_snapshot(graph, tmp_path)
    for chosen in (_kernels, fallback):
        monkeypatch.setattr(loading, "kernels", chosen)
        assert contents(read(path)) == contents(graph)
    path.unlink()
    assert read_snapshot(path.with_suffix(".heap")).summary.types == summarize(graph).types


def padded(number: int, padding: int) -> bytes:
    """A varint in so many bytes more than it needs."""
    out = bytearray()
    write_varint(out, number)
    return bytes(out) if padding == 0 else bytes([*out[:-1], out[-1] | 0x80, *[0x80] * (padding - 1), 0])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    targets=st.lists(
        st.tuples(st.sampled_from([0, 0x1000, 0x1010, 0x9000_1008, 0x7FFF_0000_2000]), st.integers(0, 2)),
        max_size=40,
    )
)
def test_targets_are_counted_as_they_are_read_however_they_are_written(
    targets: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    encoded, last = bytearray(), 0x1000
    write_varint(encoded, len(targets) << 4 | GroupKind.MEMBERS)
    for target, padding in targets:
        delta = (target - last) // 8
        encoded += padded(1 + (2 * delta if delta >= 0 else -2 * delta - 1) if target else 0, padding)
        last = target or last
    for chosen in (_kernels, fallback):
        monkeypatch.setattr(loading, "kernels", chosen)
        file = File(tmp_path / "made.heap")
        record = Record(0x1000)
        record.parts = [(1, encoded)]
        record.references = sum(target > 0 for target, _ in targets)
        file.writer.write(record, file.dict)
        for address in (0x1010, 0x9000_1008, 0x7FFF_0000_2000):
            file.record(address)
        graph = file.load()
        assert [int(graph.addresses[node]) for node in graph.targets] == [each for each, _ in targets if each]


@over_both_kernels
def test_objects_all_over_the_address_space_are_found_again(file: File) -> None:
    chance = np.random.default_rng(7)
    addresses = np.unique(chance.integers(1, 2**52, 5000)) * 16
    addresses[::3] += 8
    for address in addresses.tolist():
        file.record(address, (address, int(addresses[0])))
    graph = file.load()
    assert (graph.addresses == addresses.astype(np.uint64)).all()
    assert (graph.targets[::2] == np.arange(len(addresses))).all()
    assert (graph.targets[1::2] == 0).all()


def write_rows(path: Path, *counts: int) -> None:
    """Three objects, each with so many references to the first: the file is as long whatever they are in sum."""
    with Forged(path) as forged:
        forged.section(Section.TYPE, LIST)
        records = b""
        for number, count in enumerate(counts):
            place = encode_varint(zigzag(2 if number else FIRST >> 3))
            targets = (encode_varint(zigzag(-2 * number) + 1) + b"\1" * count)[:count]
            records += b"\x10" + place + bytes((0, count << 4 | GroupKind.UNNAMED)) + targets
        forged.section(Section.OBJECTS, records)
        forged.objects = len(counts)


@over_both_kernels
@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((2, 0, 2), (0, 2, 2)),
        ((0, 2, 0), (2, 0, 0)),
        ((2, 2, 0), (0, 0, 4)),
        ((1, 1, 2), (4, 0, 0)),
        ((0, 0, 4), (4, 0, 0)),
        ((2, 0, 2), (3, 0, 1)),
    ],
)
def test_a_file_that_changes_between_two_passes_is_refused_or_a_graph(
    tmp_path: Path, passes: int, before: tuple[int, ...], after: tuple[int, ...]
) -> None:
    """Its author may write to it while somebody else reads it. What then stands nowhere must not be what memory held."""
    path, other = tmp_path / "x.heap", tmp_path / "other"
    write_rows(path, *before)
    write_rows(other, *after)
    snapshot = read_snapshot(path)
    rubbish = [np.full(size, 0xFFFFFFFF, np.uint32) for size in (2, 3, 4, 5) for _ in range(99)]
    assert len(rubbish) == 4 * 99
    del rubbish

    def change(done: int, size: int) -> None:
        if done * 3 >= size * passes:
            path.write_bytes(other.read_bytes())

    said, graph = "", None
    try:
        graph = load(snapshot, change)
    except SnapshotError as error:
        said = error.message
    if graph is None:
        assert "changed while it was read" in said
        return
    assert set(graph.targets.tolist()) <= {0, 1, 2}
    assert {int(label) >> LABEL_SHIFT for label in graph.labels} <= {int(kind) for kind in EdgeKind} | {0}
    assert (np.diff(graph.first_edge) >= 0).all()
    assert graph.first_edge[-1] == len(graph.targets)
    assert graph.type_ids.max() == 0
