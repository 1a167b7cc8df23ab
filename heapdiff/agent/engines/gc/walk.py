"""Walks every object that the collector's lists and the named roots lead to. Runs in the capture child.

An object is visited once, each reference to it counted exactly: lists of things to do give up theirs before
the count is read. Iterative: depth costs nothing but list entries.
"""

import builtins
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import Any, Final

from heapdiff.agent.engines.gc.dicts import DictFinder
from heapdiff.agent.engines.gc.labels import label_frame, shape_of
from heapdiff.agent.engines.gc.modules import owner_of, place_of
from heapdiff.agent.engines.gc.shapes import Shape
from heapdiff.agent.engines.gc.types import (
    BASIC_SIZE,
    IMMORTAL,
    TypeFacts,
    borrowed,
    copy_text,
    describe_type,
    header_bytes,
    type_flags,
)
from heapdiff.agent.system.code_names import is_code_name, is_identifier
from heapdiff.agent.system.installed import find_installed
from heapdiff.agent.system.threads import RunningThreads, suspended_greenlets
from heapdiff.agent.writing.facts import FACTS, find_numbers
from heapdiff.agent.writing.heapfile import HeapWriter
from heapdiff.agent.writing.job import Job
from heapdiff.agent.writing.record import Record
from heapdiff.format import EdgeKind, RootKind, TypeFlag

PAGE_SHIFT: Final = 18
PAGE_BYTES: Final = 1 << PAGE_SHIFT - 7
REPORT_EVERY: Final = 1 << 16
FRAME_TYPE: Final = "running frame"


class Walk:
    """One walk: which addresses were seen, what remains to be visited, and the tables of types and names."""

    def __init__(self, writer: HeapWriter, report: Callable[[int], None]) -> None:
        self.writer = writer
        self._report = report
        self._now = time.time()
        self._pages: dict[int, bytearray] = {}
        self._pending: list[object] = []
        self._facts: dict[int, TypeFacts] = {}
        self._shapes: dict[int, Shape] = {}
        self._names: dict[str, int] = {}
        self._key_names: dict[int, int] = {}
        self._static_types: list[type] = []
        self._dicts = DictFinder()
        self._own_count = 0
        self._records = 0

    def types(self) -> Iterable[TypeFacts]:
        return self._facts.values()

    def run(self, tracked: list[object], job: Job, threads: RunningThreads) -> None:
        """Write every object but the agent's own bookkeeping. Empties `tracked`."""
        self._measure_own_count()
        for own in bookkeeping(job, threads):
            if own is not None and own != ():  # those are everybody's
                self.mark(id(own))
        interned = find_interned_strings(tracked)
        if interned is not None:
            self.mark(id(interned))
        running = [
            (frame, thread.name)
            for thread in (*threads.frames, *suspended_greenlets(tracked))
            for frame in thread.frames
            if self.mark(id(frame))
        ]
        tracked[:] = [found for found in tracked if self.mark(id(found))]
        self._write_roots(running)
        self._drain()
        while tracked:
            self._visit(tracked.pop())
            self._drain()
        self._write_static_types()
        for address, name in self._key_names.items():
            if self.has(address):
                self.writer.continue_(Record(address), name)

    def mark(self, address: int) -> bool:
        """Add an address to those seen; False when it was there. One bit for 16 bytes."""
        page = self._pages.get(address >> PAGE_SHIFT)
        if page is None:
            page = self._pages[address >> PAGE_SHIFT] = bytearray(PAGE_BYTES)
        at, bit = address >> 7 & PAGE_BYTES - 1, 1 << (address >> 4 & 7)
        if page[at] & bit:
            return False
        page[at] |= bit
        return True

    def has(self, address: int) -> bool:
        page = self._pages.get(address >> PAGE_SHIFT)
        return page is not None and bool(page[address >> 7 & PAGE_BYTES - 1] & 1 << (address >> 4 & 7))

    def target(self, found: object) -> int:
        """The address of something referred to, which will be visited."""
        address = id(found)
        if self.mark(address):
            self._pending.append(found)
        return address

    def targets(self, found: Iterable[object]) -> list[int]:
        pages, pending, result = self._pages, self._pending, []
        for each in found:
            address = id(each)
            result.append(address)
            page = pages.get(address >> PAGE_SHIFT)
            at, bit = address >> 7 & PAGE_BYTES - 1, 1 << (address >> 4 & 7)
            if page is None:
                page = pages[address >> PAGE_SHIFT] = bytearray(PAGE_BYTES)
            elif page[at] & bit:
                continue
            page[at] |= bit
            pending.append(each)
        return result

    def name(self, text: object) -> int:
        """The id of an identifier, 0 for anything else: it may be a user's data."""
        return self._name_id(text, is_identifier)

    def code_name(self, text: object) -> int:
        """The id of a module's, class's or function's own name: also dots, `<locals>`, `<lambda>`."""
        return self._name_id(text, is_code_name)

    def learn_name(self, text: object) -> int:
        """The same, and the string itself gets it: by `__module__` a class is known to be of that module."""
        known = self.code_name(text)
        if known:
            self._key_names[id(text)] = known
        return known

    def _name_id(self, text: object, is_public: Callable[[str], bool]) -> int:
        if type(text) is not str:
            return 0
        known = self._names.get(text)
        if known is None:
            if not is_public(text):
                return 0
            copy = copy_text(text)
            known = self._names[copy] = self.writer.name(copy)
        return known

    def layout(self, entries: list[tuple[EdgeKind, str]]) -> int:
        """A code object's variables; names that are no identifiers (`.0` of a comprehension) are left out."""
        return self.writer.layout(
            [(kind, copy_text(name) if self.name(name) else "") for kind, name in entries]
        )

    def learn_namespace(self, namespace: dict[Any, Any]) -> None:
        """Remember that the keys of a dict are names of code."""
        for key in dict.keys(namespace):
            if known := self.name(key):
                self._key_names[id(key)] = known

    def bound(self, found: object, most: int) -> None:
        self.writer.bound(id(found), most)

    def fact(self, found: object, name: str, number: int) -> None:
        self.writer.fact(id(found), name, number)

    def find_dict(self, found: object) -> dict[Any, Any] | None:
        """The instance's dict, if it has one that traversal hides."""
        return self._dicts.find(found)

    def _root_name(self, text: object) -> str:
        return copy_text(text) if type(text) is str and self.code_name(text) else ""

    def facts(self, found: type) -> TypeFacts:
        known = self._facts.get(id(found))
        if known is None:
            module, qualname = describe_type(found)
            base_size = BASIC_SIZE(found) + header_bytes(found)
            type_id = self.writer.type(id(found), type_flags(found), base_size, module, qualname)
            known = self._facts[id(found)] = TypeFacts(found, type_id, module, qualname)
            self._shapes[id(found)] = shape_of(found)
            if not known.is_heap:
                self._static_types.append(found)
                borrowed[id(found)] = 1
        return known

    def _visit(self, found: object) -> None:
        kind = type(found)
        facts = self._facts.get(id(kind)) or self.facts(kind)
        address = id(found)
        count = sys.getrefcount(found) - self._own_count - borrowed.get(address, 0)
        record = Record(address)
        name = self._shapes[id(kind)](self, record, found, facts)
        if facts.name in FACTS:
            for called, number in find_numbers(facts.name, dict(facts.attributes(found)), self._now):
                self.fact(found, called, number)
        size = facts.size(found)
        facts.count += 1
        facts.bytes += size
        self.writer.value(address, found)
        self.writer.write(record, facts.id, size, 0 if count >= IMMORTAL else max(count, 1), name)
        self._records += 1
        if not self._records % REPORT_EVERY:
            self._report(self._records)

    def _measure_own_count(self) -> None:
        """How many references the walk itself has to an object while it counts them."""
        probes = [object()]
        self._own_count = self._count_of(probes.pop())

    def _count_of(self, found: object) -> int:
        return sys.getrefcount(found)

    def _write_roots(self, running: list[tuple[FrameType, str]]) -> None:
        frame_type = self.writer.type(0, TypeFlag.PSEUDO, 0, "", FRAME_TYPE)
        for frame, thread in running:
            self._write_frame(frame, thread, frame_type)
        for name, module in list(dict.items(sys.modules)):
            known = self._root_name(name)
            self.writer.root(RootKind.MODULE, known, self.target(module))
            owner = owner_of(place_of(module), find_installed())
            if known and owner:
                self.writer.module(known, *owner)
        self.writer.root(RootKind.INTERPRETER, "modules", self.target(sys.modules))
        self.writer.root(RootKind.INTERPRETER, "builtins", self.target(vars(builtins)))

    def _write_frame(self, frame: FrameType, thread: str, frame_type: int) -> None:
        record = Record(id(frame))
        name = label_frame(self, record, frame)
        self.writer.root(RootKind.THREAD, thread, id(frame))
        self.writer.write(record, frame_type, 0, 1, name)

    def _drain(self) -> None:
        while self._pending:
            self._visit(self._pending.pop())

    def _write_static_types(self) -> None:
        """Types that nothing refers to but their instances; each may bring a metatype of its own."""
        while self._static_types:
            found = self._static_types.pop()
            borrowed.pop(id(found), None)
            if self.mark(id(found)):
                self.writer.root(RootKind.TYPE, "", id(found))
                self._visit(found)
                self._drain()


def find_interned_strings(tracked: list[object]) -> dict[str, str] | None:
    """The table that keeps none of its strings alive, if the collector tracks it: CPython 3.14 on."""
    probe = sys.intern(f"{__name__} {id(tracked)}")
    return next((each for each in tracked if type(each) is dict and dict.get(each, probe) is probe), None)


def bookkeeping(job: Job, threads: RunningThreads) -> Iterator[object]:
    """What exists only because this capture runs."""
    yield from (job, job.process, job.process.argv, job.memory, job.cgroup, borrowed)
    yield from (job.collector, job.collector.thresholds, job.collector.collections)
    yield from (threads, threads.frames, threads.active, threads.main)
    for thread in threads.frames:
        yield from (thread, thread.frames)
