"""The files that may be taken: what lies at the addresses that the user named. Opens none of them."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from heapdiff.errors import LakeError, UsageError
from heapdiff.fleet.lake.opening import open_place, shown
from heapdiff.fleet.lake.schemas import OWN
from heapdiff.fleet.lake.stores import AGAIN, first_line

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

ENDINGS: Final = (".json", ".json.gz", ".json.zst")
GRAPHS: Final = (".heap", ".heap.gz", ".heap.zst")


@dataclass(frozen=True, slots=True)
class Place:
    """Where sources lie. `path` is absolute, or `bucket/prefix`; of local ones `address` is the same."""

    address: str
    filesystem: FileSystem
    path: str

    @property
    def local(self) -> bool:
        return bool(self.filesystem.type_name == "local")

    def address_of(self, path: str) -> str:
        """What a user would write for a path of this file system; of the same bucket the same, whatever else was written."""
        return path if self.local else f"s3://{path}"


@dataclass(frozen=True, slots=True)
class Source:
    """A file as a listing says it is; its `key` is the same while nobody writes to it. `graph`: one of the same name lies beside
    it.
    """

    place: Place
    path: str
    mtime_ns: int
    key: int
    graph: bool

    @property
    def address(self) -> str:
        return self.place.address_of(self.path)

    @property
    def day(self) -> str:
        return day_of(self.mtime_ns // 1000)


def open_places(addresses: Iterable[str]) -> list[Place]:
    """Raises UsageError for one where nothing is."""
    from pyarrow.fs import FileType

    places = []
    for address in addresses:
        filesystem, path = open_place(address)
        place = Place(shown(address), filesystem, path)
        try:
            found = filesystem.get_file_info(path)
        except OSError as error:
            raise LakeError(f"{place.address}: {first_line(error)}", AGAIN) from error
        if found.type == FileType.NotFound:
            raise UsageError(f"{place.address}: there is nothing", "Check the address.")
        places.append(place)
    return places


def list_sources(place: Place, lake: str) -> Iterator[list[Source]]:
    """A folder at a time, in order of their names, so that the snapshots of a process come one after the other. Leaves out
    links, hidden names, and the lake itself, should it lie there. Memory: the names of one folder."""
    if place.local and os.path.isfile(place.path):
        yield list(_local_files(place, os.path.dirname(place.path), only=os.path.basename(place.path)))
        return
    waiting = [place.path]
    while waiting:
        folder = waiting.pop()
        if folder == lake or folder.rpartition("/")[2] == OWN:
            continue
        inner: list[str] = []
        found = _local_files(place, folder, inner) if place.local else _object_files(place, folder, inner)
        yield found
        waiting += sorted(inner, reverse=True)


def _local_files(place: Place, folder: str, inner: list[str] | None = None, only: str = "") -> list[Source]:
    """A folder that went meanwhile, or that may not be read, holds nothing: `OSError` is raised for the named one alone."""
    names: list[str] = []
    graphs: set[str] = set()
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                if name.endswith(ENDINGS):
                    names.append(name)
                elif name.endswith(GRAPHS):
                    graphs.add(name.partition(".heap")[0])
                elif inner is not None and not name.startswith(".") and entry.is_dir(follow_symlinks=False):
                    inner.append(entry.path)
    except (FileNotFoundError, NotADirectoryError):
        return []
    found = []
    for name in [only] if only else sorted(names):
        path = f"{folder}/{name}"
        try:
            status = os.lstat(path)
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode) and not name.startswith("."):
            graph = name.partition(".json")[0] in graphs
            found.append(make_source(place, path, status.st_size, status.st_mtime_ns, graph))
    return found


def _object_files(place: Place, folder: str, inner: list[str]) -> list[Source]:
    from pyarrow.fs import FileSelector, FileType

    try:
        whole = place.filesystem.get_file_info(folder)
        listed = [whole] if whole.type == FileType.File else []
        listed += (
            place.filesystem.get_file_info(FileSelector(folder, allow_not_found=True)) if not listed else []
        )
    except OSError as error:
        raise LakeError(f"s3://{folder}: {first_line(error)}", AGAIN) from error
    graphs = {each.path.rpartition(".heap")[0] for each in listed if each.path.endswith(GRAPHS)}
    inner += [each.path for each in listed if each.type == FileType.Directory]
    return [
        make_source(
            place, each.path, each.size, each.mtime_ns or 0, each.path.rpartition(".json")[0] in graphs
        )
        for each in sorted(listed, key=lambda each: str(each.path))
        if each.type == FileType.File and each.path.endswith(ENDINGS)
    ]


def make_source(place: Place, path: str, size: int, mtime_ns: int, graph: bool) -> Source:
    key = hash_texts(place.address_of(path), str(size), str(mtime_ns))
    return Source(place, path, mtime_ns, key, graph)


def hash_texts(*texts: str) -> int:
    """64 bits, signed as Parquet has them; the same everywhere and always."""
    digest = hashlib.blake2b(
        "".join(f"{len(text)}:{text}" for text in texts).encode("utf-8", "replace"), digest_size=8
    )
    return int.from_bytes(digest.digest(), "little", signed=True)


def day_of(moment_us: int) -> str:
    return _name_day(moment_us // 86_400_000_000)


@lru_cache(maxsize=1024)
def _name_day(number: int) -> str:
    from datetime import date, timedelta

    return (date(1970, 1, 1) + timedelta(days=number)).isoformat()
