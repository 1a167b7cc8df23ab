"""Which holders a process names in its metrics: compared beside it, bounded in number and length, whatever the answer says."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from heapdiff.agent.directory.names import name_snapshot
from heapdiff.agent.worker.arming import host_name
from heapdiff.flask.metrics import comparing, suspects
from heapdiff.flask.metrics.suspects import LONGEST, OTHERS, choose_snapshots, limit, read_suspects
from tests.agent.target import Target


def answer(*found: tuple[object, object]) -> bytes:
    return json.dumps(
        {"suspects": [{"holder": {"path": path}, "bytes_delta": grown} for path, grown in found]}
    ).encode()


def test_a_few_holders_all_have_their_names() -> None:
    assert limit({"a": 1, "b": 2}, 2) == {"b": 2, "a": 1}


def test_more_holders_than_names_are_told_together_and_none_is_lost() -> None:
    assert limit({"a": 1, "b": 5, "c": 3, "d": 4}, 3) == {"b": 5, "d": 4, OTHERS: 4}
    assert limit({"a": 1, "b": 5}, 1) == {OTHERS: 6}


def test_where_nothing_can_be_removed_there_are_never_more_names_in_a_processs_life() -> None:
    known: set[str] = set()
    for number in range(50):
        shown = limit({f"holder{number}": 100, "steady": 1}, 4, known)
        assert sum(shown.values()) == 101
        assert set(shown) <= known
    assert len(known) == 4
    assert OTHERS in known


def test_the_answer_becomes_holders_and_their_bytes() -> None:
    assert read_suspects(answer(("shop.A", 5), ("shop.B", 7), ("shop.A", 1))) == {"shop.A": 6, "shop.B": 7}


def test_a_hostile_path_is_escaped_and_short() -> None:
    path = 'evil"}\n# HELP \x1b[2J\u202e' + "x" * 10_000
    [name] = read_suspects(answer((path, 1)))
    assert len(name) == LONGEST
    assert name.isprintable()
    assert "\n" not in name


@pytest.mark.parametrize(
    "payload",
    [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, answer((7, 7)), answer(("a", -1)), answer(("a", "7"))],
)
def test_an_answer_that_is_none_is_refused(payload: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_suspects(payload)


def test_only_this_processs_own_snapshots_are_compared(tmp_path: Path) -> None:
    now, pid = 4_000_000_000.0, os.getpid()
    names = [name_snapshot(host_name(), pid, number, now + number) for number in range(1, 8)]
    for name in (
        *names,
        name_snapshot(host_name(), pid + 1, 1, now),
        name_snapshot("elsewhere", pid, 1, now),
        name_snapshot(host_name(), pid, 1, 0.0),  # of an earlier process with this number
    ):
        for ending in ("json", "heap"):
            (tmp_path / f"{name}.{ending}").touch()
    (tmp_path / f"{names[-1]}.heap").unlink()
    assert choose_snapshots(tmp_path) == [str(tmp_path / f"{names[i]}.json") for i in (0, 3, 5)]


LEAKY = """
import os, sys, types
import heapdiff
from heapdiff.flask.metrics import suspects
from pathlib import Path
directory = Path({directory!r})
heapdiff.install(dir=directory, signal=None)
shop = sys.modules['shop'] = types.ModuleType('shop')
shop.LEAK = []
def snapshot():
    heapdiff.snapshot()
    shop.LEAK.extend(object() for _ in range(10_000))
def look(captures):
    return [dict(suspects.look_for_suspects(directory, captures)), suspects._searches[os.getpid()].running is not None]
def wait():
    suspects._searches[os.getpid()].running.process.wait()
"""


@pytest.mark.slow
@pytest.mark.process
def test_a_leak_is_named_after_a_second_snapshot_and_nobody_waits_for_it(tmp_path: Path) -> None:
    directory = tmp_path / "snapshots"
    with Target(LEAKY.format(directory=str(directory))) as target:
        assert target.evaluate("look(1)", "snapshot()") == [{}, False]
        assert target.evaluate("look(2)", "snapshot()") == [{}, True]
        found, runs = target.evaluate("look(2)", "wait()")
        assert found["shop.LEAK"] > 10_000 * object().__sizeof__()
        assert not runs
        assert target.evaluate("look(2)") == [found, False]
        assert {path.suffix for path in directory.iterdir()} <= {".json", ".heap", ".sock"}


@pytest.fixture
def taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory in which this process seems to have two snapshots."""
    monkeypatch.setattr(suspects, "_searches", {})
    (tmp_path / "snapshots").mkdir(mode=0o700)
    for number in (1, 2):
        name = name_snapshot(host_name(), os.getpid(), number, 4_000_000_000.0)
        for ending in ("json", "heap"):
            (tmp_path / "snapshots" / f"{name}.{ending}").touch()
    yield tmp_path / "snapshots"
    suspects.end_search()


@pytest.mark.process
def test_one_process_of_a_directory_compares_at_a_time(taken: Path) -> None:
    other = os.open(taken, os.O_RDONLY)
    try:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert suspects.look_for_suspects(taken, 2) == {}
        assert suspects._searches[os.getpid()].running is None
    finally:
        os.close(other)
    suspects.look_for_suspects(taken, 2)
    assert suspects._searches[os.getpid()].running is not None


@pytest.mark.process
def test_a_comparison_that_takes_too_long_is_ended_and_the_reason_is_logged_once(
    taken: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "heapdiff")
    monkeypatch.setattr(comparing, "PATIENCE_S", 0.0)
    for captures in (2, 2, 3, 3):
        assert suspects.look_for_suspects(taken, captures) == {}
    assert caplog.text.count("took more than") == 1


def test_what_goes_wrong_is_the_logs_and_not_who_asks(
    taken: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise RuntimeError("fork is not supported for isolated subinterpreters")

    caplog.set_level("INFO", "heapdiff")
    monkeypatch.setattr(subprocess, "Popen", forbidden)
    assert [suspects.look_for_suspects(taken, 2) for _ in range(3)] == [{}] * 3
    assert caplog.text.count("isolated subinterpreters") == 1
