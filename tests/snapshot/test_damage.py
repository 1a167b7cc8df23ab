"""Cut-off, damaged and foreign files: always our error or an identical read, never a crash."""

from __future__ import annotations

import itertools
import os
import random
import zlib
from pathlib import Path

import pytest

from heapdiff.errors import SnapshotError
from heapdiff.format import HEADER_BYTES, ModuleOwner, encode_varint
from heapdiff.graph import _kernels, fallback, load, loading
from heapdiff.snapshot import CutOffError, Snapshot, read_snapshot
from heapdiff.snapshot.dump import dump_heap
from heapdiff.snapshot.sections import read_sections
from tests.graph.test_loading import contents
from tests.heapfiles import summarize, write_heap, write_snapshot
from tests.heaps import heap

SMALL = """
    shop.SESSIONS: dict -> [*]: shop.Session * 2 -> .tags: list -> str
    shop.SESSIONS -> [7]: set -> {}: shop.Job
    shop.run: function -> closure pending: list
    thread Main -> frame serve -> local backlog: list
    module shop of application
    module flask.app of flask
    shop.LOG: list $log
    shop.PAGES: cachetools.Cache facts=_Cache__maxsize:500,_Cache__currsize:-3
    sample * 2 of $log: note shop/log.py:7 < run flask/app.py:9 of flask
    calls shop.product: 12
    shop.LOG -> str * 2 text=7
    shop.LOG -> bytes text=8
"""


VALUES = {0: "mail@example.org", 1: b"raw", 2: -5, 3: 2.5}


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("valid") / "a.heap"
    write_heap(heap(SMALL), path, values=VALUES)
    return path.read_bytes()


SUMMARY = summarize(heap(SMALL))
FORGERIES = 10 * int(os.environ.get("HEAPDIFF_EXAMPLES", "10"))


def load_alone(path: Path) -> list[object]:
    graph = load(Snapshot(path, SUMMARY, path))
    return [*contents(graph), sorted(graph.values.items())]


def resealed(data: bytes) -> bytes:
    """The file with its checksums made right again, so that damage gets as far as the decoders."""
    out, crc, at = bytearray(data[:HEADER_BYTES]), zlib.crc32(data[:HEADER_BYTES]), HEADER_BYTES
    while at + 8 <= len(data):
        end = at + 8 + int.from_bytes(data[at + 4 : at + 8], "little")
        if end + 4 > len(data):
            break
        crc = zlib.crc32(data[at:end], crc)
        out += data[at:end] + crc.to_bytes(4, "little")
        at = end + 4
    return bytes(out + data[at:])


@pytest.mark.slow
def test_a_file_cut_off_at_any_byte_is_reported_so(valid: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cut.heap"
    for length in range(len(valid)):
        path.write_bytes(valid[:length])
        with pytest.raises(SnapshotError) as raised:
            load_alone(path)
        assert isinstance(raised.value, CutOffError), length
        assert str(path) in raised.value.message
        assert raised.value.exit_code == 3


def test_a_cut_off_file_is_reported_with_what_was_read(valid: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cut.heap"
    path.write_bytes(valid[:-30])
    objects = SUMMARY.capture.objects + 1  # and the frame
    for reading in (load_alone, read_snapshot, lambda path: list(dump_heap(path))):
        with pytest.raises(CutOffError) as raised:
            reading(path)
        assert f"cut off: its end is missing; {objects} objects in" in raised.value.message
        assert "Take the snapshot again" in raised.value.hint


def test_any_flipped_byte_is_noticed(valid: bytes, tmp_path: Path) -> None:
    path = tmp_path / "flipped.heap"
    chance = random.Random(1)
    for at in [*range(HEADER_BYTES), *chance.sample(range(HEADER_BYTES, len(valid)), 300)]:
        damaged = bytearray(valid)
        damaged[at] ^= chance.randint(1, 255)
        path.write_bytes(damaged)
        with pytest.raises(SnapshotError) as raised:
            load_alone(path)
        assert str(path) in raised.value.message
        assert "\n" not in raised.value.message


def test_damage_under_right_checksums_is_an_error_or_another_heap_and_the_twins_agree(
    valid: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "forged.heap"
    chance, refused = random.Random(3), 0
    for _ in range(FORGERIES):
        damaged = bytearray(valid)
        for _ in range(chance.choice((1, 1, 2, 5))):
            byte = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
            damaged[chance.randrange(HEADER_BYTES, len(valid))] = byte
        path.write_bytes(resealed(bytes(damaged)))
        answers: list[object] = []
        for chosen in (_kernels, fallback):
            monkeypatch.setattr(loading, "kernels", chosen)
            try:
                answers.append(load_alone(path))
            except SnapshotError:
                answers.append("refused")
        assert answers[0] == answers[1]
        refused += answers[0] == "refused"
    assert 0 < refused < FORGERIES


def test_sections_that_changed_places_are_noticed_and_files_have_checksums_of_their_own(
    valid: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "swapped.heap"
    path.write_bytes(valid)
    bounds, at = [HEADER_BYTES], HEADER_BYTES
    while at < len(valid):
        at += 12 + int.from_bytes(valid[at + 4 : at + 8], "little")
        bounds.append(at)
    parts = [valid[start:end] for start, end in itertools.pairwise(bounds)]
    sums = [section.crc32 for section in read_sections(path)]
    assert len(set(sums)) == len(sums)
    parts[1], parts[2] = parts[2], parts[1]
    path.write_bytes(valid[:HEADER_BYTES] + b"".join(parts))
    with pytest.raises(SnapshotError, match="checksum"):
        list(read_sections(path))


def test_a_section_that_claims_more_than_the_limit_is_refused_before_it_is_read(
    valid: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "huge.heap"
    path.write_bytes(valid[: HEADER_BYTES + 4] + b"\xff\xff\xff\xff" + valid[HEADER_BYTES + 8 :])
    with pytest.raises(SnapshotError, match="claims 4,294,967,295 bytes"):
        list(read_sections(path))


def test_bytes_after_the_end_are_refused(valid: bytes, tmp_path: Path) -> None:
    path = tmp_path / "more.heap"
    path.write_bytes(valid + b"x")
    with pytest.raises(SnapshotError, match="1 bytes follow its end section"):
        list(read_sections(path))


def test_a_newer_version_says_what_to_do(valid: bytes, tmp_path: Path) -> None:
    path = tmp_path / "new.heap"
    path.write_bytes(valid[:8] + b"\x02\x00" + valid[10:])
    with pytest.raises(SnapshotError, match="version 2, flags 0x1; this heapdiff reads 1") as raised:
        read_snapshot(path)
    assert "newer" in raised.value.hint


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[1]", b"PK\x03\x04", b"null", b'{"schema": 1}', b"[" * 100_000, b"\xff\xfe", b"NaN"],
)
@pytest.mark.parametrize("name", ["a.json", "a.heap", "a"])
def test_a_foreign_file_is_no_snapshot(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SnapshotError) as raised:
        read_snapshot(path)
    assert raised.value.message.startswith(f"{path}: ")
    assert raised.value.hint


def test_what_objects_hold_is_read_where_the_file_has_it(valid: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.heap"
    path.write_bytes(valid)
    assert load_alone(path)[-1] == [(node, repr(value)) for node, value in VALUES.items()]
    lines = list(dump_heap(path))
    assert any(line.startswith("  value ") and "'mail@example.org'" in line for line in lines)


def test_a_section_of_an_unknown_tag_is_skipped(valid: bytes, tmp_path: Path) -> None:
    path = tmp_path / "more.heap"
    end = HEADER_BYTES + 8 + int.from_bytes(valid[HEADER_BYTES + 4 : HEADER_BYTES + 8], "little") + 4
    path.write_bytes(resealed(valid[:end] + b"ZZZ\xff\x03\x00\x00\x00abc\x00\x00\x00\x00" + valid[end:]))
    assert load_alone(path)[:-1] == contents(heap(SMALL))
    assert r"'ZZZ\\xff' 3 bytes" in list(dump_heap(path))


def test_an_owner_of_a_later_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.heap"
    write_heap(heap("module shop of application"), path)
    data = path.read_bytes()
    at = data.index(b"MODS") + 9  # tag, length, name
    assert data[at] == ModuleOwner.APPLICATION
    path.write_bytes(resealed(data[:at] + b"\x05" + data[at + 1 :]))
    with pytest.raises(SnapshotError, match="a module of unknown owner 5"):
        load_alone(path)


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        (b"\x02\x00", "a fact reaches past the end of its section"),
        (b"\x02\x63\x00", "a fact at an address that no process has, or without its name"),
        (
            encode_varint(1 << 54) + b"\x01\x00",
            "a fact at an address that no process has, or without its name",
        ),
        (b"\x02\x01" + encode_varint(1 << 63), "a number is too large"),
        (b"\x02\x01\x80", "a number reaches past the end of its section"),
    ],
)
def test_a_fact_that_is_none_is_refused(facts: bytes, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "a.heap"
    graph = heap("shop.CACHE: cachetools.Cache facts=_Cache__maxsize:5")
    write_heap(graph, path)
    assert [dict(each) for each in load(Snapshot(path, SUMMARY, path)).facts.values()] == [
        {"_Cache__maxsize": 5}
    ]
    data = path.read_bytes()
    start = data.index(b"FACT")
    end = start + 8 + int.from_bytes(data[start + 4 : start + 8], "little")
    forged = b"FACT" + len(facts).to_bytes(4, "little") + facts
    path.write_bytes(resealed(data[:start] + forged + data[end:]))
    with pytest.raises(SnapshotError, match=complaint):
        load_alone(path)


def test_a_summary_beside_a_damaged_graph_can_still_be_read(tmp_path: Path) -> None:
    path = write_snapshot(heap(SMALL), tmp_path)
    path.with_suffix(".heap").write_bytes(b"gone")
    assert read_snapshot(path).summary.capture.objects > 0
