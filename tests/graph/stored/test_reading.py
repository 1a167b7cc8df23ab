"""A stored file that isn't what it should be, to the last byte, is never believed: the answer is computed again."""

from __future__ import annotations

import json
import os
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heapdiff.graph.stored.columns import Column, is_ascending
from heapdiff.graph.stored.heading import PAGE, START
from tests.graph.stored.cabinets import COLUMNS, Asked, open_cabinet, values

NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to other users")


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    """With one answer stored."""
    heap = tmp_path / "a.heap"
    heap.write_bytes(b"of a process")
    made = Asked(tmp_path / "cache", heap)
    assert not made.ask()
    return made


def test_what_was_computed_is_found_again(asked: Asked) -> None:
    assert asked.ask()
    assert asked.ask()
    assert asked.computed == 1


def test_it_can_be_read_where_it_must_not_be_mapped(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heapdiff.graph.stored.cabinet.is_local", lambda _: False)
    monkeypatch.setattr("heapdiff.graph.stored.reading.mmap", None)
    assert asked.ask()


def test_every_flipped_byte_is_noticed(asked: Asked) -> None:
    whole = asked.file.read_bytes()
    text = len(whole[:PAGE].rstrip(b"\0"))
    for at in (*range(text), *range(text, PAGE, 101), *range(PAGE, len(whole))):
        replace(asked.file, whole[:at] + bytes((whole[at] ^ 0x10,)) + whole[at + 1 :])
        assert not asked.ask(writes=False), at
    replace(asked.file, whole)
    assert asked.ask()


def test_every_cut_is_noticed(asked: Asked) -> None:
    whole = asked.file.read_bytes()
    for length in (*range(0, PAGE, 97), *range(PAGE - 2, len(whole))):
        replace(asked.file, whole[:length])
        assert not asked.ask(writes=False), length
    replace(asked.file, whole + b"\0")
    assert not asked.ask(writes=False)


def test_what_is_not_believed_is_replaced(asked: Asked) -> None:
    replace(asked.file, b"nothing")
    assert not asked.ask()
    assert asked.ask()


def replace(file: Path, content: bytes) -> None:
    """As another command would: a file that may be mapped is never written to."""
    file.unlink()
    file.write_bytes(content)
    file.chmod(0o600)


def forge(file: Path, change: Callable[[dict[str, Any]], None], *arrays: bytes) -> None:
    """Write a file whose checksums are all right; with other arrays where any are given."""
    whole = file.read_bytes()
    _, length, _ = START.unpack_from(whole)
    heading, body = json.loads(whole[START.size : START.size + length]), whole[PAGE:]
    if arrays:
        body = b"".join(array + bytes(-len(array) % 64) for array in arrays)
    heading["chunks"] = f"{zlib.crc32(body):08x}" if body else ""
    change(heading)
    text = json.dumps(heading).encode()
    block = text.ljust(PAGE - START.size, b"\0")
    replace(file, START.pack(whole[:16], len(text), zlib.crc32(block)) + block + body)


def keep(_: dict[str, Any]) -> None:
    pass


def test_a_forgery_that_changes_nothing_is_as_good_as_the_file(asked: Asked) -> None:
    forge(asked.file, keep, *(array.tobytes() for array in values().values()))
    assert asked.ask(writes=False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", 2),
        ("order", "big" if sys.byteorder == "little" else "little"),
        ("name", "dominance"),
        ("crc32", 1235),
        ("bytes", 13),
        ("mtime_ns", 1),
        ("file", "1-2-3"),
        ("algorithms", "0" * 16),
        ("chunks", ""),
        ("chunks", "0" * 16),
        ("chunks", "-0000001"),
        ("arrays", []),
        ("arrays", [{"name": "up", "type": "int32", "length": 5}]),
        ("arrays", [{"name": "up", "type": "object", "length": 5}]),
        ("arrays", [{"name": "up", "type": "int32", "length": 2**62}]),
        ("arrays", None),
    ],
)
def test_a_heading_that_says_something_else_is_not_believed(asked: Asked, name: str, value: Any) -> None:
    forge(asked.file, lambda heading: heading.update({name: value}))
    assert not asked.ask(writes=False)


@pytest.mark.parametrize(
    ("up", "why"),
    [
        ([-1, 0, 0, 1, 5], "above"),
        ([-2, 0, 0, 1, 4], "below"),
        ([-(2**31), 0, 0, 1, 2**31 - 1], "far off"),
    ],
)
def test_values_that_a_kernel_could_not_index_with_are_not_believed(
    asked: Asked, up: list[int], why: str
) -> None:
    _, *others = values().values()
    forge(asked.file, keep, np.array(up, np.int32).tobytes(), *(array.tobytes() for array in others))
    assert not asked.ask(writes=False), why


def test_arrays_of_another_length_or_type_are_not_believed(asked: Asked) -> None:
    others: list[dict[str, Column]] = [
        {**COLUMNS, "up": Column("int32", 6, -1, 4)},
        {**COLUMNS, "up": Column("uint32", 5)},
        {**COLUMNS, "more": Column("int64")},
        {name: column for name, column in COLUMNS.items() if name != "size"},
    ]
    for columns in others:
        assert not asked.ask(columns, writes=False)
    assert not asked.ask(holds=False, writes=False)
    assert asked.ask()


def test_another_snapshot_is_not_answered_from_it(asked: Asked) -> None:
    asked.crc32 += 1
    assert not asked.ask(writes=False)
    asked.crc32 -= 1
    assert asked.ask(writes=False)


@pytest.mark.parametrize("how", ["written", "replaced"])
def test_not_even_one_of_the_same_checksum_size_and_time_is(asked: Asked, how: str) -> None:
    """Whoever makes a snapshot chooses all three, and the identity, too."""
    about = asked.heap.stat()
    if how == "replaced":
        asked.heap.rename(asked.heap.with_name("kept"))
    asked.heap.write_bytes(b"OF A PROCESS")
    os.utime(asked.heap, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert not asked.ask(writes=False)


def test_another_release_or_a_changed_file_of_it_answers_for_itself(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heapdiff.graph.stored.cabinet.number_algorithms", lambda: "0123456789abcdef")
    assert not asked.ask()
    assert asked.ask()
    assert len(os.listdir(asked.directory)) == 2


def test_before_the_snapshot_itself_was_read_nothing_is(asked: Asked) -> None:
    with open_cabinet(asked.directory) as cabinet:
        shelf = cabinet.shelf(asked.heap, asked.identity)
        assert shelf is not None
        assert shelf.promises(asked.name)
        found = shelf.once(asked.name, COLUMNS, lambda: {"computed": np.zeros(1)})
    assert [*found] == ["computed"]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o602])
def test_a_file_that_others_can_read_or_write_is_not_believed(asked: Asked, mode: int) -> None:
    asked.file.chmod(mode)
    assert not asked.ask(writes=False)


@NEEDS_ROOT
def test_a_file_of_another_user_is_not_believed(asked: Asked) -> None:
    os.chown(asked.file, 54321, -1)
    assert not asked.ask(writes=False)


@pytest.mark.timeout(20)
def test_only_a_regular_file_with_one_name_is_believed(asked: Asked, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    os.link(asked.file, kept)
    assert not asked.ask(writes=False)
    file = asked.file
    file.unlink()
    file.symlink_to(kept)
    assert not asked.ask(writes=False)
    file.unlink()
    os.mkfifo(file, 0o600)
    assert not asked.ask(writes=False)
    file.unlink()
    file.mkdir(0o700)
    assert not asked.ask()
    file.rmdir()
    kept.rename(file)
    assert asked.ask()


def test_what_is_mapped_stays_whatever_becomes_of_the_file(asked: Asked) -> None:
    with open_cabinet(asked.directory) as cabinet:
        shelf = cabinet.shelf(asked.heap, asked.identity)
        assert shelf is not None
        shelf.verified(asked.crc32, os.stat(asked.heap))
        found = shelf.once(asked.name, COLUMNS, values)
        replace(asked.file, b"x")
    assert found["up"].tolist() == [-1, 0, 0, 1, 4]


@pytest.mark.parametrize("length", [0, 1, 2, (1 << 17) - 1, 1 << 17, (1 << 17) + 1, (1 << 17) + 2])
def test_rows_are_ascending_across_blocks(length: int) -> None:
    row = np.arange(length, dtype=np.int64)
    assert is_ascending(row, strictly=True)
    for at in {0, length - 2, (1 << 17) - 1} & set(range(length - 1)):
        other = row.copy()
        other[at] = other[at + 1]
        assert is_ascending(other)
        assert not is_ascending(other, strictly=True)
        other[at] += 1
        assert not is_ascending(other)
