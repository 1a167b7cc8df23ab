"""A snapshot for people outside: the same graph and sizes, without names that are the user's own.

What is copied is listed; all else is left out, so that a field of a later version is not passed on by accident.
"""

import hmac
import json
import os
import re
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Final

from heapdiff.format import (
    CHECKSUM,
    FRAME,
    HEADER,
    HEADER_BYTES,
    HEAP_SCHEMA,
    MAGIC,
    SUMMARY_SCHEMA,
    VERSION,
    EdgeKind,
    RootKind,
    Section,
    encode_varint,
)
from heapdiff.model import GraphFile, Summary, TypeCount
from heapdiff.snapshot.files import Snapshot
from heapdiff.snapshot.rewriting import drop_integer_keys, internal_names
from heapdiff.snapshot.sections import damaged, read_sections
from heapdiff.snapshot.summary import sort_types
from heapdiff.snapshot.tables import (
    decode_json,
    decode_layouts,
    decode_modules,
    decode_names,
    decode_roots,
    decode_types,
)

PART: Final = re.compile(r"[^.<>]+|[.<>]")
PUBLIC: Final = re.compile(
    r"__[a-z]{2,20}__|_?[A-Z]?|<(locals|module|lambda|listcomp|genexpr|dictcomp|setcomp)>|self|cls|args|kwargs|"
    r"MainThread|thread-\d{1,6}|greenlet-\d{1,6}|Thread-\d{1,6}",
    re.ASCII,
)
COPIED: Final = frozenset({Section.LAYOUT, Section.ROOT, Section.BOUNDS, Section.TAIL})


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Names that only who has the key can make again: the same name gets the same one in every file.

    `is_public` says of a module whether everybody knows it: its names stay.
    """

    key: bytes
    is_public: Callable[[str], bool]

    def of(self, name: str) -> str:
        """A dotted name, part by part, unless it is public."""
        if not name or PUBLIC.fullmatch(name) or self.is_public(name):
            return name
        return "".join(
            part if PUBLIC.fullmatch(part) or part in ".<>" else self._hide(part)
            for part in PART.findall(name)
        )

    def of_type(self, module: str, qualname: str) -> tuple[str, str]:
        """A type's two names; one of a public module keeps both."""
        return (
            (module, qualname)
            if self.is_public(module or "builtins")
            else (self.of(module), self.of(qualname))
        )

    def of_shown_type(self, name: str) -> str:
        """The name of a type as the summary shows it: without a dot, it is one of the builtins."""
        return self.of(name) if "." in name else name

    def _hide(self, part: str) -> str:
        return "x" + hmac.new(self.key, part.encode("utf-8", "surrogatepass"), "sha256").hexdigest()[:10]


def redact(snapshot: Snapshot, target: Path, pseudonyms: Pseudonyms) -> None:
    """Write `target` (`.json`) and, where there is a graph, the `.heap` beside it. Raises SnapshotError, OSError."""
    summary = redact_summary(snapshot.summary, target, pseudonyms)
    graph = None
    if snapshot.heap is not None:
        heap = target.with_suffix(".heap")
        with new_file(heap) as out:
            try:
                graph = write_heap(snapshot.heap, out, summary, pseudonyms)
            except ValueError as error:
                raise damaged(snapshot.heap, str(error)) from error
        graph = replace(graph, file=heap.name)
    content = {"schema": SUMMARY_SCHEMA, **asdict(replace(summary, graph=graph)), "redacted": True}
    with new_file(target) as out:
        out.write(json.dumps(content, ensure_ascii=True, indent=1, allow_nan=False).encode("ascii") + b"\n")


def redact_summary(summary: Summary, target: Path, pseudonyms: Pseudonyms) -> Summary:
    """Pid and times stay: by them two snapshots are known to be of one process."""
    host = pseudonyms.of(f"host-{summary.process.host}").replace("x", "host-", 1)
    identity = pseudonyms.of(f"identity-{summary.process.identity}") if summary.process.identity else ""
    merged: dict[str, tuple[int, int]] = {}
    for entry in summary.types:
        name = pseudonyms.of_shown_type(entry.type)
        count, size = merged.get(name, (0, 0))
        merged[name] = (count + entry.count, size + entry.bytes)
    return replace(
        summary,
        id=target.stem,
        label=None,
        process=replace(summary.process, host=host, argv=(), identity=identity),
        types=sort_types(TypeCount(name, count, size) for name, (count, size) in merged.items()),
        graph=None,
        values=False,
    )


def write_heap(source: Path, out: BinaryIO, summary: Summary, pseudonyms: Pseudonyms) -> GraphFile:
    """Two passes: which names are the interpreter's is known only at the end."""
    public = find_interpreter_names(source)
    header = HEADER.pack(MAGIC, VERSION, 0, 0)
    out.write(header)
    crc = file_crc = zlib.crc32(header)
    written, number = HEADER_BYTES, 1
    for section in read_sections(source):
        payload = section.payload
        if section.tag == Section.INFO:
            payload = redact_info(decode_json(section.tag, payload).content, summary)
        elif section.tag == Section.MEMORY:
            payload = encode_json(numbers_of(decode_json(section.tag, payload).content))
        elif section.tag == Section.NAME:
            renamed = bytearray()
            for name in decode_names(payload):
                renamed += encode_text(name if number in public else pseudonyms.of(name))
                number += 1
            payload = bytes(renamed)
        elif section.tag == Section.TYPE:
            payload = redact_types(payload, pseudonyms)
        elif section.tag == Section.MODULES:
            payload = redact_modules(payload, pseudonyms)
        elif section.tag == Section.OBJECTS:
            payload = drop_integer_keys(payload)
        elif section.tag not in COPIED:
            continue  # values, and whatever this version does not know
        frame = FRAME.pack(section.tag, len(payload))
        crc = zlib.crc32(payload, zlib.crc32(frame, crc))
        whole = frame + payload + CHECKSUM.pack(crc)
        out.write(whole)
        file_crc = zlib.crc32(whole, file_crc)
        written += len(whole)
    return GraphFile("", written, file_crc)


def find_interpreter_names(source: Path) -> set[int]:
    """Numbers of names that label C members and the interpreter's own tables."""
    found: set[int] = set()
    for section in read_sections(source):
        if section.tag == Section.LAYOUT:
            for layout in decode_layouts(section.payload):
                found.update(name for kind, name in layout if kind is EdgeKind.INTERNAL)
        elif section.tag == Section.OBJECTS:
            found.update(internal_names(section.payload))
        elif section.tag == Section.ROOT:
            found.update(
                root.name for root in decode_roots(section.payload) if root.kind is RootKind.INTERPRETER
            )
    return found


def redact_info(info: Mapping[str, Any], summary: Summary) -> bytes:
    content = {
        "schema": HEAP_SCHEMA,
        "heapdiff": summary.heapdiff,
        "id": summary.id,
        "label": None,
        "captured_at": summary.captured_at,
        "process": asdict(summary.process),
        "trigger": summary.trigger,
        "collector": None if summary.collector is None else asdict(summary.collector),
        "engine": summary.capture.engine,
        "singletons": numbers_of(info.get("singletons")),
        "redacted": True,
    }
    return encode_json(content)


def redact_types(payload: bytes, pseudonyms: Pseudonyms) -> bytes:
    out = bytearray()
    for entry in decode_types(payload):
        out += encode_varint(entry.address >> 3) + encode_varint(entry.flags) + encode_varint(entry.base_size)
        for text in pseudonyms.of_type(entry.module, entry.qualname):
            out += encode_text(text)
    return bytes(out)


def redact_modules(payload: bytes, pseudonyms: Pseudonyms) -> bytes:
    """Owners stay, and get pseudonyms: that a package is installed does not make its name public."""
    out = bytearray()
    for entry in decode_modules(payload):
        out += encode_varint(entry.name) + encode_varint(entry.owner)
        out += encode_text(pseudonyms.of(entry.distribution))
    return bytes(out)


def numbers_of(content: Any) -> Any:
    """An object's numbers, at any depth; texts and lists are left out."""
    if isinstance(content, dict):
        kept = {str(key): numbers_of(value) for key, value in content.items()}
        return {key: value for key, value in kept.items() if not isinstance(value, (str, list))}
    return content if content is None or isinstance(content, (int, float)) else ""


def encode_json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=True, allow_nan=False).encode("ascii") + b"\n"


def encode_text(text: str) -> bytes:
    content = text.encode("utf-8", "replace")
    return encode_varint(len(content)) + content


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that appears under its name when it is complete; mode 0600. An OSError names it, not the one written to."""
    try:
        descriptor, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
        try:
            with open(descriptor, "wb", buffering=1 << 20) as out:
                yield out
            os.replace(partial, path)
        except BaseException:
            os.unlink(partial)
            raise
    except OSError as error:
        error.filename = os.fspath(path)
        raise
