"""Copies a snapshot for people outside. What is copied is listed; all else is left out, so that a field of a later
version is not passed on by accident.
"""

import json
import os
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, Final

from heapdiff.format import (
    CHECKSUM,
    FRAME,
    HEADER,
    HEADER_BYTES,
    HEAP_SCHEMA,
    MAGIC,
    MAX_SECTION_BYTES,
    SUMMARY_SCHEMA,
    VERSION,
    Cursor,
    EdgeKind,
    ModuleOwner,
    RootKind,
    SampleRow,
    Section,
    TypeFlag,
    encode_varint,
    zigzag,
)
from heapdiff.model import GraphFile, ProcessInfo, Summary, TypeCount
from heapdiff.snapshot.files import Snapshot
from heapdiff.snapshot.redaction.pseudonyms import Pseudonyms
from heapdiff.snapshot.redaction.rewriting import rewrite_records
from heapdiff.snapshot.redaction.vocabulary import BUILT_IN, BUILT_IN_TYPES, FACTS, PSEUDO_TYPES
from heapdiff.snapshot.samples import (
    CallsEntry,
    decode_calls,
    decode_samples,
    encode_sample,
    sample_row_kind,
)
from heapdiff.snapshot.sections import damaged, read_sections
from heapdiff.snapshot.summary import parse_memory, sort_types
from heapdiff.snapshot.tables import (
    TypeEntry,
    decode_facts,
    decode_json,
    decode_layouts,
    decode_modules,
    decode_names,
    decode_roots,
    decode_types,
    display_type,
)

COPIED: Final = frozenset({Section.BOUNDS, Section.IDLE, Section.VIEWS, Section.TAIL})
OF_EVERYBODY: Final = (ModuleOwner.STANDARD, ModuleOwner.BUILT_IN)
OF_INTERPRETER: Final = (RootKind.INTERPRETER, RootKind.THREAD_STATE)


@dataclass(frozen=True, slots=True)
class Definitions:
    """What is known of a graph to be defined by the standard library or a package that everybody knows.

    `modules` are names in `sys.modules`; `objects` the addresses of modules, classes and texts whose own name stays.
    """

    modules: frozenset[str] = frozenset()
    objects: frozenset[int] = frozenset()

    def has(self, entry: TypeEntry) -> bool:
        """Whether a type keeps its name. A static one is C code's; a class may only say that it is from a module."""
        if entry.flags & TypeFlag.HEAP_TYPE:
            return entry.address in self.objects
        if entry.module in ("", BUILT_IN):
            return entry.qualname in BUILT_IN_TYPES or (not entry.address and entry.qualname in PSEUDO_TYPES)
        return entry.module in self.modules


@dataclass(slots=True)
class NewNames:
    """The table of names of the copy: the original's, hidden, under the same numbers; those that stay, behind them.

    By its use a name stays or not: `email` may be a module and an attribute of the user's.
    """

    names: list[str]
    added: dict[str, int] = field(default_factory=dict)  # what stays somewhere -> its number there

    def keep(self, number: int) -> int:
        if not 0 < number < len(self.names):
            return number  # none, or the reader will complain of it
        return self.add(self.names[number])

    def add(self, name: str) -> int:
        return self.added.setdefault(name, len(self.names) + len(self.added)) if name else 0

    def text(self, number: int) -> str:
        return self.names[number] if number < len(self.names) else ""


def redact(snapshot: Snapshot, target: Path, pseudonyms: Pseudonyms, definitions: Definitions) -> None:
    """Write `target` (`.json`) and, where there is a graph, the `.heap` beside it. Raises SnapshotError, OSError."""
    summary = redact_process(snapshot.summary, target, pseudonyms)
    graph, shown = None, BUILT_IN_TYPES
    if snapshot.heap is not None:
        heap = target.with_suffix(".heap")
        with new_file(heap) as out:
            try:
                copy = Copy(out, pseudonyms, definitions)
                graph = replace(copy.write(snapshot.heap, summary), file=heap.name)
            except ValueError as error:
                raise damaged(snapshot.heap, str(error)) from error
        shown = frozenset(copy.shown)
    types = redact_counts(snapshot.summary.types, pseudonyms, shown)
    content = {
        "schema": SUMMARY_SCHEMA,
        **asdict(replace(summary, types=types, graph=graph)),
        "redacted": True,
    }
    with new_file(target) as out:
        out.write(json.dumps(content, ensure_ascii=True, indent=1, allow_nan=False).encode("ascii") + b"\n")


def redact_process(summary: Summary, target: Path, pseudonyms: Pseudonyms) -> Summary:
    """Pid and times stay: by them two snapshots are known to be of one process. Notes may quote paths."""
    process = summary.process
    endpoints = None if process.endpoints is None else redact_endpoints(process.endpoints, pseudonyms)
    host = pseudonyms.hide(f"host {process.host}").replace("x", "host-", 1)
    identity = pseudonyms.hide(f"identity {process.identity}") if process.identity else ""
    shown = replace(process, host=host, argv=(), identity=identity, endpoints=endpoints)
    return replace(
        summary,
        id=target.stem,
        label=None,
        process=redact_deployment(shown, pseudonyms),
        types=(),
        notes=(),
        graph=None,
        values=False,
    )


def redact_deployment(process: ProcessInfo, pseudonyms: Pseudonyms) -> ProcessInfo:
    """Under new names, by which releases, services and pods can still be told apart; `production`, too, may be anything."""

    def hide(kind: str, text: str) -> str:
        return pseudonyms.hide(f"{kind} {text}").replace("x", f"{kind}-", 1) if text else ""

    return replace(
        process,
        release=hide("release", process.release),
        service=hide("service", process.service),
        environment=hide("environment", process.environment),
        pod=hide("pod", process.pod),
    )


def redact_endpoints(calls: Mapping[str, int], pseudonyms: Pseudonyms) -> dict[str, int]:
    """Under new names; the sums of those that had none (`<hidden>`) stay what they are."""
    return {name if name.startswith("<") else pseudonyms.of(name): count for name, count in calls.items()}


def redact_counts(
    types: Iterable[TypeCount], pseudonyms: Pseudonyms, shown: frozenset[str]
) -> tuple[TypeCount, ...]:
    merged: dict[str, tuple[int, int]] = {}
    for entry in types:
        name = entry.type if entry.type in shown else pseudonyms.of(entry.type)
        count, size = merged.get(name, (0, 0))
        merged[name] = (count + entry.count, size + entry.bytes)
    return sort_types(TypeCount(name, count, size) for name, (count, size) in merged.items())


class Copy:
    """One graph on its way into another file, section by section."""

    def __init__(self, out: BinaryIO, pseudonyms: Pseudonyms, definitions: Definitions) -> None:
        self.shown: set[str] = set()  # names of types that stay, as the summary shows them
        self._out = out
        self._pseudonyms = pseudonyms
        self._definitions = definitions
        self._crc = self._file_crc = self._written = 0

    def write(self, source: Path, summary: Summary) -> GraphFile:
        """Two passes: names get numbers behind all of the original's."""
        self._names = NewNames(["", *_names_of(source)])
        header = HEADER.pack(MAGIC, VERSION, 0, 0)
        self._out.write(header)
        self._crc = self._file_crc = zlib.crc32(header)
        self._written = HEADER_BYTES
        for section in read_sections(source):
            if section.tag == Section.TAIL:
                self._write_kept_names()
            payload = self._redact(section.tag, section.payload, summary)
            if payload is not None:
                self._write(section.tag, payload)
        return GraphFile("", self._written, self._file_crc)

    def _write(self, tag: bytes, payload: bytes) -> None:
        if len(payload) > MAX_SECTION_BYTES:
            raise ValueError("a section whose names are too many to replace")
        frame = FRAME.pack(tag, len(payload))
        self._crc = zlib.crc32(payload, zlib.crc32(frame, self._crc))
        whole = frame + payload + CHECKSUM.pack(self._crc)
        self._out.write(whole)
        self._file_crc = zlib.crc32(whole, self._file_crc)
        self._written += len(whole)

    def _write_kept_names(self) -> None:
        if self._names.added:
            self._write(Section.NAME, b"".join(map(encode_text, self._names.added)))

    def _redact(self, tag: bytes, payload: bytes, summary: Summary) -> bytes | None:
        """None for values, for hashes, and for whatever this version does not know."""
        if tag == Section.INFO:
            return redact_info(decode_json(tag, payload).content, summary)
        if tag == Section.MEMORY:
            return encode_json(asdict(parse_memory(decode_json(tag, payload))))
        if tag == Section.NAME:
            return joined(encode_text(self._pseudonyms.of(name)) for name in decode_names(payload))
        if tag == Section.TYPE:
            return joined(map(self._redact_type, decode_types(payload)))
        if tag == Section.LAYOUT:
            return joined(map(self._redact_layout, decode_layouts(payload)))
        if tag == Section.ROOT:
            return joined(
                encode_varint(root.kind) + encode_varint(self._name_of_root(root.kind, root.name))
                + encode_varint(root.address >> 3)
                for root in decode_roots(payload)
            )  # fmt: skip
        if tag == Section.MODULES:
            return self._redact_modules(payload)
        if tag == Section.FACTS:
            return self._redact_facts(payload)
        if tag == Section.SAMPLES:
            return self._redact_samples(payload)
        if tag == Section.CALLS:
            return redact_calls(decode_calls(payload), self._pseudonyms)
        if tag == Section.OBJECTS:
            return rewrite_records(payload, self._definitions.objects, self._names.keep)
        return payload if tag in COPIED else None

    def _redact_type(self, entry: TypeEntry) -> bytes:
        module, qualname = entry.module, entry.qualname
        if self._definitions.has(entry):
            self.shown.add(display_type(module, qualname))
        else:
            module = module if module in ("", BUILT_IN) else self._pseudonyms.of(module)
            qualname = self._pseudonyms.of(qualname)
        numbers = (entry.address >> 3, entry.flags & ~TypeFlag.HASHED, entry.base_size)
        return b"".join(map(encode_varint, numbers)) + encode_text(module) + encode_text(qualname)

    def _redact_layout(self, layout: tuple[tuple[EdgeKind, int], ...]) -> bytes:
        return encode_varint(len(layout)) + b"".join(
            encode_varint(kind) + encode_varint(self._names.keep(name) if kind is EdgeKind.INTERNAL else name)
            for kind, name in layout
        )

    def _name_of_root(self, kind: RootKind, name: int) -> int:
        stays = kind in OF_INTERPRETER or (kind is RootKind.MODULE and self._is_public(name))
        return self._names.keep(name) if stays else name

    def _redact_modules(self, payload: bytes) -> bytes:
        """Owners stay. That a package is installed does not make its name public."""
        out = bytearray()
        for entry in decode_modules(payload):
            public = self._is_public(entry.name)
            package = entry.distribution
            out += encode_varint(self._names.keep(entry.name) if public else entry.name)
            out += encode_varint(entry.owner) + encode_text(
                package if public else self._pseudonyms.of(package)
            )
        return bytes(out)

    def _is_public(self, name: int) -> bool:
        return self._names.text(name) in self._definitions.modules

    def _redact_facts(self, payload: bytes) -> bytes:
        return joined(
            encode_varint(fact.address >> 3) + encode_varint(self._names.keep(fact.name))
            + encode_varint(zigzag(fact.number))
            for fact in decode_facts(payload)
            if self._names.text(fact.name) in FACTS
        )  # fmt: skip

    def _redact_samples(self, payload: bytes) -> bytes:
        """Who allocated: code that everybody knows stays, so that what called it can still be told."""
        kind = sample_row_kind(Cursor(payload).varint())
        if kind is not SampleRow.CODE:
            return payload
        rows = (self._redact_code(row) for _, row in decode_samples(payload))
        return encode_varint(kind) + joined(encode_sample(kind, row) for row in rows)

    def _redact_code(self, row: dict[str, int]) -> dict[str, int]:
        names = self._names
        distribution, file = names.text(row["distribution"]), names.text(row["file"])
        module = module_of(file)
        theirs = row["owner"] in OF_EVERYBODY or module.partition(".")[0] == distribution
        if theirs and module in self._definitions.modules:
            return row | {name: names.keep(row[name]) for name in ("distribution", "file", "name")}
        hidden = "/".join(map(self._redact_file, file.split("/"))) if file else ""
        return row | {"distribution": names.add(self._pseudonyms.of(distribution)), "file": names.add(hidden)}

    def _redact_file(self, part: str) -> str:
        stem, _, ending = part.partition(".")
        return f"{self._pseudonyms.of(stem)}.py" if ending == "py" else self._pseudonyms.hide(part)


def module_of(file: str) -> str:
    """The name of the module that a file below an import directory is."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def redact_calls(calls: CallsEntry, pseudonyms: Pseudonyms) -> bytes:
    return encode_varint(calls.unrouted) + encode_varint(calls.other) + joined(
        encode_varint(row.address >> 3) + encode_text(pseudonyms.of(row.name)) + encode_varint(row.calls)
        for row in calls.endpoints
    )  # fmt: skip


def joined(parts: Iterable[bytes]) -> bytes:
    """One after the other, without all of them at once."""
    whole = bytearray()
    for part in parts:
        whole += part
    return bytes(whole)


def _names_of(source: Path) -> Iterator[str]:
    for section in read_sections(source):
        if section.tag == Section.NAME:
            yield from decode_names(section.payload)


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
                os.fchmod(descriptor, 0o600)  # whatever the umask
            os.replace(partial, path)
        except BaseException:
            os.unlink(partial)
            raise
    except OSError as error:
        error.filename = os.fspath(path)
        raise
