"""The tables of one file, gathered section by section. Ids are checked once all of them are there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, overload

import numpy as np
from numpy.typing import NDArray

from heapdiff.fields import Fields
from heapdiff.format import (
    DOUBLE,
    LABEL_PAYLOAD,
    MAX_ADDRESS,
    MAX_SIZE,
    VALUE_BYTES_MOST,
    VALUE_COUNT,
    ModuleOwner,
    SampleRow,
    SampleSource,
    Section,
    TypeFlag,
    ValueKind,
)
from heapdiff.graph.heap import NO_NODE, Declaration, HeapType, Owner
from heapdiff.graph.layouts import Layouts, decode_varints
from heapdiff.graph.narrow import distinct
from heapdiff.graph.samples import Calls, CodePlace, EndpointCalls, Recording, Samples
from heapdiff.model import Address, NodeIndex
from heapdiff.snapshot.samples import SAMPLE_FIELDS, CallsEntry, decode_calls, sample_row_kind
from heapdiff.snapshot.tables import (
    ModuleEntry,
    RootEntry,
    TailEntry,
    TypeEntry,
    decode_json,
    decode_modules,
    decode_names,
    decode_numbers,
    decode_roots,
    decode_tail,
    decode_types,
    display_type,
    value_text,
)

MOST_SOURCES: Final = 16
MOST_FRAMES: Final = 256  # of one stack
SINGLETONS: Final = ("none", "true", "false")
ROW: Final = np.dtype(
    [("address", "<u8"), ("length", "<u4"), ("bytes", "<u2"), ("kind", "u1"), ("zero", "u1")]
)
HASH: Final = np.dtype("<u4")
Rows = dict[str, NDArray[np.int64]]
Find = Callable[[NDArray[np.uint64]], NDArray[np.uint32]]


@dataclass(slots=True)
class HeapTables:
    """Everything in a file but its object records."""

    info: Fields = field(default_factory=lambda: Fields({}))
    names: list[str] = field(default_factory=lambda: [""])
    types: list[TypeEntry] = field(default_factory=list)
    layout_payloads: list[bytes] = field(default_factory=list)
    roots: list[RootEntry] = field(default_factory=list)
    bounds: dict[int, int] = field(default_factory=dict)
    fact_payloads: list[bytes] = field(default_factory=list)
    views: dict[int, int] = field(default_factory=dict)
    modules: list[ModuleEntry] = field(default_factory=list)
    idle_payloads: list[bytes] = field(default_factory=list)
    value_payloads: list[bytes] = field(default_factory=list)
    hash_payloads: list[bytes] = field(default_factory=list)
    has_hashes: bool = False
    sample_payloads: list[bytes] = field(default_factory=list)
    calls: list[CallsEntry] = field(default_factory=list)
    tail: TailEntry | None = None

    def add(self, tag: bytes, payload: bytes) -> None:
        """Take one section in; those of no table are left alone. Raises ValueError."""
        if tag == Section.INFO:
            self.info = decode_json(tag, payload)
        elif tag == Section.NAME:
            self.names.extend(decode_names(payload))
        elif tag == Section.TYPE:
            self.types.extend(decode_types(payload))
        elif tag == Section.LAYOUT:
            self.layout_payloads.append(payload)
        elif tag == Section.ROOT:
            self.roots.extend(decode_roots(payload))
        elif tag == Section.BOUNDS:
            self.bounds.update(decode_numbers(payload))
        elif tag == Section.FACTS:
            self.fact_payloads.append(payload)
        elif tag == Section.VIEWS:
            self.views.update(decode_numbers(payload))
        elif tag == Section.MODULES:
            self.modules.extend(decode_modules(payload))
        elif tag == Section.IDLE:
            self.idle_payloads.append(payload)
        elif tag == Section.VALUES:
            self.value_payloads.append(payload)
        elif tag == Section.HASHES:
            require(len(payload) % HASH.itemsize == 0, "a hash reaches past the end of its section")
            self.hash_payloads.append(payload)
            self.has_hashes = True
        elif tag == Section.SAMPLES:
            self.sample_payloads.append(payload)
        elif tag == Section.CALLS:
            self.calls.append(decode_calls(payload))
        elif tag == Section.TAIL:
            self.tail = decode_tail(payload)

    def check(self, objects: int | None) -> None:
        """Compare the ids with the tables, and the totals with what was read: the records only where they were counted."""
        if len(self.names) > LABEL_PAYLOAD:
            raise ValueError("too many names")
        named = [root.name for root in self.roots] + [module.name for module in self.modules]
        if max(named, default=0) >= len(self.names):
            raise ValueError("a name that is not in the table of names")
        counted = self.tail is not None and objects in (None, self.tail.records)
        if self.tail is None or not counted or self.tail.roots != len(self.roots):
            raise ValueError("its end section gives a different number of records or roots")

    def heap_types(self) -> list[HeapType]:
        return [
            HeapType(display_type(entry.module, entry.qualname), Address(entry.address), entry.flags)
            for entry in self.types
        ]

    def singletons(self) -> dict[str, int]:
        """The addresses of `None`, `True` and `False`, where the file says them. Raises ValueError."""
        told = self.info.optional_object("singletons") or Fields({})
        return {name: told.integer(name) for name in SINGLETONS if name in told}

    def owners(self) -> dict[str, Owner]:
        return {self.names[entry.name]: Owner(entry.owner, entry.distribution) for entry in self.modules}

    def hashes(self) -> NDArray[np.uint32]:
        """In the order of the records that have one."""
        return np.frombuffer(b"".join(self.hash_payloads), HASH).astype(np.uint32, copy=False)

    def is_hashed(self) -> NDArray[np.uint8]:
        """By type, whether its instances have a hash: none in a file without hashes."""
        return np.array(
            [self.has_hashes and bool(entry.flags & TypeFlag.HASHED) for entry in self.types], np.uint8
        )

    def layouts(self) -> Layouts:
        return Layouts.decode(self.layout_payloads, len(self.names))

    def declarations(self, declared: NDArray[np.uint32], layouts: Layouts) -> Mapping[int, Declaration]:
        """From rows of code object, layout, positional and keyword-only arguments."""
        rows = {
            node: (layout, positional, keyword) for node, layout, positional, keyword in declared.tolist()
        }
        return _Declarations(rows, layouts, self.names)


class _Declarations(Mapping[int, Declaration]):
    """Makes a code object's declaration when it is asked for: few are, of tens of thousands."""

    def __init__(self, rows: dict[int, tuple[int, int, int]], layouts: Layouts, names: Sequence[str]) -> None:
        self._rows, self._layouts, self._names = rows, layouts, names

    def __getitem__(self, node: int) -> Declaration:
        layout, positional, keyword_only = self._rows[node]
        return Declaration(self._layouts.variables(layout, self._names), positional, keyword_only)

    def __iter__(self) -> Iterator[int]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


class HeldValues(Mapping[int, str]):
    """Node -> its value as Python writes it. 28 bytes and the value's own for each."""

    def __init__(self, payloads: Sequence[bytes], find: Find) -> None:
        """From the payloads of `VALS` sections; `find` gives the nodes of addresses. Raises ValueError."""
        parts = [_split(payload) for payload in payloads]
        rows = np.concatenate([np.zeros(0, ROW), *(rows for rows, _ in parts)])
        ends = np.cumsum(rows["bytes"], dtype=np.int64)
        nodes = find(np.ascontiguousarray(rows["address"]))
        order = np.argsort(nodes, kind="stable")[: np.count_nonzero(nodes != NO_NODE)]
        self._nodes, self._rows, self._ends = nodes[order], rows[order], ends[order]
        self._texts = b"".join(texts for _, texts in parts)

    def __getitem__(self, node: int) -> str:
        at = int(np.searchsorted(self._nodes, node))
        if at == len(self._nodes) or int(self._nodes[at]) != node:
            raise KeyError(node)
        row, end = self._rows[at], int(self._ends[at])
        size = int(row["bytes"])
        return value_text(int(row["kind"]), int(row["length"]), self._texts[end - size : end])

    def __iter__(self) -> Iterator[int]:
        return (int(node) for node in self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)


def _split(payload: bytes) -> tuple[NDArray[np.void], bytes]:
    """The rows of a section, and their texts one after the other. Raises ValueError."""
    if len(payload) < VALUE_COUNT.size:
        raise ValueError("a section of values without a count")
    count = VALUE_COUNT.unpack_from(payload)[0]
    texts = VALUE_COUNT.size + count * ROW.itemsize
    if texts > len(payload):
        raise ValueError("the rows of values reach past the end of their section")
    rows = np.frombuffer(payload, ROW, count, VALUE_COUNT.size)
    if (rows["address"] % 8 != 0).any() or (rows["address"] >= MAX_ADDRESS).any():
        raise ValueError("a value at an address without an object")
    known = np.isin(rows["kind"], [int(kind) for kind in ValueKind])
    if not known.all() or (rows["bytes"] > VALUE_BYTES_MOST).any():
        raise ValueError("a value of unknown kind or too many bytes")
    if (rows["bytes"][rows["kind"] == ValueKind.FLOAT] != DOUBLE.size).any():
        raise ValueError("a number that isn't 8 bytes long")
    if int(rows["bytes"].sum(dtype=np.int64)) != len(payload) - texts:
        raise ValueError("the texts of values do not fill their section")
    return rows, payload[texts:]


class _Places(Sequence[CodePlace]):
    """Makes a place when it is asked for: a forged file has millions."""

    def __init__(self, rows: Rows, nodes: NDArray[np.int64], names: Sequence[str]) -> None:
        self._columns = tuple(rows[field] for field in ("owner", "distribution", "file", "name"))
        self._nodes, self._names = nodes, names

    @overload
    def __getitem__(self, at: int) -> CodePlace: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[CodePlace]: ...
    def __getitem__(self, at: int | slice) -> CodePlace | Sequence[CodePlace]:
        if isinstance(at, slice):
            return [self[number] for number in range(*at.indices(len(self)))]
        owner, *named = (int(column[at]) for column in self._columns)
        distribution, file, function = (self._names[number] for number in named)
        node = int(self._nodes[at])
        return CodePlace(
            file=file,
            function=function,
            owner=ModuleOwner(owner) if owner else None,
            distribution=distribution,
            node=None if node < 0 else NodeIndex(node),
        )

    def __len__(self) -> int:
        return len(self._nodes)


def decode_samples(payloads: Sequence[bytes], names: Sequence[str], find: Find) -> Samples | None:
    """Of `SAMP` sections; `find` gives the nodes of addresses. None where nothing recorded. Raises ValueError.

    Memory: 50 bytes for each byte of the largest section, and 16 for each of all.
    """
    parts: dict[SampleRow, list[Rows]] = {kind: [] for kind in SampleRow}
    for payload in payloads:
        kind, rows = _decode_section(payload)
        parts[kind].append(rows)
    sources, codes, stacks, samples = (_joined(kind, parts[kind]) for kind in SampleRow)
    if not len(sources["source"]):
        require(not any(parts.values()), "samples without a source")
        return None
    require(len(sources["source"]) <= MOST_SOURCES, "too many sources of samples")
    require(_all(sources["source"], 1, max(SampleSource)), "samples of an unknown source")
    require(_all(codes["owner"], 0, max(ModuleOwner)), "code of an unknown owner")
    for named in ("distribution", "file", "name"):
        require(_all(codes[named], 0, len(names) - 1), "a name that is not in the table of names")
    require(_all(stacks["code"], 1, len(codes["owner"])), "a frame without its code")
    require(_all(stacks["line"], 0, 2**32 - 1), "a line that no file has")
    require(_all(samples["source"], 1, len(sources["source"])), "a sample without its source")
    require(_all(samples["stack"], 0, len(stacks["code"])), "a sample without its stack")
    require(_all(samples["bytes"], 0, MAX_SIZE - 1), "a sample of too many bytes")
    blocks, objects = _addresses(samples["address"]), _addresses(samples["object"])
    return Samples(
        recordings=tuple(
            Recording(SampleSource(source), interval, since_ms, taken, lost)
            for source, interval, since_ms, taken, lost in np.stack([*sources.values()], 1).tolist()
        ),
        recording=(samples["source"] - 1).astype(np.uint32),
        nodes=_nodes(objects, find),
        direct=(objects > 0) & (blocks <= objects) & (objects < blocks + samples["bytes"]),
        bytes=samples["bytes"],
        ages_ms=samples["age_ms"],
        stacks=samples["stack"].astype(np.uint32),
        callers=_callers(stacks["caller"]),
        codes=np.append(np.uint32(0), (stacks["code"] - 1).astype(np.uint32)),
        lines=np.append(np.uint32(0), stacks["line"].astype(np.uint32)),
        places=_Places(codes, _nodes(_addresses(codes["address"]), find), names),
    )  # fmt: skip


def decode_idle(payloads: Sequence[bytes], find: Find) -> NDArray[np.int64] | None:
    """Of `IDLE` sections: the nodes, ascending; None where there is no section. Raises ValueError."""
    if not payloads:
        return None
    places = []
    for payload in payloads:
        steps = decode_varints(payload)
        places.append(np.cumsum(steps >> 1 ^ -(steps & 1)))
    found = np.concatenate(places)
    require(_all(found, 0, (MAX_ADDRESS >> 3) - 1), "code at an address that no process has")
    nodes = find((found << 3).astype(np.uint64))
    return distinct(nodes[nodes != NO_NODE]).astype(np.int64)


def collect_calls(entries: Sequence[CallsEntry], find: Find) -> Calls | None:
    """Of `CALL` sections; None where nothing counted."""
    if not entries:
        return None
    rows = [row for entry in entries for row in entry.endpoints]
    nodes = _nodes(np.array([row.address for row in rows], np.int64), find).tolist()
    return Calls(
        tuple(
            EndpointCalls(row.name, row.calls, None if node < 0 else NodeIndex(node))
            for row, node in zip(rows, nodes, strict=True)
        ),
        sum(entry.unrouted for entry in entries),
        sum(entry.other for entry in entries),
    )


def require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)


def _decode_section(payload: bytes) -> tuple[SampleRow, Rows]:
    numbers = decode_varints(payload)
    require(len(numbers) > 0, "samples without a kind")
    kind = sample_row_kind(int(numbers[0]))
    fields = SAMPLE_FIELDS[kind]
    require((len(numbers) - 1) % len(fields) == 0, "a row of samples reaches past the end of its section")
    columns = numbers[1:].reshape(-1, len(fields)).T
    return kind, dict(zip(fields, columns, strict=True))


def _joined(kind: SampleRow, parts: Sequence[Rows]) -> Rows:
    return {
        field: np.concatenate([np.zeros(0, np.int64), *(part[field] for part in parts)])
        for field in SAMPLE_FIELDS[kind]
    }


def _all(column: NDArray[np.int64], least: int, most: int) -> bool:
    return not len(column) or bool(least <= column.min() and column.max() <= most)


def _addresses(column: NDArray[np.int64]) -> NDArray[np.int64]:
    require(_all(column, 0, (MAX_ADDRESS >> 3) - 1), "a sample at an address that no process has")
    return column << 3


def _nodes(addresses: NDArray[np.int64], find: Find) -> NDArray[np.int64]:
    found = find(addresses.astype(np.uint64)).astype(np.int64)
    found[(found == NO_NODE) | (addresses == 0)] = -1
    return found


def _callers(column: NDArray[np.int64]) -> NDArray[np.uint32]:
    require(bool((column <= np.arange(len(column))).all()), "a frame whose caller comes later")
    callers = np.append(np.uint32(0), column.astype(np.uint32))
    above = np.flatnonzero(callers)
    at = callers[above]
    for _ in range(MOST_FRAMES):  # those that have so many callers
        if not len(at):
            return callers
        at = callers[at]
        at = at[at > 0]
    raise ValueError(f"a stack of more than {MOST_FRAMES} frames")
