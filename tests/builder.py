"""Builds a HeapGraph object by object, the way the agent writes a real heap. Holds no analysis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NewType

import numpy as np

from heapdiff.format import (
    LABEL_PAYLOAD,
    LABEL_SHIFT,
    NAMED_KINDS,
    EdgeKind,
    ModuleOwner,
    RootKind,
    SampleSource,
    TypeFlag,
)
from heapdiff.graph.heap import Declaration, HeapGraph, HeapType, Nodes, Owner, Root
from heapdiff.graph.narrow import Narrow, NodeNames
from heapdiff.graph.samples import Calls, CodePlace, EndpointCalls, Recording, Samples
from heapdiff.model import Address, NodeIndex, Summary

Handle = NewType("Handle", int)

DEFAULT_SIZES = {
    "dict": 232, "list": 88, "tuple": 64, "set": 216, "frozenset": 216, "str": 55, "int": 28, "float": 24,
    "module": 72, "function": 152, "code": 400, "cell": 40, "type": 1064, "NoneType": 16, "bool": 28,
}  # fmt: skip
STATIC_FLAGS = {
    "dict": TypeFlag.GC | TypeFlag.DICT,
    "type": TypeFlag.GC | TypeFlag.TYPE,
    "frame": TypeFlag.PSEUDO,
}
UNTRACKED = frozenset(("str", "int", "float", "bool", "NoneType", "bytes"))
IMMORTAL = 0
APPLICATION = Owner(ModuleOwner.APPLICATION)


@dataclass(slots=True)
class _Object:
    type_id: int
    size: int
    refcount: int | None
    extra_refs: int
    address: int
    name: str
    edges: list[tuple[Handle, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A frame of a sample. `code` is the code object, where it is in the graph."""

    file: str
    line: int
    function: str
    owner: Owner = APPLICATION
    code: Handle | None = None


@dataclass(frozen=True, slots=True)
class _Sample:
    of: Handle | None
    bytes: int
    age_ms: int
    direct: bool
    stack: int
    recording: int


class GraphBuilder:
    """Collects objects, references and roots; `build` sorts them by address into a HeapGraph.

    An object's address is the one given, else derived from `key` (the same key has the same address in
    every graph, which is how a test says that an object survived), else the next free one. Its reference
    count is the one given, else the number of strong references and roots found, plus `extra_refs`.
    """

    def __init__(self) -> None:
        self._objects: list[_Object] = []
        self._taken: set[int] = set()
        self._types: list[str] = []
        self._type_ids: dict[str, int] = {}
        self._type_flags: dict[str, TypeFlag] = {}
        self._type_nodes: dict[str, Handle] = {}
        self._names: list[str] = [""]
        self._name_ids: dict[str, int] = {"": 0}
        self._roots: list[tuple[RootKind, str, Handle]] = []
        self._bounds: dict[Handle, int] = {}
        self._facts: dict[Handle, dict[str, int]] = {}
        self._views: dict[Handle, int] = {}
        self._idle: list[Handle] | None = None
        self._hashes: dict[Handle, int] = {}
        self._modules: dict[str, Owner] = {}
        self._int_keys: list[int] = []
        self._declarations: dict[Handle, Declaration] = {}
        self._strings: dict[str, Handle] = {}
        self._singletons: dict[str, Handle] = {}
        self._recordings: list[Recording] = []
        self._stacks: dict[tuple[int, CodeLine], int] = {}
        self._samples: list[_Sample] = []
        self._endpoints: list[tuple[str, int, Handle | None]] = []
        self._calls: tuple[int, int] | None = None

    def add_object(
        self,
        type_name: str,
        *,
        size: int | None = None,
        refcount: int | None = None,
        extra_refs: int = 0,
        name: str = "",
        address: int | None = None,
        key: str | None = None,
    ) -> Handle:
        """A new object. `name` is its own: of a module, function, class or code, or a key's text."""
        at = self._place(address, key)
        bytes_ = DEFAULT_SIZES.get(type_name, 48) if size is None else size
        self._objects.append(_Object(self.type_id(type_name), bytes_, refcount, extra_refs, at, name))
        return Handle(len(self._objects) - 1)

    def type_id(self, name: str) -> int:
        if name not in self._type_ids:
            self._type_ids[name] = len(self._types)
            self._types.append(name)
        return self._type_ids[name]

    def set_type(self, name: str, *, flags: TypeFlag | None = None, node: Handle | None = None) -> None:
        """Say more about a type: its flags, or which object it is (instances then refer to it)."""
        self.type_id(name)
        if flags is not None:
            self._type_flags[name] = flags
        if node is not None:
            self._type_nodes[name] = node

    def add_edge(
        self,
        owner: Handle,
        target: Handle,
        kind: EdgeKind = EdgeKind.UNNAMED,
        *,
        name: str = "",
        index: int | None = None,
    ) -> None:
        """One reference. `index` is an element's index, or the integer key of an INT_VALUE."""
        payload = 0
        if kind in NAMED_KINDS:
            payload = self._name_id(name)
        elif kind is EdgeKind.ELEMENT:
            payload = index or 0
        elif kind is EdgeKind.INT_VALUE:
            payload = len(self._int_keys)
            self._int_keys.append(index or 0)
        self._objects[owner].edges.append((target, kind << LABEL_SHIFT | min(payload, LABEL_PAYLOAD)))

    def add_item(self, owner: Handle, key: Handle, value: Handle) -> None:
        """A dict entry; the key's text, if any, is the key object's own name."""
        self.add_edge(owner, key, EdgeKind.KEY)
        self.add_edge(owner, value, EdgeKind.VALUE)

    def add_int_item(self, owner: Handle, number: int, value: Handle) -> None:
        """A dict entry whose key is an integer."""
        self.add_edge(owner, self.add_object("int", key=f"int {number}"), EdgeKind.KEY)
        self.add_edge(owner, value, EdgeKind.INT_VALUE, index=number)

    def add_global(self, namespace: Handle, name: str, value: Handle) -> None:
        """An entry of a namespace dict: module globals, class attributes, an instance's `__dict__`."""
        self.add_item(namespace, self.identifier(name), value)

    def identifier(self, text: str) -> Handle:
        """The interned string of a code name."""
        if text not in self._strings:
            self._strings[text] = self.add_object("str", name=text, key=f"identifier {text}")
        return self._strings[text]

    def singleton(self, name: str) -> Handle:
        """`None`, `True` or `False`: immortal, and listed in the file's INFO."""
        if name not in self._singletons:
            type_name = "NoneType" if name == "None" else "bool"
            self._singletons[name] = self.add_object(type_name, refcount=IMMORTAL, key=f"singleton {name}")
        return self._singletons[name]

    def add_root(self, kind: RootKind, name: str, target: Handle) -> None:
        self._roots.append((kind, name, target))

    def declare(
        self, code: Handle, variables: Sequence[tuple[EdgeKind, str]], positional: int, keyword_only: int = 0
    ) -> None:
        """Give a code object its variables."""
        self._declarations[code] = Declaration(tuple(variables), positional, keyword_only)

    def set_owner(self, module: str, owner: Owner) -> None:
        """Whose a module is; without it the file does not say so, and its name decides."""
        self._modules[module] = owner

    def address(self, handle: Handle) -> Address:
        return Address(self._objects[handle].address)

    def set_fact(self, owner: Handle, name: str, number: int) -> None:
        self._facts.setdefault(owner, {})[name] = number

    def set_bound(self, container: Handle, most: int) -> None:
        self._bounds[container] = most

    def set_idle(self, *code: Handle) -> None:
        """This code hasn't run; all other has. Until this is called, the graph doesn't say."""
        self._idle = [*(self._idle or ()), *code]

    def set_shown(self, view: Handle, bytes_: int) -> None:
        """How many bytes of another object's buffer it shows."""
        self._views[view] = bytes_

    def set_hash(self, text: Handle, number: int) -> None:
        """Of a str or bytes object: equal texts have the same."""
        self._hashes[text] = number

    def record(
        self, source: SampleSource = SampleSource.SAMPLER, interval: int = 1 << 19, since_ms: int = 3_600_000
    ) -> None:
        """What records the samples that are added from here on. The first sample begins with the sampler by itself."""
        self._recordings.append(Recording(source, interval, since_ms))

    def add_sample(
        self,
        frames: Sequence[CodeLine],
        of: Handle | None = None,
        *,
        size: int = 1024,
        age_ms: int = 1000,
        direct: bool = False,
    ) -> None:
        """A live allocation, innermost frame first. `of`: the object that owns it, or with `direct` is it."""
        if not self._recordings:
            self.record()
        stack = 0
        for frame in reversed(frames):
            stack = self._stacks.setdefault((stack, frame), len(self._stacks) + 1)
        self._samples.append(_Sample(of, size, age_ms, direct, stack, len(self._recordings) - 1))

    def count_calls(self, endpoints: Mapping[str, int], unrouted: int = 0, other: int = 0) -> None:
        """How often endpoints were called; the name of one that may be data is empty."""
        self._endpoints += [
            (name, calls, self.identifier(name) if name.isidentifier() else None)
            for name, calls in endpoints.items()
        ]
        self._calls = (unrouted, other)

    def build(self, summary: Summary | None = None) -> HeapGraph:
        """The graph. An instance refers to its type first, if that is a node, as in a real file."""
        order = sorted(range(len(self._objects)), key=lambda handle: self._objects[handle].address)
        node_of = {handle: NodeIndex(node) for node, handle in enumerate(order)}
        edges = [self._edges_of(handle) for handle in order]
        found = [0] * len(order)
        for target, label in (edge for owned in edges for edge in owned):
            found[node_of[target]] += label >> LABEL_SHIFT != EdgeKind.WEAK
        for _, _, target in self._roots:
            found[node_of[target]] += 1
        objects = [self._objects[handle] for handle in order]
        named = [(node, self._name_id(made.name)) for node, made in enumerate(objects) if made.name]
        return HeapGraph(
            addresses=np.array([made.address for made in objects], np.uint64),
            type_ids=np.array(
                [made.type_id for made in objects], np.uint16 if len(self._types) <= 2**16 else np.uint32
            ),
            sizes=Narrow.of([made.size for made in objects], np.uint16),
            refcounts=Narrow.of(
                [
                    count + made.extra_refs if made.refcount is None else made.refcount
                    for made, count in zip(objects, found, strict=True)
                ],
                np.uint8,
            ),
            first_edge=np.cumsum([0, *map(len, edges)], dtype=np.int32),
            targets=np.array([node_of[target] for owned in edges for target, _ in owned], np.uint32),
            labels=np.array([label for owned in edges for _, label in owned], np.uint32),
            types=[self._heap_type(name) for name in self._types],
            names=tuple(self._names),
            node_names=NodeNames(np.array(named, np.uint32).reshape(-1, 2)),
            roots=tuple(Root(kind, name, node_of[target]) for kind, name, target in self._roots),
            modules=dict(self._modules),
            int_keys=np.array(self._int_keys, np.int64),
            declarations={node_of[code]: declared for code, declared in self._declarations.items()},
            bounds={node_of[handle]: most for handle, most in self._bounds.items()},
            facts={node_of[handle]: facts for handle, facts in self._facts.items()},
            views={node_of[handle]: shown for handle, shown in self._views.items()},
            idle=None
            if self._idle is None
            else np.array(sorted(node_of[each] for each in self._idle), np.int64),
            hashes=self._build_hashes(order),
            samples=self._build_samples(node_of) if self._recordings else None,
            calls=self._build_calls(node_of),
            summary=summary,
            info={"singletons": {name.lower(): self.address(at) for name, at in self._singletons.items()}},
        )

    def _build_hashes(self, order: list[int]) -> Nodes | None:
        found = [self._hashes.get(Handle(handle), 0) for handle in order]
        return np.array(found, np.uint32) if self._hashes else None

    def _build_samples(self, node_of: Mapping[int, NodeIndex]) -> Samples:
        made = self._samples
        frames = [frame for _, frame in self._stacks]
        places = {
            frame: CodePlace(
                frame.file,
                frame.function,
                frame.owner.kind,
                frame.owner.distribution,
                None if frame.code is None else node_of[frame.code],
            )
            for frame in frames
        }
        numbers = {place: number for number, place in enumerate(dict.fromkeys(places.values()))}
        return Samples(
            recordings=tuple(self._recordings),
            recording=np.array([sample.recording for sample in made], np.uint32),
            nodes=np.array([-1 if sample.of is None else node_of[sample.of] for sample in made], np.int64),
            direct=np.array([sample.direct for sample in made], np.bool_),
            bytes=np.array([sample.bytes for sample in made], np.int64),
            ages_ms=np.array([sample.age_ms for sample in made], np.int64),
            stacks=np.array([sample.stack for sample in made], np.uint32),
            callers=np.array([0, *(caller for caller, _ in self._stacks)], np.uint32),
            codes=np.array([0, *(numbers[places[frame]] for frame in frames)], np.uint32),
            lines=np.array([0, *(frame.line for frame in frames)], np.uint32),
            places=tuple(numbers),
        )

    def _build_calls(self, node_of: Mapping[int, NodeIndex]) -> Calls | None:
        if self._calls is None:
            return None
        endpoints = tuple(
            EndpointCalls(name, calls, None if handle is None else node_of[handle])
            for name, calls, handle in self._endpoints
        )
        return Calls(endpoints, *self._calls)

    def _edges_of(self, handle: int) -> list[tuple[Handle, int]]:
        made = self._objects[handle]
        type_node = self._type_nodes.get(self._types[made.type_id])
        implied = [] if type_node is None else [(type_node, EdgeKind.TYPE << LABEL_SHIFT)]
        return [*implied, *made.edges]

    def _heap_type(self, name: str) -> HeapType:
        node = self._type_nodes.get(name)
        flags = self._type_flags.get(name, STATIC_FLAGS.get(name))
        if flags is None:
            flags = TypeFlag(0) if name in UNTRACKED else TypeFlag.GC
        if node is not None:
            flags |= TypeFlag.HEAP_TYPE
        if self._hashes and name in ("str", "bytes"):
            flags |= TypeFlag.HASHED
        return HeapType(name, Address(0) if node is None else self.address(node), flags)

    def _name_id(self, name: str) -> int:
        if name not in self._name_ids:
            self._name_ids[name] = len(self._names)
            self._names.append(name)
        return self._name_ids[name]

    def _place(self, address: int | None, key: str | None) -> int:
        if address is not None:
            if address in self._taken:
                raise ValueError(f"two objects at {address:#x}")
            at = address
        else:
            at = 0x5500_0000_0000 + 16 * len(self._objects)
            if key is not None:
                at = 0x7F00_0000_0000 + 16 * int.from_bytes(
                    blake2b(key.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "big"
                )
            while at in self._taken:
                at += 16
        self._taken.add(at)
        return at
