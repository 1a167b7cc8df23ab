"""The whole of it: lists sources, takes what is new in batches, and makes each batch part of the lake in one step."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from heapdiff.answers.ingesting import Ingested, TableGain, Unreadable
from heapdiff.errors import HeapdiffError, LakeError, reason_of
from heapdiff.fleet.ingest.batches import Batch, Fresh, select_fresh, write_fresh
from heapdiff.fleet.ingest.known import KnownKeys, find_intervals, find_tails, overlaps
from heapdiff.fleet.ingest.merging import merge_small
from heapdiff.fleet.ingest.pairing import WithGraph, compare_pair, find_pairs, latest_of
from heapdiff.fleet.ingest.reading import parse_source, read_sources
from heapdiff.fleet.ingest.rows import Clock, SnapshotTaken, take_comparisons, take_snapshot
from heapdiff.fleet.ingest.sources import Place, Source, list_sources, open_places
from heapdiff.fleet.lake.cleaning import Cleaned, clean
from heapdiff.fleet.lake.committing import commit
from heapdiff.fleet.lake.log import EVERY, read_state
from heapdiff.fleet.lake.manifest import Change, DataFile, State
from heapdiff.fleet.lake.opening import open_store, shown
from heapdiff.fleet.lake.schemas import SEEN
from heapdiff.fleet.tables import TABLES

if TYPE_CHECKING:
    from heapdiff.fleet.lake.stores import Store

MOST_SOURCES: Final = 50_000  # of a batch
MOST_GRAPHS: Final = (
    64  # and of those, ones to compare: that takes seconds each, which an interruption would lose
)
SHOWN: Final = 10
FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
Tell = Callable[[int, int], None]


@dataclass
class Tally:
    """Counts, as they grow."""

    sources: int = 0
    known: int = 0
    new: int = 0
    passed_over: int = 0
    duplicates: int = 0
    compared: int = 0
    overlapping: int = 0
    shortened: int = 0
    moved: int = 0
    unreadable: int = 0
    failures: list[Unreadable] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TABLES, 0))
    files: int = 0
    bytes: int = 0

    @property
    def done(self) -> int:
        return self.known + self.new + self.passed_over + self.unreadable

    def fail(self, address: str, reason: str) -> None:
        self.unreadable += 1
        if len(self.failures) < SHOWN:
            self.failures.append(Unreadable(address, reason))


def ingest(
    addresses: Sequence[str], lake: str, compares: bool = True, tell: Tell = lambda _done, _whole: None
) -> Ingested:
    """Make what is new at the addresses part of the lake; it comes into being if it isn't there.

    `tell` is told how many sources were taken, of how many listed so far. Raises UsageError for an address where nothing is,
    LakeError and OSError where storage fails: what was committed stays, and the next run takes the rest. Memory: a batch of
    50,000 sources, and 8 bytes for each source and row of the days that it concerns.
    """
    store = open_store(lake)
    run = _Run(store, open_places(addresses), compares, tell)
    began = run.state.number
    state, merged = merge_small(store, run.take_all())
    cleaned = clean(store, state) if state.number // EVERY > began // EVERY else Cleaned()
    tally = run.tally
    return Ingested(
        lake=shown(lake),
        sources=tally.sources,
        known=tally.known,
        new=tally.new,
        passed_over=tally.passed_over,
        duplicates=tally.duplicates,
        unreadable=tally.unreadable,
        failures=tuple(tally.failures),
        compared=tally.compared,
        overlapping=tally.overlapping,
        shortened=tally.shortened,
        moved=tally.moved,
        tables=tuple(TableGain(table, rows) for table, rows in tally.rows.items()),
        files=tally.files,
        bytes=tally.bytes,
        merged=merged,
        cleaned=cleaned.files,
    )


class _Run:
    def __init__(self, store: Store, places: Sequence[Place], compares: bool, tell: Tell) -> None:
        self.store, self.places, self.compares, self.tell = store, places, compares, tell
        self.keys = KnownKeys(store)
        self.state = read_state(store) or State()
        self.tally = Tally()

    def take_all(self) -> State:
        waiting: list[Source] = []
        graphs = 0
        for new in self._new_sources():
            waiting.append(new)
            graphs += new.graph and self.compares
            if len(waiting) >= MOST_SOURCES or graphs >= MOST_GRAPHS:
                self._take(waiting)
                waiting, graphs = [], 0
        if waiting:
            self._take(waiting)
        return self.state

    def _new_sources(self) -> Iterator[Source]:
        """Those that the lake has not seen as they are, each once."""
        listed: set[str] = set()
        for place in self.places:
            if place.address in listed:
                continue
            listed.add(place.address)
            for folder in list_sources(place, self.store.base):
                yield from self._unseen(folder)

    def _unseen(self, folder: Sequence[Source]) -> Iterator[Source]:
        days: dict[str, list[int]] = {}
        for each in folder:
            days.setdefault(each.day, []).append(each.key)
        seen = {key for day, keys in days.items() for key in self.keys.among(self.state, SEEN, day, keys)}
        for each in folder:
            self.tally.sources += 1
            if each.key in seen:
                self.tally.known += 1
            else:
                yield each

    def _take(self, sources: Sequence[Source]) -> None:
        batch, with_graphs = Batch(), []
        now_us = time.time_ns() // 1000
        for source, content in read_sources(sources):
            clock = Clock(now_us, source.mtime_ns // 1000)
            try:
                taken = self._parse(content, clock, batch)
            except (ValueError, OSError) as error:
                self.tally.fail(source.address, reason_of(error))
                continue
            batch.seen[source.day].append(source.key)
            self.tell(self.tally.done, self.tally.sources)
            if taken is not None and source.graph and taken.row[-1]:
                with_graphs.append(WithGraph(taken.told_us, source.address, source.place, clock, taken))
        if self.compares and with_graphs:
            self._compare(batch, with_graphs)
        self._commit(batch)

    def _parse(self, content: bytes | Exception, clock: Clock, batch: Batch) -> SnapshotTaken | None:
        """Add what a source holds to the batch; the snapshot, if it's a new one. Raises ValueError and OSError."""
        if isinstance(content, Exception):
            raise content
        document = parse_source(content)
        if document is None:
            self.tally.passed_over += 1
            return None
        if document.text("schema") == "snapshot/1":
            snapshot = take_snapshot(document, clock)
            self.tally.new += 1
            if snapshot.key in batch.snapshots:
                self.tally.duplicates += 1
                return None
            batch.snapshots[snapshot.key] = snapshot
            return snapshot
        comparisons = take_comparisons(document, clock)
        if not comparisons:
            self.tally.passed_over += 1
            return None
        self.tally.new += 1
        for each in comparisons:
            self.tally.duplicates += each.key in batch.comparisons
            batch.comparisons.setdefault(each.key, each)
        return None

    def _compare(self, batch: Batch, with_graphs: Sequence[WithGraph]) -> None:
        told: dict[str, list[int]] = {}
        for each in with_graphs:
            told.setdefault(each.taken.told_day, []).append(each.taken.key)
        there = self.keys.of_rows(self.state, "snapshots", told)
        new = [each for each in with_graphs if each.taken.key not in there]
        tails = find_tails(self.store, self.state)
        intervals = find_intervals(self.store, self.state, list(batch.comparisons.values()))
        for told_so in batch.comparisons.values():
            worker = told_so.process.worker
            intervals.setdefault(worker, []).append((told_so.before_us, told_so.after_us))
        for pair in find_pairs(new, tails):
            worker = pair.after.taken.process.worker
            if overlaps(intervals.get(worker, ()), pair.before_us, pair.after.told_us):
                self.tally.overlapping += 1
                continue
            try:
                compared = compare_pair(pair, self.places)
            except LakeError:
                raise
            except HeapdiffError as error:
                self.tally.fail(pair.after.address, error.message)
                continue
            if compared is not None:
                self.tally.compared += 1
                batch.comparisons.setdefault(compared.key, compared)
        batch.tails = latest_of(new, tails)

    def _commit(self, batch: Batch) -> None:
        written: list[DataFile] = []
        found: list[Fresh] = []

        def prepare(state: State) -> Change | None:
            self._discard(written)
            fresh = select_fresh(batch, self.store, state, self.keys)
            found.append(fresh)
            return write_fresh(batch, fresh, self.store, state, self.keys, written)

        try:
            self.state = commit(self.store, prepare)
        except OSError as error:
            if error.errno in FULL:
                with suppress(OSError):
                    self._discard(written)
            raise
        fresh = found[-1]
        self._count(fresh, written)
        self.keys.forget({row.told_day for row in fresh.rows} | set(batch.seen))

    def _discard(self, written: list[DataFile]) -> None:
        """What no entry names, and none will."""
        while written:
            self.store.remove(written.pop().name)

    def _count(self, fresh: Fresh, written: Sequence[DataFile]) -> None:
        tally = self.tally
        tally.duplicates += fresh.known
        tally.overlapping += fresh.overlapping
        tally.shortened += sum(each.shortened for each in fresh.comparisons)
        tally.moved += sum(each.told_us != each.at_us for each in fresh.snapshots)
        for each in written:
            if each.table in tally.rows:
                tally.rows[each.table] += each.rows
            tally.files += 1
            tally.bytes += each.bytes
