"""A profile's figures are those that tracemalloc has of the same run, whatever kind of function it is."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import sys
import threading
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("heapdiff.agent._native", reason="no compiler here: the native engine was not built")

from heapdiff.errors import UsageError
from heapdiff.flask import LineProfile
from heapdiff.flask.lines.line_figures import FunctionFigures, LineFigures

FRAMES = 4  # from the innermost one to the function, at least
RAW = 64  # bytes of a line that only tracemalloc sees: it also traces the RAW domain, and what comes from a free list
KEPT: list[Any] = []


@pytest.fixture(autouse=True)
def _is_empty() -> Iterator[None]:
    """Free lists are empty as well, whatever ran before: what comes from them is allocated for tracemalloc, and not for us."""
    KEPT.clear()
    in_use = [(number / 7, (number, number), [number], {number: number}) for number in range(3000)]
    yield
    tracemalloc.stop()
    in_use.clear()


def allocates_all_kinds(times: int) -> int:
    temporary = bytearray(1_000_000)
    KEPT.append(bytearray(100_000))
    KEPT.append([bytearray(1000) for _ in range(100)])
    KEPT.append({str(number): number * 1000 for number in range(1000)})
    KEPT.append([{"name": f"name {each}", "values": [each, each + 1]} for each in range(1000, 1000 + times)])
    for number in range(times):
        KEPT.append(helper(number))
    del temporary
    words = " ".join(str(number) for number in range(1000)).split()
    KEPT.append(words[:500])
    KEPT.append(sorted(words))
    return len(words)


def helper(number: int) -> tuple[str, float]:
    return "x" * (1000 + number), number / 3


def of(profile: LineProfile, text: str) -> LineFigures:
    """The one line that has this text."""
    (line,) = (line for line in function_of(profile).lines if text in line.content)
    return line


def function_of(profile: LineProfile, place: int = 0) -> FunctionFigures:
    return profile.figures().functions[place]


def traced_kept() -> dict[int, int]:
    """What tracemalloc knows to be alive, by each line of this file that led to it."""
    found: defaultdict[int, int] = defaultdict(int)
    for trace in tracemalloc.take_snapshot().traces:
        for line in {frame.lineno for frame in trace.traceback if frame.filename == __file__}:
            found[line] += trace.size
    return found


def test_every_line_keeps_what_tracemalloc_says() -> None:
    allocates_all_kinds(50)
    KEPT.clear()
    tracemalloc.start(FRAMES)
    with LineProfile(allocates_all_kinds) as profile:
        allocates_all_kinds(50)
    traced, figures = traced_kept(), function_of(profile)
    lines = {line.line: line.kept_bytes for line in figures.lines if line.kept_bytes}
    assert len(lines) >= 7
    for line, kept in lines.items():
        assert abs(kept - traced[line]) <= max(RAW, traced[line] // 200), (line, kept, traced[line])
    assert sum(lines.values()) > 400_000


def test_temporary_is_allocated_and_not_kept() -> None:
    with LineProfile(allocates_all_kinds) as profile:
        for _ in range(3):
            allocates_all_kinds(5)
    line = of(profile, "temporary = ")
    assert 3_000_000 <= line.allocated_bytes < 3_001_000
    assert (line.kept_bytes, line.kept_blocks, line.occurrences) == (0, 0, 3)
    kept = of(profile, "bytearray(100_000)")
    assert 300_000 <= kept.kept_bytes <= kept.allocated_bytes < 301_000
    assert of(profile, "KEPT.append(helper(number))").occurrences == 15
    assert function_of(profile).calls == 3


def test_a_list_is_allocated_once_however_often_it_was_resized() -> None:
    def appends() -> None:
        grown: list[None] = []
        for _ in range(10_000):
            grown.append(None)
        KEPT.append(grown)

    with LineProfile(appends) as profile:
        appends()
    line = of(profile, "grown.append")
    assert line.allocated_bytes == line.kept_bytes == sys.getsizeof(KEPT[0]) - sys.getsizeof([])


def test_counting_lines_allocates_nothing_on_them() -> None:
    """Here line numbers are beyond the small integers."""

    def idle() -> None:
        for _ in range(100):
            _ = 1

    idle.__code__ = idle.__code__.replace(co_firstlineno=5000)
    with LineProfile(idle):  # the interpreter prepares itself for the events
        idle()
    with LineProfile(idle) as profile:
        for _ in range(10):
            idle()
    figures = function_of(profile)
    assert figures.calls == 10
    assert sum(line.occurrences or 0 for line in figures.lines) >= 2000
    assert figures.allocated_blocks <= 20  # a range and its iterator for each call


def test_a_decorated_method_or_partial_is_the_function_inside() -> None:
    def passes_on(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*given: Any) -> Any:
            bytearray(50_000)
            return function(*given)

        return wrapper

    class Keeper:
        @passes_on
        @functools.lru_cache  # noqa: B019
        def keep(self) -> None:
            KEPT.append(bytearray(1000))

        def __call__(self) -> None:
            KEPT.append(bytearray(2000))

    keeper = Keeper()
    with LineProfile(keeper.keep, functools.partial(keeper)) as profile:
        keeper.keep()
        keeper()
    assert [each.function.rpartition(".")[2] for each in profile.figures().functions] == ["keep", "__call__"]
    assert 1000 <= function_of(profile).allocated_bytes < 1300
    assert 2000 <= function_of(profile, 1).allocated_bytes < 2300


def test_coroutines_that_take_turns_are_told_apart() -> None:
    async def small(others: int) -> None:
        for _ in range(others):
            await asyncio.sleep(0)
            KEPT.append(bytearray(100))

    async def large(others: int) -> None:
        for _ in range(others):
            await asyncio.sleep(0)
            KEPT.append(bytearray(10_000))

    async def both() -> None:
        await asyncio.gather(small(20), large(20))

    with LineProfile(small, large) as profile:
        asyncio.run(both())
    one, other = profile.figures().functions
    assert 2000 <= one.kept_bytes < 5000
    assert 200_000 <= other.kept_bytes < 203_000
    assert (one.calls, other.calls) == (1, 1)


def test_lines_are_counted_in_threads_too() -> None:
    with LineProfile(helper) as profile:
        threads = [threading.Thread(target=helper, args=[number]) for number in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert function_of(profile).calls == 5
    assert of(profile, 'return "x"').occurrences == 5


@contextlib.contextmanager
def events_taken() -> Iterator[None]:
    """Another tool has them, before 3.12 by a trace function. Later, one of those would leave traces in the interpreter."""
    if sys.version_info >= (3, 12):
        free = [tool for tool in range(6) if sys.monitoring.get_tool(tool) is None]
        for tool in free:
            sys.monitoring.use_tool_id(tool, "a test")
        yield
        for tool in free:
            sys.monitoring.free_tool_id(tool)
    else:
        sys.settrace(lambda *_: None)
        yield
        sys.settrace(None)


def test_a_debugger_that_holds_the_events_costs_the_occurrences_only() -> None:
    with events_taken(), LineProfile(helper) as profile:
        KEPT.append(helper(1))
    answer = profile.figures()
    assert answer.functions[0].kept_bytes > 1000
    assert answer.functions[0].calls is None
    assert "weren't counted" in answer.notes[0]
    assert "bytes of all calls" in profile.table()


def tools() -> list[str | None]:
    if sys.version_info >= (3, 12):
        return [sys.monitoring.get_tool(tool) for tool in range(6)]
    return []


def test_events_and_trace_functions_are_left_as_they_were() -> None:
    before = tools()
    with LineProfile(helper):
        helper(1)
    assert (sys.gettrace(), threading.gettrace(), tools()) == (None, None, before)


def test_there_is_one_at_a_time_and_another_after_it() -> None:
    with LineProfile(helper), pytest.raises(UsageError, match="already"):
        LineProfile(helper).start()
    with LineProfile(helper) as profile:
        helper(1)
    assert function_of(profile).calls == 1


def test_who_else_stops_it_meanwhile_changes_no_figures_and_leaves_the_place_free() -> None:
    class Stopping:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            profile.stop()

    profile = LineProfile(allocates_all_kinds)
    profile.start()
    allocates_all_kinds(10)
    Stopping()  # stops it while it collects garbage to stop
    profile.stop()
    assert sum(line.kept_bytes for line in profile.figures().functions[0].lines) > 100_000
    with LineProfile(helper):
        helper(1)


def test_what_is_not_written_in_python_is_refused() -> None:
    with pytest.raises(UsageError, match="no Python function"):
        LineProfile(len)
    with pytest.raises(UsageError, match="no Python function"):
        LineProfile(functools.partial(dict))


def test_a_function_may_be_added_while_it_is_on() -> None:
    with LineProfile() as profile:
        profile.add(helper)
        helper(1)
    assert function_of(profile).calls == 1


def test_its_figures_can_be_asked_for_meanwhile() -> None:
    with LineProfile(helper) as profile:
        KEPT.append(helper(1))
        first = function_of(profile).kept_bytes
        KEPT.append(helper(1))
        assert (
            function_of(profile).kept_bytes >= 2 * first - 2 * RAW > RAW
        )  # some of it may be from a free list
        KEPT.clear()
        assert function_of(profile).kept_bytes < RAW
