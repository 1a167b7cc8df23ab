"""The keyed hash of each string: equal where texts are, of one snapshot only, and never a crash."""

from __future__ import annotations

import ctypes
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from heapdiff.format import Section
from heapdiff.graph import load
from heapdiff.graph.heap import HeapGraph
from heapdiff.snapshot import read_snapshot
from heapdiff.snapshot.sections import read_sections
from tests.agent.target import NATIVE, ROOT, Target
from tests.benchmarks.hashing import shown_duplicates

pytest.importorskip("heapdiff.agent._native", reason="no compiler here: the native engine was not built")

TEXTS = """
import sys
class Text(str): pass
class Raw(bytes): pass
def made(text): return text.encode().decode()
def raw(text): return text.encode()
words = ["order ", "näïve €", "naïve", "\\U0001f40d snake", "x" * 1000]
twice = [[made(word + str(n)) for word in words] for n in (1, 1, 2)]
bytes_twice = [[raw(word + str(n)) for word in words] for n in (1, 1, 2)]
odd = [sys.intern(made("interned text")), made("interned text"), Text("order 1"), Raw(b"order 1")]
long = [made("y" * n) for n in (1 << 20, 1 << 20, (1 << 20) + 1)] + [raw("z" * n) for n in (1 << 20, 1 << 20, (1 << 20) + 1)]
legacy = []
if sys.version_info < (3, 12):
    import ctypes
    api = ctypes.pythonapi
    api.PyUnicode_FromUnicode.restype = ctypes.py_object
    api.PyUnicode_FromUnicode.argtypes = [ctypes.c_void_p, ctypes.c_ssize_t]
    api.PyUnicode_AsUnicode.restype = ctypes.c_void_p
    api.PyUnicode_AsUnicode.argtypes = api._PyUnicode_Ready.argtypes = [ctypes.py_object]
    legacy = [api.PyUnicode_FromUnicode(None, 7) for _ in range(2)]
    for text in legacy:
        ctypes.memmove(api.PyUnicode_AsUnicode(text), ctypes.create_unicode_buffer("order 1"), 7 * ctypes.sizeof(ctypes.c_wchar))
    assert api._PyUnicode_Ready(legacy[0]) == 0
secrets = [made("hush-%d@example.org" % n) for n in range(2000)]
"""


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with Target(NATIVE + f"configure({str(tmp_path_factory.mktemp('hashes'))!r})\n" + TEXTS) as running:
        yield running


def take(target: Target) -> HeapGraph:
    status = target.evaluate("snapshot()")
    assert status["state"] == "done", status
    return load(read_snapshot(Path(status["path"])))


@pytest.fixture(scope="module")
def taken(target: Target) -> HeapGraph:
    return take(target)


def hashes(graph: HeapGraph, target: Target, objects: str) -> list[int]:
    """Of each object of a flat list."""
    assert graph.hashes is not None
    nodes = [graph.index_of(address) for address in target.evaluate(f"[id(each) for each in {objects}]")]
    assert -1 not in nodes
    return [int(graph.hashes[node]) for node in nodes]


@pytest.mark.parametrize("texts", ["twice", "bytes_twice"])
def test_equal_texts_of_every_width_have_equal_hashes(taken: HeapGraph, target: Target, texts: str) -> None:
    first, again, other = (hashes(taken, target, f"{texts}[{n}]") for n in range(3))
    assert first == again
    assert 0 not in first
    assert len({*first, *other}) == len(first) + len(other)


def test_a_text_and_its_bytes_are_not_equal(taken: HeapGraph, target: Target) -> None:
    texts, raw = hashes(taken, target, "twice[0]"), hashes(taken, target, "bytes_twice[0]")
    assert not {*texts} & {*raw}


def test_a_string_of_the_old_kind_is_equal_once_it_is_ready(taken: HeapGraph, target: Target) -> None:
    """Of the two that only 3.11 and older can make, the second was never looked at as text."""
    ours = hashes(taken, target, "legacy")
    assert ours == ([hashes(taken, target, "twice[0]")[0], 0] if sys.version_info < (3, 12) else [])


def test_interned_strings_and_subclasses_have_none(taken: HeapGraph, target: Target) -> None:
    interned, equal, *subclasses = hashes(taken, target, "odd")
    assert (interned, subclasses) == (0, [0, 0])
    assert equal != 0


def test_a_text_of_more_than_a_megabyte_has_none(taken: HeapGraph, target: Target) -> None:
    first, again, longer, raw, raw_again, longer_raw = hashes(taken, target, "long")
    assert first == again != 0
    assert raw == raw_again != 0
    assert longer == longer_raw == 0


def test_two_snapshots_of_one_process_have_no_hash_in_common(taken: HeapGraph, target: Target) -> None:
    later = take(target)
    assert hashes(taken, target, "secrets") != hashes(later, target, "secrets")
    assert taken.hashes is not None
    assert later.hashes is not None
    both = {*taken.hashes.tolist()} & {*later.hashes.tolist()} - {0}
    assert len(both) <= 3  # by chance 0.05 of ten thousand


def test_without_hashes_neither_the_section_nor_the_flag_is_written(tmp_path: Path) -> None:
    with Target(NATIVE + f"configure({str(tmp_path)!r}, hashes=False)\n" + TEXTS) as target:
        path = Path(target.evaluate("snapshot()")["path"])
    assert load(read_snapshot(path)).hashes is None
    assert Section.HASHES not in {section.tag for section in read_sections(path.with_suffix(".heap"))}


@pytest.mark.slow
def test_a_real_applications_duplicates_are_those_that_the_process_counts(tmp_path: Path) -> None:
    """With what lies about in Flask and the standard library, and rows that came as JSON."""
    setup = NATIVE + f"configure({str(tmp_path)!r})\n"
    setup += """
import flask, json
from tests.agent.duplicates import count_duplicates
rows = json.loads(json.dumps([{"state": f"state {n % 40}", "city": f"Zürich {n % 700}"} for n in range(5000)]))
gc.collect(); gc.disable()
"""
    with Target("import gc\n" + setup) as target:
        graph = take(target)
        truth = target.evaluate("count_duplicates()")
    texts, different, waste = shown_duplicates(graph, truth["addresses"])
    assert texts == pytest.approx(len(truth["addresses"]), rel=0.001)
    assert different == pytest.approx(truth["different"], rel=0.001)
    assert waste == pytest.approx(truth["waste"], rel=0.01)


def test_install_can_leave_them_out(tmp_path: Path) -> None:
    code = f"import heapdiff; heapdiff.install(dir={str(tmp_path / 'd')!r}, signal=None, hash=False)"
    with Target(code) as target:
        path = Path(target.evaluate("str(heapdiff.snapshot())"))
    assert load(read_snapshot(path)).hashes is None


GONE = """
import ctypes, mmap
room = 4 * mmap.PAGESIZE
memory = mmap.mmap(-1, 2 * room)
start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
assert ctypes.CDLL(None).mprotect(ctypes.c_void_p(start + room), room, 0) == 0
def fake(number):
    "A bytes object whose text reaches into memory that is gone."
    at = start + room - 48 * (number + 1)
    (ctypes.c_ssize_t * 4).from_address(at)[:] = (1 << 20, id(bytes), room, -1)
    return at
gone = [fake(number) for number in range({count})]
holder = [None] * len(gone)
items = ctypes.c_void_p.from_address(id(holder) + 24).value
(ctypes.c_void_p * len(gone)).from_address(items)[:] = gone
"""
LIMIT = 100  # so many faults, and no text is read any more


@pytest.mark.parametrize("count", [1, LIMIT + 50])
def test_a_text_whose_memory_is_gone_costs_its_hash(tmp_path: Path, count: int) -> None:
    setup = NATIVE + f"configure({str(tmp_path)!r})\n" + TEXTS + GONE.replace("{count}", str(count))
    with Target(setup) as target:
        graph = take(target)
        assert hashes(graph, target, "twice[0]") == hashes(graph, target, "twice[1]")
        assert graph.hashes is not None
        nodes = graph.indexes_of(np.array(target.evaluate("gone"), np.uint64))
        assert set(graph.hashes[nodes].tolist()) == {0}
        assert set(graph.sizes[nodes].tolist()) == {target.evaluate("room + 33")}
        summary = json.loads(Path(target.evaluate("_native.status()")["path"]).read_text())
        assert summary["capture"]["faults"] == min(count, LIMIT)


KEY_SEARCH = """
#include <stdint.h>
#include "content/siphash.c"
/* Where in `bytes` the key stands with which a text has this hash; -1 where it doesn't. */
long find_key(const unsigned char *bytes, long count, uint64_t head, const char *text, long length, uint32_t hash)
{
    for (long at = 0; at + 16 <= count; at++) {
        SipKey key;
        memcpy(&key, bytes + at, 16);
        if ((uint32_t)siphash(&key, head, text, length) == hash) {
            return at;
        }
    }
    return -1;
}
"""


@pytest.fixture(scope="module")
def siphash(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    folder = tmp_path_factory.mktemp("siphash")
    (folder / "search.c").write_text(KEY_SEARCH)
    headers = ROOT / "heapdiff" / "agent" / "native"
    files = ["-o", str(folder / "search.so"), str(folder / "search.c")]
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", f"-I{headers}", *files], check=True)
    loaded = ctypes.CDLL(str(folder / "search.so"))
    loaded.siphash.restype = ctypes.c_uint64
    loaded.siphash.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_char_p, ctypes.c_size_t]
    loaded.find_key.restype = ctypes.c_long
    loaded.find_key.argtypes = [
        ctypes.c_char_p, ctypes.c_long, ctypes.c_uint64, ctypes.c_char_p, ctypes.c_long, ctypes.c_uint32,
    ]  # fmt: skip
    return loaded


def test_the_key_is_in_neither_file(siphash: ctypes.CDLL, target: Target) -> None:
    """Whoever finds 16 bytes with which a known text has its hash has the key."""
    text, head = b"order 1", 1 << 56 | len("order 1")
    graph = take(target)
    path = Path(target.evaluate("_native.status()")["path"])
    hash_ = hashes(graph, target, "twice[0]")[0]
    for content in (path.read_bytes(), path.with_suffix(".heap").read_bytes()):
        assert siphash.find_key(content, len(content), head, text, len(text), hash_) == -1
    known = random.Random(7).randbytes(16)
    of_known = siphash.siphash(known, head, text, len(text)) & 0xFFFFFFFF
    assert siphash.find_key(b"abc" + known, 19, head, text, len(text), of_known) == 3


def test_it_is_the_hash_that_python_has_of_bytes(siphash: ctypes.CDLL) -> None:
    """Python's own, with the key that `PYTHONHASHSEED=0` gives: zeros."""
    assert sys.hash_info.algorithm == "siphash13"
    numbers = random.Random(7)
    texts = [numbers.randbytes(length) for length in [*range(8, 40), 1000, 4097]]
    code = f"print([hash(each) for each in {texts!r}])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        check=True,
    )
    ours = [
        siphash.siphash(bytes(16), int.from_bytes(each[:8], "little"), each[8:], len(each) - 8)
        for each in texts
    ]
    assert [number - (number >> 63 << 64) for number in ours] == json.loads(done.stdout)
