"""A dump shows every record and nothing that a terminal would obey."""

from __future__ import annotations

from pathlib import Path

from heapdiff.agent.writing.heapfile import HeapWriter
from heapdiff.agent.writing.record import Record
from heapdiff.format import EdgeKind, GroupKind, ModuleOwner, RootKind, TypeFlag
from heapdiff.snapshot.dump import dump_heap
from tests.heapfiles import add_layout, write_heap
from tests.heaps import draw, heap

EVIL = "x\n[b]\x1b[31m\x7f\u202e"


def write(path: Path) -> None:
    with path.open("wb") as out:
        writer = HeapWriter(out, {"schema": "heap/1", "label": EVIL})
        kind = writer.type(0x20, TypeFlag.HEAP_TYPE | TypeFlag.GC, 64, "shop", EVIL)
        record = Record(0x1000)
        record.elements([0x1000, 0], first=5)
        record.items([(0x1000, 0)])
        record.int_items([(-3, 0x1000, 0x1010)])
        add_layout(record, writer.layout([(EdgeKind.LOCAL, "a")]), [0x1010])
        record.named(EdgeKind.ATTRIBUTE, [(writer.name(EVIL), 0x1010)])
        for group in (GroupKind.UNNAMED, GroupKind.WEAK, GroupKind.MEMBERS, GroupKind.STACK):
            record.bare(group, [0x1010])
        record.declares(1, 1, 0)
        writer.write(record, kind, size=80, refcount=0, name=2)
        more = Record(0x1000)
        more.bare(GroupKind.UNNAMED, [0x1010])
        writer.continue_(more)
        writer.root(RootKind.MODULE, "m", 0x1000)
        writer.fact(0x1000, "a", -3)
        writer.module("m", ModuleOwner.DISTRIBUTION, EVIL)
        writer.finish({"rss_bytes": 1}, faults=2)


def test_a_dump_shows_every_record(tmp_path: Path) -> None:
    path = tmp_path / "a.heap"
    write(path)
    escaped = r'"x\n[b]\u001b[31m\u007f\u202e"'
    assert list(dump_heap(path)) == [
        "'a.heap' version 1",
        "'INFO' 58 bytes",
        f'  {{"schema": "heap/1", "label": {escaped}}}',
        "'OBJS' 42 bytes",
        "  0x1000 type=0 refcount=0 size=80 name=2",
        "    ELEMENTS 5 0x1000 -",
        "    ITEMS 0x1000:-",
        "    INT_ITEMS (-3)0x1000:0x1010",
        "    LAYOUT 1 0x1010",
        "    NAMED ATTRIBUTE:2=0x1010",
        "    UNNAMED 0x1010",
        "    WEAK 0x1010",
        "    MEMBERS 0x1010",
        "    STACK 0x1010",
        "    DECLARES 1 1 0",
        "  0x1000 continued",
        "    UNNAMED 0x1010",
        "'NAME' 19 bytes",
        '  name 1 "a"',
        f"  name 2 {escaped}",
        '  name 3 "m"',
        "'TYPE' 23 bytes",
        f'  type 0 0x20 HEAP_TYPE|GC size=64 "shop" {escaped}',
        "'LAYO' 3 bytes",
        "  layout 1 LOCAL:1",
        "'ROOT' 4 bytes",
        "  root MODULE name=3 0x1000",
        "'FACT' 4 bytes",
        "  fact 0x1000 name=1 -3",
        "'MODS' 17 bytes",
        f"  module name=3 DISTRIBUTION {escaped}",
        "'MEMO' 15 bytes",
        '  {"rss_bytes": 1}',
        "'TAIL' 48 bytes",
        "  objects=1 references=11 bytes=80 records=1 roots=1 faults=2",
    ]


def test_every_line_of_a_dump_is_printable_ascii(tmp_path: Path) -> None:
    path = tmp_path / "a.heap"
    write(path)
    assert all(line.isascii() and line.isprintable() for line in dump_heap(path))


def test_a_dump_shows_the_hashes(tmp_path: Path) -> None:
    path = tmp_path / "a.heap"
    write_heap(heap("shop.A: list -> str * 2 text=258\nshop.A -> bytes"), path)
    lines = [*dump_heap(path)]
    (at,) = (number for number, line in enumerate(lines) if line.startswith("'HASH'"))
    shown = [line.split() for line in lines[at + 1 :] if line.startswith("  hash ")]
    assert lines[at] == f"'HASH' {4 * len(shown)} bytes"
    assert [int(number) for _, number, _ in shown] == [*range(1, len(shown) + 1)]
    assert sorted(word for _, _, word in shown)[-3:] == ["0x0", "0x102", "0x102"]
    assert sum("HASHED" in line for line in lines) == 2


def test_a_dump_shows_what_was_recorded(tmp_path: Path) -> None:
    graph, labels = draw(
        "shop.cache.SESSIONS: dict $table\nsample direct of $table: f shop/cache.py:31\ncalls shop.product: 12"
    )
    path = tmp_path / "a.heap"
    write_heap(graph, path)
    lines = [*dump_heap(path)]
    names = {line.split('"')[1]: line.split()[1] for line in lines if line.startswith("  name ")}
    at = hex(int(graph.addresses[labels["table"]]))
    sections = [number for number, line in enumerate(lines) if line.startswith(("'SAMP'", "'CALL'"))]
    shown = [line for line in lines[sections[0] : sections[-1] + 3] if line.startswith("  ")]
    assert shown == [
        "  source 1 source=1 interval=524288 since_ms=3600000 taken=0 lost=0",
        f"  code 1 address=0x0 owner=4 distribution=0 file={names['shop/cache.py']} name={names['f']}",
        "  stack 1 caller=0 code=1 line=31",
        f"  sample 1 source=1 address={at} bytes=1024 age_ms=1000 stack=1 object={at}",
        "  calls unrouted=0 other=0",
        '  endpoint 0x0 "shop.product" calls=12',
    ]
