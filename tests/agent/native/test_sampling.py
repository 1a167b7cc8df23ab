"""The sampler's hook before Python's allocators: what it samples, forgets, and how it lives with others who hook in."""

from __future__ import annotations

import ctypes
import gc
import math
import random
import sys
import threading
import tracemalloc
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

import pytest

_native = pytest.importorskip(
    "heapdiff.agent._native", reason="no compiler here: the native engine was not built"
)

EVERY = 1  # the mean distance in bytes at which every block of some size is sampled
TICKS = 30  # until the watcher gives code back
BUFFER_BYTES = sys.getsizeof(b"") if sys.version_info >= (3, 15) else 1  # of a bytearray, beyond its content
HEADER_BYTES = 16  # before an object that the collector tracks


@pytest.fixture(autouse=True)
def _leaves_no_hook_behind() -> Iterator[None]:
    assert not tracemalloc.is_tracing()
    yield
    tracemalloc.stop()
    _native.unsample()
    assert not _native._is_hooked()


def start(interval: int = EVERY, seconds: int = 0) -> None:
    assert _native.sample(interval, seconds) is None


def sampled() -> dict[int, tuple[int, list[tuple[str, str, int]]]]:
    """Bytes and frames of each live sample, by its address. Sampling itself goes on."""
    return {address: (size, frames) for address, size, frames in _native._samples()}


def make(count: int = 1, size: int = 1000) -> list[bytearray]:
    return [bytearray(size) for _ in range(count)]


def block_of(value: object) -> int:
    return id(value) - (HEADER_BYTES if gc.is_tracked(value) else 0)


def test_a_sample_is_the_block_with_the_calls_that_led_to_it() -> None:
    start()
    kept = make()
    size, frames = sampled()[block_of(kept[0])]
    functions = [function for _, function, _ in frames if function != "make.<locals>.<listcomp>"]
    assert size == bytearray.__basicsize__
    assert functions[:2] == ["make", "test_a_sample_is_the_block_with_the_calls_that_led_to_it"]
    assert frames[0][0] == __file__
    assert frames[0][2] == make.__code__.co_firstlineno + 1


def test_a_tracked_object_is_found_at_its_header() -> None:
    start()
    kept = deque([1])
    assert block_of(kept) in sampled()


@pytest.mark.parametrize("free", [lambda kept: kept.clear(), lambda kept: kept.pop()])
def test_what_is_freed_is_forgotten(free: Callable[[list[bytearray]], Any]) -> None:
    start()
    kept = make(1, 0)
    address = block_of(kept[0])
    assert address in sampled()
    free(kept)
    assert address not in sampled()


def test_a_buffer_that_grows_is_a_new_block() -> None:
    start()
    kept = bytearray(100_000)
    assert [size for size, _ in sampled().values() if size > 90_000] == [100_000 + BUFFER_BYTES]
    kept.extend(bytes(900_000))
    assert len([size for size, _ in sampled().values() if 90_000 < size < 900_000]) == 0
    assert len([size for size, _ in sampled().values() if size >= 900_000]) == 1


def test_samples_weigh_what_was_allocated() -> None:
    """Of 16 MB in blocks of 1 kB, at 4 kB each: within five standard deviations."""
    blocks, size, interval = 16_000, 1000, 4096
    start(interval)
    kept = make(blocks, size)
    seen = [size for size, frames in sampled().values() if any(name == "make" for _, name, _ in frames)]
    weight = sum(size / -math.expm1(-size / interval) for size in seen if size > 900)
    assert abs(weight / (blocks * (size + 1)) - 1) < 5 / math.sqrt(blocks * size / interval)
    assert len(kept) == blocks


def test_nothing_is_sampled_once_it_is_off() -> None:
    start()
    kept = make(10)
    assert _native.sampling()["live"] > 10
    _native.unsample()
    kept += make(10)
    state = _native.sampling()
    assert (state["on"], state["live"], state["taken"]) == (False, 0, 0)


def test_the_same_interval_again_keeps_the_samples() -> None:
    start(seconds=100)
    kept = make()
    start(seconds=200)
    assert block_of(kept[0]) in sampled()
    assert _native.sampling()["seconds_left"] > 100
    start(interval=2)
    assert block_of(kept[0]) not in sampled()


def recurse(depth: int) -> list[tuple[str, str, int]]:
    if depth > 0:
        return recurse(depth - 1)
    start()
    kept = make()
    frames = sampled()[block_of(kept[0])][1]
    _native.unsample()
    return frames


def test_of_a_deep_stack_both_ends_are_kept() -> None:
    shallow, deep = recurse(3), recurse(400)
    assert len(deep) == 128
    assert deep[0] == shallow[0]
    assert deep[-1] == shallow[-1]


def test_a_table_that_is_full_loses_samples_and_says_so() -> None:
    start()
    kept = [object() for _ in range(70_000)]
    state = _native.sampling()
    assert state["live"] > 65_000
    assert state["lost"] > 4000
    kept.clear()
    assert _native.sampling()["live"] < 5000


def references(codes: list[CodeType]) -> int:
    return sum(sys.getrefcount(code) for code in codes)


@pytest.mark.slow
def test_the_table_is_right_while_it_grows_and_shrinks() -> None:
    """Every block is sampled: what is alive has a row, and an address without an owner has none."""
    chance = random.Random(1)
    start()
    kept: list[bytearray] = []
    for most in (500, 3000, 200, 2500, 100):
        while len(kept) > most:
            kept.pop(chance.randrange(len(kept)))
        kept += make(most - len(kept), 0)
        known = {
            address
            for address, size, frames in _native._samples()
            if size == bytearray.__basicsize__ and "make" in frames[0][1]
        }
        assert known == {id(each) for each in kept}


def test_a_sampled_block_counts_as_one_block() -> None:
    start(1 << 40)
    before = sys.getallocatedblocks()
    kept = [object() for _ in range(1000)]
    start()
    sampled_ones = [object() for _ in range(1000)]
    _native.unsample()
    kept.clear()
    sampled_ones.clear()
    assert abs(sys.getallocatedblocks() - before) < 100


def test_a_size_that_overflows_is_refused_also_when_it_is_sampled() -> None:
    start()
    allocate = ctypes.pythonapi.PyMem_Calloc
    allocate.argtypes, allocate.restype = [ctypes.c_size_t, ctypes.c_size_t], ctypes.c_void_p
    assert allocate(1 << 33, (1 << 31) - 1) is None
    assert allocate(1 << 32, 1 << 32) is None


def test_blocks_freed_without_the_gil_are_none_of_ours() -> None:
    """All of them pass through the hook, of many threads at once."""
    library = ctypes.CDLL(None)  # lets go of the GIL
    library.PyMem_RawMalloc.argtypes, library.PyMem_RawMalloc.restype = [ctypes.c_size_t], ctypes.c_void_p
    library.PyMem_RawFree.argtypes, library.PyMem_RawFree.restype = [ctypes.c_void_p], None

    def churn() -> None:
        for number in range(3000):
            block = library.PyMem_RawMalloc(number % 700)
            library.PyMem_RawFree(block)

    start()
    threads = [threading.Thread(target=churn) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check_books()


def run_once(codes: list[CodeType]) -> None:
    """Once something was traced in this process, CPython makes something for a code that runs for the first time, and keeps it as
    long as the code: a sample of that keeps its code."""
    for code in codes:
        exec(code, {"held": []})


def test_code_is_held_while_a_sample_needs_it_and_no_longer() -> None:
    """A block that Python keeps in a free list is still allocated, so its sample stays."""
    codes = [compile(f"held.append(bytearray({n}))", f"made{n}", "exec") for n in range(50)]
    run_once(codes)
    start()
    before = references(codes)
    held: list[bytearray] = []
    space = {"held": held}
    for code in codes:
        exec(code, space)
    del code
    assert references(codes) >= before + 50
    for _ in range(TICKS):
        _native._sampling_tick()
    assert references(codes) >= before + 50
    held.clear()
    for _ in range(TICKS):
        _native._sampling_tick()
    assert references(codes) < before + 5
    _native.unsample()
    assert references(codes) == before


def test_much_code_that_no_sample_needs_is_given_back_at_once() -> None:
    codes = [compile(f"bytearray({n})", "made", "exec") for n in range(6000)]
    run_once(codes)
    start()
    before = references(codes)
    for code in codes:
        exec(code, {})
    del code
    assert references(codes) > before + 4500
    _native._sampling_tick()
    assert references(codes) < before + 1000


def test_code_that_dies_below_its_own_frame_calls_nothing() -> None:
    """Before 3.12 a frame is current until all of it is gone, and what a weak reference calls then may be sampled."""
    spaces: list[dict[str, Any]] = [{} for _ in range(50)]
    for number, space in enumerate(spaces):
        exec(compile("def f(): return 1", f"dies{number}", "exec"), space)
        run_once([space["f"].__code__])
    start(100_000)
    made: list[list[bytearray]] = []
    references_to = []
    for space in spaces:
        references_to.append(weakref.ref(space["f"].__code__, lambda _: made.append(make(5, 100_000))))
        run_and_forget(space)
    assert len(made) > 20
    files = {file for _, frames in sampled().values() for file, _, _ in frames}
    assert not any(file.startswith("dies") for file in files)


def run_and_forget(space: dict[str, Any]) -> None:
    space.pop("f")()


def test_what_runs_while_code_is_given_back_may_be_sampled() -> None:
    codes = [compile(f"held.append(bytearray({n}))", f"goes{n}", "exec") for n in range(200)]
    run_once(codes)
    start()
    held: list[bytearray] = []
    made: list[list[bytearray]] = []
    references_to = []
    while codes:
        code = codes.pop()
        references_to.append(weakref.ref(code, lambda _: made.append(make(3))))
        exec(code, {"held": held})
        del code
    held.clear()
    for _ in range(3 * TICKS):
        _native._sampling_tick()
    assert len(made) >= 195
    made.clear()
    check_books()


@pytest.mark.slow
def test_the_list_of_samples_has_them_all_though_it_is_one_itself() -> None:
    start()
    taken: list[list[Any]] = []
    for _ in range(8):
        taken += [[] for _ in range(200)]  # so that no list is left that could be used again
        check_books()


def check_books() -> None:
    kept = make(200)
    known = sampled()
    assert all(block_of(each) in known for each in kept)


def test_tracemalloc_started_later_leaves_us_in_until_it_ends() -> None:
    start()
    tracemalloc.start()
    kept = make()
    assert block_of(kept[0]) in sampled()
    _native.unsample()
    tracemalloc.stop()
    assert _native._is_hooked()  # it put back what it found
    start()
    kept += make()
    assert block_of(kept[1]) in sampled()


def test_tracemalloc_that_takes_us_out_is_noticed() -> None:
    tracemalloc.start()
    start()
    kept = make()
    tracemalloc.stop()
    kept.pop()  # unseen
    assert not _native._is_hooked()
    _native._sampling_tick()
    assert _native._is_hooked()
    kept += make()
    assert list(sampled()) != []
    assert block_of(kept[0]) in sampled()


def test_tracemalloc_that_comes_and_goes_for_ever_costs_no_new_places() -> None:
    for _ in range(40):
        tracemalloc.start()
        start()
        tracemalloc.stop()
        start()
        _native.unsample()
    start()
    assert block_of(make()[0]) not in {0}


@pytest.mark.parametrize(("interval", "seconds"), [(0, 0), (1 << 41, 0), (1, 1 << 40)])
def test_what_makes_no_sense_is_refused(interval: int, seconds: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        _native.sample(interval, seconds)
