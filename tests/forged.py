"""Files as no process would write them: of one kind of section as many, as small or as large entries as the format allows."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final

from heapdiff.format import (
    CHECKSUM,
    FLAG_VALUES,
    FRAME,
    HEADER,
    MAGIC,
    MAX_SECTION_BYTES,
    SUMMARY_SCHEMA,
    TAIL,
    VALUE_COUNT,
    VALUE_ROW,
    VERSION,
    EdgeKind,
    GroupKind,
    Section,
    encode_varint,
    zigzag,
)

__all__ = ["FORGERIES", "Forged", "forge", "summarize_forged"]

FIRST: Final = 0x10000  # of addresses, 16 bytes apart
CONTINUED, NAMED, ONE_GROUP = 0x01, 0x08, 0x10
HEAD: Final = {
    "heapdiff": "0.1.0", "id": "forged", "label": None, "captured_at": "2026-11-22T15:00:00Z", "trigger": "api",
    "process": {
        "pid": 4242, "parent_pid": 1, "host": "web1", "started_at": "2026-11-22T14:00:00Z",
        "argv": ["gunicorn", "shop:app"], "python": "3.11.7", "server": "gunicorn", "requests": 7,
    },
}  # fmt: skip
MEMORY: Final = {"rss_bytes": 1, "python_object_bytes": 1, "allocator": {}}
CAPTURE: Final = {
    "engine": "native", "pause_ms": 0, "walk_ms": 0, "child_private_bytes": 0, "objects": 0, "references": 0, "bytes": 0,
}  # fmt: skip


def text(content: str) -> bytes:
    encoded = content.encode()
    return encode_varint(len(encoded)) + encoded


LIST: Final = bytes(2) + encode_varint(16) + text("builtins") + text("list")


class Forged:
    """A file in the making: sections with right lengths and checksums, whatever is in them."""

    def __init__(self, path: Path, head: Mapping[str, object] = HEAD) -> None:
        self.file = path.open("wb")
        header = HEADER.pack(MAGIC, VERSION, FLAG_VALUES, 0)
        self.file.write(header)
        self.crc = zlib.crc32(header)
        self.objects = self.roots = 0
        self.section(Section.INFO, json.dumps({"schema": "heap/1", "engine": "native", **head}).encode())

    def __enter__(self) -> Forged:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if kind is None:
            self.section(Section.MEMORY, json.dumps(MEMORY).encode())
            self.section(Section.TAIL, TAIL.pack(self.objects, 0, 0, self.objects, self.roots, 0))
        self.file.close()

    def section(self, tag: bytes, payload: bytes) -> None:
        frame = FRAME.pack(tag, len(payload))
        self.crc = zlib.crc32(payload, zlib.crc32(frame, self.crc))
        self.file.write(frame + payload + CHECKSUM.pack(self.crc))

    def fill(self, tag: bytes, unit: bytes, size: int) -> int:
        """So many bytes of one entry, again and again; how many of it these are."""
        per, left = MAX_SECTION_BYTES // len(unit), size // len(unit)
        for count in split(left, per):
            self.section(tag, unit * count)
        return left

    def list_objects(self, unit: bytes, size: int) -> int:
        """Records that follow each other at the least distance: a tag, then what stands behind the address."""
        per, count = MAX_SECTION_BYTES // (len(unit) + 1) - 16, size // (len(unit) + 1)
        for some in split(count, per):
            place = encode_varint(zigzag((FIRST + 16 * self.objects) >> 3))
            step = encode_varint(zigzag(2))
            rest = unit[1:]
            self.section(Section.OBJECTS, unit[:1] + place + rest + (unit[:1] + step + rest) * (some - 1))
            self.objects += some
        return count


def split(count: int, per: int) -> Iterator[int]:
    while count > 0:
        yield min(per, count)
        count -= per


def tiny_layouts(forged: Forged, size: int) -> None:
    forged.fill(Section.LAYOUT, b"\0", size)


def tiny_names(forged: Forged, size: int) -> None:
    forged.fill(Section.NAME, b"\0", size)


def distinct_names(forged: Forged, size: int) -> None:
    names = (
        text(chr(97 + at % 26) + chr(97 + at // 26 % 26) + chr(97 + at // 676 % 26))
        for at in range(size // 4)
    )
    forged.section(Section.NAME, b"".join(names)[: MAX_SECTION_BYTES // 4 * 4])


def nameless_types(forged: Forged, size: int) -> None:
    forged.fill(Section.TYPE, bytes(5), size)


def types_with_an_object_each(forged: Forged, size: int) -> None:
    count = size // 20
    types = b"".join(bytes(2) + b"\x10" + text("m") + text(f"T{at:x}") for at in range(count))
    rest = b"".join(b"\0" + encode_varint(zigzag(2)) + encode_varint(at) for at in range(1, count))
    forged.section(Section.TYPE, types)
    forged.section(Section.OBJECTS, b"\0" + encode_varint(zigzag(FIRST >> 3)) + b"\0" + rest)
    forged.objects = count


def roots_of_one_object(kind: int) -> Callable[[Forged, int], None]:
    def forge_roots(forged: Forged, size: int) -> None:
        forged.section(Section.NAME, text("a"))
        forged.list_objects(b"\0\0", 3)
        unit = encode_varint(kind) + encode_varint(1) + encode_varint(FIRST >> 3)
        forged.roots = forged.fill(Section.ROOT, unit, size)

    return forge_roots


def roots_of_many_objects(kind: int) -> Callable[[Forged, int], None]:
    def forge_roots(forged: Forged, size: int) -> None:
        forged.section(Section.NAME, text("a"))
        count = forged.list_objects(b"\0\0", size // 3)
        units = (
            encode_varint(kind) + encode_varint(1) + encode_varint((FIRST >> 3) + 2 * at)
            for at in range(count)
        )
        forged.section(Section.ROOT, b"".join(units))
        forged.roots = count

    return forge_roots


def roots_of_a_hub(kind: int, attribute: str, *type_name: str) -> Callable[[Forged, int], None]:
    """Half of the bytes are attributes of one name, all of one object, and half are roots, all of that object."""

    def forge_hub(forged: Forged, size: int) -> None:
        if type_name:
            forged.section(Section.TYPE, bytes(2) + encode_varint(16) + b"".join(map(text, type_name)))
        forged.section(Section.NAME, text("a") + text(attribute))
        entries = size // 8
        names = bytes((EdgeKind.ATTRIBUTE, 2)) + encode_varint(zigzag(2) + 1)
        again = bytes((EdgeKind.ATTRIBUTE, 2)) + encode_varint(zigzag(0) + 1)
        head = encode_varint(entries << 4 | GroupKind.NAMED)
        hub = bytes((ONE_GROUP,)) + encode_varint(zigzag(FIRST >> 3)) + bytes((1 if type_name else 0,)) + head
        held = b"\0" + encode_varint(zigzag(2)) + b"\0"
        forged.section(Section.OBJECTS, hub + names + again * (entries - 1) + held)
        forged.objects = 2
        unit = encode_varint(kind) + encode_varint(1) + encode_varint(FIRST >> 3)
        forged.roots = forged.fill(Section.ROOT, unit, size // 2)

    return forge_hub


def bare_objects(forged: Forged, size: int) -> None:
    forged.list_objects(b"\0\0", size)


def named_objects(forged: Forged, size: int) -> None:
    forged.section(Section.NAME, text("a"))
    forged.list_objects(bytes((NAMED, 0, 1)), size)


def chained_objects(target: int) -> Callable[[Forged, int], None]:
    """Each with one nameless reference: to itself (1), or to the next (5)."""

    def forge_chain(forged: Forged, size: int) -> None:
        forged.section(Section.NAME, text("a"))
        forged.list_objects(bytes((ONE_GROUP, 0, 0x16, target)), size)
        forged.section(Section.ROOT, bytes((1, 1)) + encode_varint(FIRST >> 3))
        forged.roots = 1

    return forge_chain


def declaring_objects(forged: Forged, size: int) -> None:
    forged.list_objects(bytes((ONE_GROUP, 0, 9, 0, 0, 0)), size)


def empty_continuations(forged: Forged, size: int) -> None:
    forged.list_objects(b"\0\0", 3)
    place = encode_varint(zigzag(FIRST >> 3))
    forged.section(Section.OBJECTS, b"\x01" + place + b"\x01\0" * (size // 2))


def bounds_of_each_object(forged: Forged, size: int) -> None:
    count = forged.list_objects(b"\0\0", size // 3)
    bounds = b"".join(encode_varint((FIRST >> 3) + 2 * at) + b"\5" for at in range(count))
    forged.section(Section.BOUNDS, bounds)


def facts_of_each_object(forged: Forged, size: int) -> None:
    forged.section(Section.NAME, text("hits"))
    count = forged.list_objects(b"\0\0", size // 6)
    facts = b"".join(encode_varint((FIRST >> 3) + 2 * at) + b"\1\5" for at in range(count))
    forged.section(Section.FACTS, facts)


def view_of_each_object(forged: Forged, size: int) -> None:
    count = forged.list_objects(b"\0\0", size // 3)
    forged.section(
        Section.VIEWS, b"".join(encode_varint((FIRST >> 3) + 2 * at) + b"\5" for at in range(count))
    )


def idle_objects(forged: Forged, size: int) -> None:
    count = forged.list_objects(b"\0\0", size // 3)
    steps = encode_varint(zigzag(FIRST >> 3)) + encode_varint(zigzag(2)) * (count - 1)
    forged.section(Section.IDLE, steps)


def owners_of_one_module(forged: Forged, size: int) -> None:
    forged.section(Section.NAME, text("a"))
    forged.fill(Section.MODULES, b"\1\4\0", size)


def empty_values(forged: Forged, size: int) -> None:
    count = size // VALUE_ROW.size
    rows = b"".join(VALUE_ROW.pack(FIRST + 16 * at, 0, 0, 1, 0) for at in range(count))
    forged.section(Section.VALUES, VALUE_COUNT.pack(count) + rows)


def long_names(forged: Forged, size: int) -> None:
    forged.section(
        Section.TYPE, bytes(2) + b"\x10" + text("a." * (size // 8)) + text("b<locals>." * (size // 40))
    )
    forged.section(Section.NAME, text("x_" * (size // 8)))
    forged.section(Section.OBJECTS, bytes((NAMED,)) + encode_varint(zigzag(FIRST >> 3)) + b"\1\1")
    forged.section(Section.ROOT, bytes((1, 1)) + encode_varint(FIRST >> 3))
    forged.objects = forged.roots = 1


def hashes_of_each_object(forged: Forged, size: int) -> None:
    forged.section(Section.TYPE, bytes((0, 32, 16)) + text("builtins") + text("str"))
    count = forged.list_objects(b"\0\1", size // 2)
    forged.fill(Section.HASHES, b"same", 4 * count)


def hashes_of_nothing(forged: Forged, size: int) -> None:
    forged.list_objects(b"\0\0", 3)
    forged.fill(Section.HASHES, b"same", size)


def samples_of(kind: int, unit: bytes) -> Callable[[Forged, int], None]:
    """Rows of one kind; the others have a row each."""
    rows = {1: b"\1\1\1\1\1", 2: b"\0\0\0\0\0", 3: b"\0\1\0", 4: b"\1\0\0\0\0\0"}

    def forge_samples(forged: Forged, size: int) -> None:
        forged.list_objects(b"\0\0", 3)
        for number, row in rows.items():
            content = unit * (size // len(unit)) if number == kind else row
            forged.section(Section.SAMPLES, bytes((number,)) + content)

    return forge_samples


def calls_of_nothing(forged: Forged, size: int) -> None:
    forged.section(Section.CALLS, bytes(2) + bytes(3) * (size // 3))


def nested_memory(forged: Forged, size: int) -> None:
    forged.section(Section.MEMORY, b'{"x": [' + b"[]," * (min(size, 4_000_000) // 3) + b"[]]}")


FORGERIES: Final[dict[str, Callable[[Forged, int], None]]] = {
    "LAYO": tiny_layouts,
    "NAME": tiny_names,
    "NAME, distinct": distinct_names,
    "TYPE": nameless_types,
    "TYPE and OBJS": types_with_an_object_each,
    "ROOT of one, module": roots_of_one_object(1),
    "ROOT of one, thread": roots_of_one_object(3),
    "ROOT of many, module": roots_of_many_objects(1),
    "ROOT of many, thread": roots_of_many_objects(3),
    "ROOT of a hub, module": roots_of_a_hub(1, "__dict__", "builtins", "module"),
    "OBJS": bare_objects,
    "OBJS, named": named_objects,
    "OBJS, chain": chained_objects(5),
    "OBJS, to themselves": chained_objects(1),
    "OBJS, declaring": declaring_objects,
    "OBJS, continued": empty_continuations,
    "BNDS": bounds_of_each_object,
    "FACT": facts_of_each_object,
    "VIEW": view_of_each_object,
    "IDLE": idle_objects,
    "MODS": owners_of_one_module,
    "VALS": empty_values,
    "HASH": hashes_of_each_object,
    "HASH, of nothing": hashes_of_nothing,
    "SAMP, sources": samples_of(1, b"\1\1\1\1\1"),
    "SAMP, code": samples_of(2, b"\0\0\0\0\0"),
    "SAMP, stacks": samples_of(3, b"\0\1\0"),
    "SAMP": samples_of(4, b"\1\0\0\0\1" + encode_varint(FIRST >> 3)),
    "CALL": calls_of_nothing,
    "long names": long_names,
    "MEMO": nested_memory,
}


def forge(directory: Path, kind: str, size: int, **head: str) -> Path:
    """Both files of a snapshot of which one kind of entry takes about so many bytes; returns the path of the `.json`. `head`
    stands in the place of what they have by default."""
    heap = directory / "forged.heap"
    with Forged(heap, {**HEAD, **head}) as forged:
        forged.section(Section.TYPE, LIST)
        FORGERIES[kind](forged, size)
    return summarize_forged(heap, {**HEAD, **head})


def summarize_forged(heap: Path, head: Mapping[str, object] = HEAD) -> Path:
    """The `.json` that goes with a graph; returns its path."""
    graph = {"file": heap.name, "bytes": heap.stat().st_size, "crc32": 0}
    content: dict[str, object] = {
        "schema": SUMMARY_SCHEMA,
        **head,
        "capture": CAPTURE,
        "memory": MEMORY,
        "types": [],
        "graph": graph,
    }
    path = heap.with_suffix(".json")
    path.write_text(json.dumps(content))
    return path
