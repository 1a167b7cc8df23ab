"""A snapshot as its user names it: the `.json`, the `.heap`, both, or their directory. Decodes no references."""

import os
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heapdiff.errors import SnapshotError
from heapdiff.fields import Fields
from heapdiff.format import MAGIC, Section, TypeFlag
from heapdiff.model import GraphFile, Summary, TypeCount
from heapdiff.snapshot.packing import find_file, follow, open_source, plain_name
from heapdiff.snapshot.records import decode_records
from heapdiff.snapshot.sections import CutOffError, naming, read_sections
from heapdiff.snapshot.summary import begins_like_a_summary, read_summary, summarize_heap
from heapdiff.snapshot.tables import (
    TailEntry,
    TypeEntry,
    decode_json,
    decode_tail,
    decode_types,
    display_type,
)

READ_BYTES: Final = 1 << 20
HEAD_BYTES: Final = 256


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One capture of one process. `heap` is None when only the summary is there."""

    path: Path
    summary: Summary
    heap: Path | None


def read_snapshot(path: str | os.PathLike[str]) -> Snapshot:
    """Open a snapshot by its `.json` or its `.heap`, packed or not; the other one is looked for beside it, or beside
    what it links to.

    With the `.json`, its cost is that file; a `.heap` alone is read through, to count its types. Raises
    SnapshotError when the file is no snapshot, of an unsupported version, damaged, or cut off.
    """
    named = Path(path)
    file = follow(named)
    plain = plain_name(file)
    with naming(file), open_source(file) as source:
        is_heap = source.read(len(MAGIC)) == MAGIC or plain.suffix == ".heap"
    if not is_heap:
        summary = read_summary(file)
        return Snapshot(named, summary, _find_heap(file, summary))
    beside = find_file(plain.with_suffix(".json"))
    if beside is not None and beside != file:
        return Snapshot(named, read_summary(beside), file)
    return Snapshot(named, _count_heap(file), file)


def find_snapshots(paths: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """The paths, with the snapshots in it for each directory. Raises SnapshotError for one that has none."""
    return [
        found
        for path in map(Path, paths)
        for found in (list_snapshots(path) if os.path.isdir(path) else [path])
    ]


def list_snapshots(directory: Path) -> list[Path]:
    """By name: each `.json` that is a snapshot's, and each `.heap` without one. What else lies there is left out."""
    with naming(directory):
        files = sorted(
            path
            for path in directory.iterdir()
            if path.is_file() and not path.is_symlink() and not path.name.startswith(".")
        )
    summaries = [path for path in files if plain_name(path).suffix == ".json" and _is_summary(path)]
    known = {plain_name(path).stem for path in summaries}
    graphs = (path for path in files if plain_name(path).suffix == ".heap")
    found = [*summaries, *(path for path in graphs if plain_name(path).stem not in known)]
    if not found:
        raise SnapshotError(
            f"{directory}: holds no snapshots",
            "Name a directory with .json or .heap files that heapdiff wrote.",
        )
    return sorted(found)


def _is_summary(path: Path) -> bool:
    """One that can't be opened may be: whoever opens it is told why not."""
    try:
        with open_source(path) as file:
            return begins_like_a_summary(file.read(HEAD_BYTES))
    except ValueError:  # it only looks packed
        return False
    except (OSError, SnapshotError):
        return True


def _find_heap(path: Path, summary: Summary) -> Path | None:
    """The graph beside a summary: under the name it gives, else under the summary's own after a renaming."""
    if summary.graph is None:
        return None
    for candidate in (path.with_name(summary.graph.file), plain_name(path).with_suffix(".heap")):
        if (found := find_file(candidate)) is not None and found != path:
            return found
    return None


def _count_heap(path: Path) -> Summary:
    tally = _Tally()
    try:
        with naming(path):
            for section in read_sections(path):
                tally.add(section.tag, section.payload)
            file = _describe_file(path)
            return summarize_heap(tally.info, tally.memory, tally.tail, tally.types(), file)
    except CutOffError as error:
        raise CutOffError(path, error.offset, sum(tally.counts.values())) from error


def _describe_file(path: Path) -> GraphFile:
    size = crc = 0
    with open_source(path) as file:
        while part := file.read(READ_BYTES):
            size, crc = size + len(part), zlib.crc32(part, crc)
    return GraphFile(plain_name(path).name, size, crc)


class _Tally:
    """Counts objects and bytes by type over the sections of a file."""

    def __init__(self) -> None:
        self.info = Fields({})
        self.memory = Fields({}, "MEMO")
        self.tail = TailEntry(0, 0, 0, 0, 0, 0)
        self.entries: list[TypeEntry] = []
        self.counts: Counter[int] = Counter()
        self.sized: Counter[int] = Counter()  # objects that say their size
        self.bytes: Counter[int] = Counter()  # of those

    def add(self, tag: bytes, payload: bytes) -> None:
        if tag == Section.INFO:
            self.info = decode_json(tag, payload)
        elif tag == Section.MEMORY:
            self.memory = decode_json(tag, payload)
        elif tag == Section.TYPE:
            self.entries.extend(decode_types(payload))
        elif tag == Section.TAIL:
            self.tail = decode_tail(payload)
        elif tag == Section.OBJECTS:
            for record in decode_records(payload):
                if record.type_id >= 0:
                    self.counts[record.type_id] += 1
                    if record.size is not None:
                        self.sized[record.type_id] += 1
                        self.bytes[record.type_id] += record.size

    def types(self) -> list[TypeCount]:
        """One entry per shown name; types that share one are added up."""
        count: Counter[str] = Counter()
        total: Counter[str] = Counter()
        for type_id, number in self.counts.items():
            if type_id >= len(self.entries):
                raise ValueError(f"an object of type {type_id}, which is not in the table of types")
            entry = self.entries[type_id]
            if not entry.flags & TypeFlag.PSEUDO:
                name = display_type(entry.module, entry.qualname)
                count[name] += number
                total[name] += self.bytes[type_id] + entry.base_size * (number - self.sized[type_id])
        return [TypeCount(name, count[name], total[name]) for name in count]
