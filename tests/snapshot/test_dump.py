"""A dump shows every record and nothing that a terminal would obey."""

from __future__ import annotations

from pathlib import Path

from heapdiff.agent.writing.heapfile import HeapWriter
from heapdiff.agent.writing.record import Record
from heapdiff.format import EdgeKind, GroupKind, ModuleOwner, RootKind, TypeFlag
from heapdiff.snapshot.dump import dump_heap
from tests.heapfiles import add_layout

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
