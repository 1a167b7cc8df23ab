"""What the agent keeps of its process's memory over time, in fixed memory, and what malloc gives back when it's asked to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.agent.native.test_sampling_control import SETUP, say
from tests.agent.setups import NEEDS_NATIVE, ON_GLIBC
from tests.agent.target import Target

pytestmark = NEEDS_NATIVE
SECOND = 10**9
NOT_COUNTED = 2**64 - 1


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


@pytest.fixture
def target(directory: Path) -> Iterator[Target]:
    with Target(SETUP, HEAPDIFF_DIR=str(directory)) as running:
        yield running


def history(samples: list[tuple[int, int, int]], now_s: int) -> Any:
    with Target("from heapdiff.agent import _native") as target:
        return json.loads(target.evaluate(f"_native._history({samples!r}, {now_s * SECOND})"))


def test_samples_are_told_by_their_age() -> None:
    told = history([(2 * SECOND, 50, 1), (5 * SECOND, 60, 7)], 6)
    assert told == {"age_ms": [4000, 1000], "rss_bytes": [50, 60], "requests": [1, 7]}


def test_requests_that_nothing_counts_are_none() -> None:
    assert history([(SECOND, 50, NOT_COUNTED)], 2) == {"age_ms": [1000], "rss_bytes": [50], "requests": None}
    assert history([(0, 50, NOT_COUNTED), (0, 60, 4)], 0)["requests"] == [0, 4]


def test_without_a_sample_there_is_no_history() -> None:
    assert history([], 2) is None


@pytest.mark.parametrize(("taken", "every"), [(128, 1), (129, 2), (192, 2), (193, 4)])
def test_when_the_places_are_taken_every_second_sample_goes(taken: int, every: int) -> None:
    """As far as it was so slow from then on: here they come as fast as before, and stand closer at the end."""
    told = history([(at * SECOND, at, at) for at in range(taken)], taken)["rss_bytes"]
    assert 64 <= len(told) <= 128
    assert (told[0], told[1]) == (0, every)
    assert told[-1] == taken - 1
    assert told == sorted(told)


def test_a_snapshot_tells_how_memory_went_and_what_fires_by_itself(directory: Path) -> None:
    with Target(SETUP, HEAPDIFF_DIR=str(directory), HEAPDIFF_AT_RSS="10GB") as target:
        memory = json.loads(Path(target.evaluate("str(heapdiff.snapshot())")).read_text())["memory"]
    assert memory["trigger_rss_bytes"] == 10 * 2**30
    assert len(memory["history"]["rss_bytes"]) == len(memory["history"]["age_ms"]) == 1
    assert 5_000_000 < memory["history"]["rss_bytes"][0] <= memory["rss_bytes"] + 1_000_000


def test_a_forked_child_begins_a_history_of_its_own(target: Target) -> None:
    taken = [
        target.evaluate(how)
        for how in ("str(heapdiff.snapshot())", "in_child(lambda: str(heapdiff.snapshot()))")
    ]
    histories = [json.loads(Path(path).read_text())["memory"]["history"] for path in taken]
    assert [len(each["age_ms"]) for each in histories] == [1, 1]
    assert histories[1]["age_ms"][0] < 4000


FREED = "gone = [bytearray(3000) for _ in range(20000)]; kept = gone[::20]; del gone"


@pytest.mark.skipif(not ON_GLIBC, reason="only glibc's malloc can be told to give back what is free")
def test_malloc_gives_back_what_is_free_and_says_how_much_it_was(target: Target, directory: Path) -> None:
    """60 MB in small pieces, one in twenty of which is alive."""
    target.execute(FREED)
    answer = say(target, directory, "trim")
    assert (answer["answer"], answer["reason"]) == ("trim", "")
    trim = answer["trim"]
    assert trim["allocator"].startswith("libc")
    assert trim["rss_before_bytes"] - trim["rss_after_bytes"] > 30_000_000
    assert trim.get("free_before_bytes", 50_000_000) > 40_000_000
    assert target.evaluate("len(kept)") == 1000
    assert "trim" not in say(target, directory, "status")


def test_a_trim_waits_for_nobody_who_keeps_the_gil(target: Target, directory: Path) -> None:
    target.execute(
        "import ctypes\n"
        "library, byte = ctypes.PyDLL(None), ctypes.create_string_buffer(1)\n"
        "here, there = os.pipe(), os.pipe()\n"
        "def hold(): library.write(here[1], byte, 1); library.read(there[0], byte, 1)\n"
    )
    holding, release = target.evaluate("here[0], there[1]")
    place = f"/proc/{target.process.pid}/fd"
    with open(f"{place}/{release}", "wb", buffering=0) as pipe, open(f"{place}/{holding}", "rb") as begun:
        target.ask("None", "hold()")
        begun.read(1)
        assert say(target, directory, "trim")["answer"] == ("trim" if ON_GLIBC else "refused")
        pipe.write(b"x")
    assert target.answer() is None


NO_ORDERS = ("trim ", "trim 1", "trimmed", " trim")


def test_any_other_order_is_unknown(target: Target, directory: Path) -> None:
    assert {say(target, directory, order)["answer"] for order in NO_ORDERS} == {"unknown"}
