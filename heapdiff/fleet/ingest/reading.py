"""A source's content: read, unpacked and parsed, with bounds for each. What isn't ours is told from what is damaged."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, Final

from heapdiff.errors import LakeError, SnapshotError
from heapdiff.fields import MAX_DEPTH, Fields, depth_of
from heapdiff.fleet.ingest.sources import Source
from heapdiff.fleet.lake.stores import AGAIN, first_line
from heapdiff.snapshot.packing import open_source

MOST_BYTES: Final = 8 << 20  # a summary has 30 kB, a comparison 20; parsed it takes ten times as much
SAFE_RECURSION: Final = 1_000  # an interpreter's own: its parser then ends before its stack does
PACKED: Final = {".gz": "gzip", ".zst": "zstd"}
SIDE_BY_SIDE: Final = 16
KINDS: Final = ("snapshot/1", "compare/1", "comparisons/1")


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


DECODER: Final = json.JSONDecoder(parse_constant=_refuse)


def read_sources(sources: Iterable[Source]) -> Iterator[tuple[Source, bytes | Exception]]:
    """Each with its content or why it can't be read, in their order. Objects are read side by side: each is a round trip or two.
    Raises LakeError where the storage fails: then no other could be read, either.
    """
    with ThreadPoolExecutor(SIDE_BY_SIDE, "heapdiff-read") as pool:
        waiting = iter(sources)
        while some := list(islice(waiting, SIDE_BY_SIDE)):
            if all(each.place.local for each in some):
                yield from zip(some, map(_outcome, some), strict=True)
            else:
                yield from zip(some, pool.map(_outcome, some), strict=True)


def _outcome(source: Source) -> bytes | Exception:
    try:
        return read_source(source)
    except (ValueError, OSError) as error:
        return error


def read_source(source: Source) -> bytes:
    """All of it. Raises ValueError for what is too long or can't be unpacked, OSError for a local file that can't be read, and
    LakeError where object storage fails.
    """
    content = _read_local(source) if source.place.local else _read_object(source)
    if len(content) > MOST_BYTES:
        raise ValueError(f"longer than {MOST_BYTES // 10**6} MB")
    return content


def parse_source(content: bytes) -> Fields | None:
    """The document; None if it's JSON that isn't ours. Raises ValueError for what is cut off, or no JSON.

    Names given twice aren't looked for, as `parse_fields` does in three times the time: the last one counts, as with most
    parsers.
    """
    if not content:
        raise ValueError("empty")
    if sys.getrecursionlimit() > SAFE_RECURSION and depth_of(content) > MAX_DEPTH:
        raise ValueError("its JSON nests too deeply")
    try:
        parsed: Any = DECODER.decode(content.decode("utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"cut off or damaged at byte {error.pos:,}") from error
    except RecursionError as error:
        raise ValueError("its JSON nests too deeply") from error
    schema = parsed.get("schema") if isinstance(parsed, dict) else None
    if schema in KINDS:
        return Fields(parsed)
    if isinstance(schema, str) and any(schema.startswith(kind.partition("/")[0] + "/") for kind in KINDS):
        raise ValueError(f"written as {schema[:40]!a}, which this heapdiff doesn't know")
    return None


def _read_local(source: Source) -> bytes:
    try:
        with open_source(Path(source.path)) as file:
            return file.read(MOST_BYTES + 1)
    except SnapshotError as error:
        raise ValueError(error.message.removeprefix(f"{source.path}: ")) from error


def _read_object(source: Source) -> bytes:
    import pyarrow as pa

    packed = next((name for ending, name in PACKED.items() if source.path.endswith(ending)), None)
    parts, size = [], 0
    try:
        with source.place.filesystem.open_input_stream(source.path, compression=packed) as stream:
            while size <= MOST_BYTES and (part := stream.read(1 << 20)):
                parts.append(part)
                size += len(part)
    except FileNotFoundError as error:
        raise ValueError("is gone") from error
    except pa.ArrowInvalid as error:
        raise ValueError(f"cannot be unpacked ({first_line(error)})") from error
    except OSError as error:
        if packed and "decompress" in str(error):
            raise ValueError(f"cannot be unpacked ({first_line(error)})") from error
        raise LakeError(f"{source.address}: {first_line(error)}", AGAIN) from error
    return b"".join(parts)
