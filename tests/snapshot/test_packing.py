"""Packed files are read as they stand, both of them; what is cut, damaged or made to unpack for ever is our error."""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from heapdiff.errors import MissingToolError, SnapshotError
from heapdiff.graph import load
from heapdiff.snapshot import CutOffError, find_snapshots, read_snapshot
from heapdiff.snapshot.dump import dump_heap
from heapdiff.snapshot.packing import ALWAYS_BYTES, plain_name
from tests.heapfiles import write_snapshot
from tests.heaps import heap

SMALL = heap("shop.A: dict -> [*]: shop.Session * 3000")


def zstd(content: bytes) -> bytes:
    if sys.version_info >= (3, 14):
        from compression import zstd as library

        return library.compress(content)
    import zstandard

    return zstandard.ZstdCompressor().compress(content)


PACKERS: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".zst": zstd}
EACH = pytest.mark.parametrize("suffix", PACKERS)


def pack(path: Path, suffix: str) -> Path:
    packed = path.with_name(path.name + suffix)
    packed.write_bytes(PACKERS[suffix](path.read_bytes()))
    path.unlink()
    return packed


@EACH
def test_each_of_the_two_files_may_be_packed(tmp_path: Path, suffix: str) -> None:
    path = write_snapshot(SMALL, tmp_path)
    plain = read_snapshot(path)
    packed_heap = pack(path.with_suffix(".heap"), suffix)
    assert load(read_snapshot(path)).sizes.tolist() == load(plain_again(plain.path)).sizes.tolist()
    packed = pack(path, suffix)
    for named in (packed, packed_heap):
        snapshot = read_snapshot(named)
        assert (snapshot.summary, snapshot.heap) == (plain.summary, packed_heap)
        assert len(load(snapshot)) == plain.summary.capture.objects
    assert find_snapshots([tmp_path]) == [packed]


def plain_again(path: Path) -> Any:
    return read_snapshot(path)


@EACH
def test_a_packed_heap_alone_is_a_snapshot(tmp_path: Path, suffix: str) -> None:
    path = write_snapshot(SMALL, tmp_path)
    path.unlink()
    alone = read_snapshot(path.with_suffix(".heap")).summary
    lines = list(dump_heap(path.with_suffix(".heap")))
    packed = pack(path.with_suffix(".heap"), suffix)
    assert read_snapshot(packed).summary == alone
    assert list(dump_heap(packed))[1:] == lines[1:]
    assert find_snapshots([tmp_path]) == [packed]


@EACH
def test_what_was_cut_while_packed_or_is_not_packed_is_our_error(tmp_path: Path, suffix: str) -> None:
    path = write_snapshot(SMALL, tmp_path)
    for ending in (".json", ".heap"):
        packed = pack(path.with_suffix(ending), suffix)
        content = packed.read_bytes()
        for size in range(0, len(content) - 12, len(content) // 40):  # up to what only gzip itself checks
            packed.write_bytes(content[:size])
            with pytest.raises(SnapshotError):
                load(read_snapshot(packed))
        packed.write_bytes(b"neither of them" * 10)
        with pytest.raises(SnapshotError, match=r"damaged|not a heapdiff snapshot"):
            read_snapshot(packed)
        packed.unlink()


def test_a_heap_that_was_cut_before_it_was_packed_says_so(tmp_path: Path) -> None:
    path = write_snapshot(SMALL, tmp_path).with_suffix(".heap")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(CutOffError):
        list(dump_heap(pack(path, ".gz")))


def test_what_follows_the_end_is_refused(tmp_path: Path) -> None:
    path = write_snapshot(SMALL, tmp_path).with_suffix(".heap")
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(SnapshotError, match="something follows its end"):
        list(dump_heap(pack(path, ".gz")))


@pytest.mark.slow
@EACH
def test_a_bomb_is_refused(tmp_path: Path, suffix: str) -> None:
    """Valid up to where it goes too far."""
    path = write_snapshot(SMALL, tmp_path)
    path.unlink()
    heap_file = path.with_suffix(".heap")
    content = heap_file.read_bytes()
    end = content.rindex(b"TAIL")
    section = b"XTRA" + (1 << 24).to_bytes(4, "little") + bytes((1 << 24) + 4)
    assert len(content) + 5 * len(section) > ALWAYS_BYTES
    heap_file.write_bytes(content[:end] + 5 * section)
    packed = pack(heap_file, suffix)
    from heapdiff.format import Section
    from heapdiff.snapshot.sections import read_sections

    with pytest.raises(SnapshotError, match="unpacks to more than 200 times its size") as refused:
        list(read_sections(packed, only=Section.OBJECTS))
    assert str(packed) in refused.value.hint


def test_without_a_library_for_zst_the_error_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for library in ("compression", "zstandard"):
        monkeypatch.setitem(sys.modules, library, None)
    (tmp_path / "x.json.zst").write_bytes(b"anything")
    for read in (read_snapshot, lambda path: find_snapshots([path.parent])):
        with pytest.raises(MissingToolError, match="or the package zstandard"):
            read(tmp_path / "x.json.zst")


@pytest.mark.parametrize("name", ["x.json", "x.heap", "x.json.gz"])
def test_a_pipe_is_refused_however_late_it_takes_the_files_place(tmp_path: Path, name: str) -> None:
    """What was looked at before may have been exchanged: what counts is what was opened, and that never waits."""
    pipe = tmp_path / name
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)  # without it, whoever only reads would wait for ever
    try:
        with pytest.raises(SnapshotError, match="is not a regular file"):
            read_snapshot(pipe)
    finally:
        os.close(writer)
    with pytest.raises(SnapshotError, match="is not a regular file"):
        read_snapshot(pipe)


@pytest.mark.parametrize(
    ("name", "plain"), [("x.heap.gz", "x.heap"), ("x.heap", "x.heap"), ("a.gz/x.json.zst", "a.gz/x.json")]
)
def test_the_plain_name_of_a_packed_file(name: str, plain: str) -> None:
    assert plain_name(Path(name)) == Path(plain)


def test_a_file_that_is_nearly_all_holes_is_refused(tmp_path: Path) -> None:
    """A terabyte that costs its author nothing would cost its reader an hour, or all memory."""
    path = write_snapshot(SMALL, tmp_path)
    os.truncate(path.with_suffix(".heap"), ALWAYS_BYTES)
    with pytest.raises(SnapshotError, match="bytes follow its end section"):
        load(read_snapshot(path))
    os.truncate(path.with_suffix(".heap"), 1 << 40)
    with pytest.raises(SnapshotError, match="the rest are holes"):
        load(read_snapshot(path))
