"""What the hook tells about lines: each block goes to the watched code on the stack, whatever becomes of it."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import pytest

_native = pytest.importorskip(
    "heapdiff.agent._native", reason="no compiler here: the native engine was not built"
)

BIG = 100_000
ABOUT = 200  # of an object beside its buffer
KEPT: list[Any] = []


@pytest.fixture(autouse=True)
def _leaves_no_hook_behind() -> Iterator[None]:
    keep_one_of_two()  # after another test's events, the first call makes the interpreter's notes on this code
    KEPT.clear()
    assert not _native._is_hooked()
    gc.disable()  # what another test's callback of the collector keeps would be a line's
    yield
    gc.enable()
    tracemalloc.stop()
    _native.lines_forget()
    _native.unsample()
    assert not _native._is_hooked()


def watch(*functions: Callable[..., Any]) -> None:
    for function in functions:
        assert isinstance(function, FunctionType)
        assert _native.lines_watch(function.__code__, function.__code__.co_firstlineno, 60) is None
    gc.collect()
    assert _native.lines_start() is None


def found() -> dict[tuple[str, int], tuple[int, int]]:
    """Allocated and kept bytes by function and line of it, with what that line called."""
    lines: dict[tuple[str, int], tuple[int, int]] = {}
    for stack, allocated, _, kept, _ in _native.lines_read()[0]:
        for at in {(code.co_name, line - code.co_firstlineno) for code, line in stack}:
            before = lines.get(at, (0, 0))
            lines[at] = before[0] + allocated, before[1] + kept
    return lines


def big(amount: int, times: int = 1) -> bool:
    return times * BIG <= amount < times * (BIG + ABOUT)


def make() -> bytearray:
    return bytearray(BIG)


def keep_one_of_two() -> None:
    dropped = make()
    KEPT.append(make())
    del dropped


def test_a_line_has_what_it_calls_and_keeps_what_is_alive() -> None:
    watch(keep_one_of_two)
    for _ in range(10):
        keep_one_of_two()
    lines = found()
    assert big(lines["keep_one_of_two", 1][0], 10)
    assert lines["keep_one_of_two", 1][1] == 0
    assert big(lines["keep_one_of_two", 2][1], 10)


def test_nothing_counts_that_runs_outside() -> None:
    watch(keep_one_of_two)
    KEPT.append(make())
    assert found() == {}


def test_what_is_freed_elsewhere_is_kept_no_more() -> None:
    watch(keep_one_of_two)
    keep_one_of_two()
    thread = threading.Thread(target=KEPT.clear)
    thread.start()
    thread.join()
    assert found()["keep_one_of_two", 2][1] < ABOUT


def test_what_is_freed_after_the_end_changes_nothing() -> None:
    watch(keep_one_of_two)
    keep_one_of_two()
    assert _native.lines_stop()
    before = found()
    KEPT.clear()
    assert found() == before


def test_another_thread_counts_only_where_it_runs_the_code() -> None:
    def elsewhere() -> None:
        going.wait()
        KEPT.append(make())

    def here() -> None:
        thread.start()
        going.set()
        thread.join()

    going, thread = threading.Event(), threading.Thread(target=elsewhere)
    watch(here)
    here()
    assert max(kept for _, kept in found().values()) < BIG
    watch(keep_one_of_two)
    thread = threading.Thread(target=keep_one_of_two)
    thread.start()
    thread.join()
    assert big(found()["keep_one_of_two", 2][1])


def recurse(depth: int) -> None:
    KEPT.append(make())
    if depth:
        recurse(depth - 1)


def test_a_line_that_calls_itself_has_each_block_once() -> None:
    watch(recurse)
    recurse(9)
    lines = found()
    assert 9 * BIG <= lines["recurse", 3][1] < 9 * (BIG + ABOUT)
    assert 10 * BIG <= lines["recurse", 1][1] < 10 * (BIG + ABOUT)


def test_a_generator_counts_while_it_runs_whoever_runs_it() -> None:
    def rows() -> Iterator[bytearray]:
        for _ in range(3):
            yield bytearray(BIG)

    watch(rows)
    each = rows()
    KEPT.append(next(each))
    make()
    KEPT.append(next(each))
    assert big(found()["rows", 2][1], 2)


def test_an_exception_ends_it_like_a_return() -> None:
    def fails() -> None:
        held = bytearray(BIG)
        raise ValueError(len(held))

    watch(fails)
    with pytest.raises(ValueError, match=str(BIG)):
        fails()
    make()
    gc.collect()
    lines = found()
    assert big(lines["fails", 1][0])
    assert lines["fails", 1][1] == 0


def grow() -> None:
    growing = bytearray()
    for _ in range(1000):
        growing.extend(b"x" * 1000)
    KEPT.append(growing)


def test_what_is_resized_counts_for_what_it_grew_by() -> None:
    watch(grow)
    grow()
    allocated, kept = found()["grow", 3]
    assert kept == sys.getsizeof(KEPT[0]) - bytearray().__sizeof__()
    assert kept <= allocated <= kept + 1000 * 1033 + ABOUT  # the pieces


def test_one_that_is_resized_elsewhere_stays_the_line_s() -> None:
    watch(keep_one_of_two)
    keep_one_of_two()
    KEPT[0].extend(bytes(BIG))
    assert 2 * BIG <= found()["keep_one_of_two", 2][1] < 3 * BIG


def test_memory_that_is_refused_ends_nothing() -> None:
    def asks_too_much() -> None:
        with pytest.raises(MemoryError):
            bytearray(sys.maxsize - 64)
        KEPT.append(bytearray(BIG))

    watch(asks_too_much)
    asks_too_much()
    assert big(found()["asks_too_much", 3][1])


def test_the_sampler_goes_on_meanwhile_and_samples_as_before() -> None:
    assert _native.sample(1, 0) is None
    watch(keep_one_of_two)
    keep_one_of_two()
    assert big(found()["keep_one_of_two", 2][1])
    sampled = {address for address, *_ in _native._samples()}
    assert id(KEPT[0]) - 16 * gc.is_tracked(KEPT[0]) in sampled
    _native.lines_forget()
    assert _native._is_hooked()
    address = id(KEPT[0])
    KEPT.clear()
    assert address not in {address for address, *_ in _native._samples()}


def test_the_sampler_starts_and_stops_meanwhile() -> None:
    watch(keep_one_of_two)
    keep_one_of_two()
    assert _native.sample(1000, 0) is None
    keep_one_of_two()
    _native.unsample()
    keep_one_of_two()
    assert big(found()["keep_one_of_two", 2][1], 3)
    assert _native.lines_stop()


def test_samples_keep_their_distance_while_lines_are_counted() -> None:
    def many() -> None:
        for _ in range(5000):
            bytearray(1000)

    assert _native.sample(100_000, 0) is None
    watch(many)
    many()
    assert 10 < _native.sampling()["taken"] < 200  # 50 or so: not all of 10,000 blocks


def test_tracemalloc_may_trace_before_and_start_meanwhile() -> None:
    tracemalloc.start()
    watch(keep_one_of_two)
    keep_one_of_two()
    assert big(found()["keep_one_of_two", 2][1])
    _native.lines_forget()
    tracemalloc.stop()
    KEPT.clear()
    watch(keep_one_of_two)
    tracemalloc.start()
    keep_one_of_two()
    tracemalloc.stop()
    assert big(found()["keep_one_of_two", 2][1])
    assert _native.lines_stop()


def test_who_stands_before_us_is_refused() -> None:
    assert _native.sample(1 << 30, 0) is None
    tracemalloc.start()
    assert "tracemalloc" in str(_native.lines_start())
    assert _native._is_hooked()


def test_who_takes_us_out_is_told_of() -> None:
    tracemalloc.start()
    watch(keep_one_of_two)
    tracemalloc.stop()
    assert not _native.lines_stop()


def test_too_much_code_is_refused() -> None:
    code = make.__code__
    assert "too much" in str(_native.lines_watch(code, 1, (1 << 20) + 1))
    codes = [code.replace(co_firstlineno=line) for line in range(1, (1 << 12) + 1)]
    assert {_native.lines_watch(each, 1, 1) for each in codes} == {None}
    assert "too much" in str(_native.lines_watch(code.replace(co_name="more"), 1, 1))


@pytest.mark.parametrize("event", [_native.on_line, _native.on_call])
def test_an_event_that_is_none_is_an_error(event: Any) -> None:
    for arguments in [(), (1, 2), (make.__code__, "x"), (make.__code__, 1, 2)]:
        with pytest.raises(TypeError):
            event(*arguments)
    event(make.__code__, -5)
    with pytest.raises(OverflowError):
        _native.on_line(make.__code__, 1 << 80)


@pytest.mark.process
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # a thread that was joined may still end
def test_a_forked_child_has_its_own_figures() -> None:
    watch(keep_one_of_two)
    keep_one_of_two()
    child = os.fork()
    if child == 0:
        KEPT.clear()
        keep_one_of_two()
        os._exit(0 if big(found()["keep_one_of_two", 2][1]) else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert big(found()["keep_one_of_two", 2][1])


PROGRAM = """
from heapdiff.agent import _native
kept = []
def f():
    kept.append(bytearray(100_000))
    bytearray(50_000)
assert _native.lines_watch(f.__code__, 4, 5) is None
assert _native.lines_start() is None
for _ in range(10): f()
figures = {stack[-1][1]: (allocated, kept) for stack, allocated, _, kept, _ in _native.lines_read()[0] if allocated > 100_000}
assert 1_000_000 <= figures[5][1] < 1_002_000, figures
assert 500_000 <= figures[6][0] < 502_000 and figures[6][1] == 0, figures
"""


@pytest.mark.process
@pytest.mark.parametrize("allocator", ["malloc", "malloc_debug", "pymalloc_debug"])
def test_other_allocators_are_followed_and_an_end_without_a_stop_is_harmless(allocator: str) -> None:
    environment = {**os.environ, "PYTHONMALLOC": allocator}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
